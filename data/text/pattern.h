#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct pcre2_real_code_8;
struct pcre2_real_match_context_8;

namespace dsocr::data {

/// A compiled regular expression of tokenizer.json. Const methods may be called from several
/// threads.
class Pattern {
 public:
  /// `source` is in the syntax of tokenizer.json, see translate_pattern. Throws
  /// std::invalid_argument.
  explicit Pattern(const std::string& source);

  /// Cuts `text` (well-formed UTF-8) at both ends of every match and appends the non-empty parts.
  /// Throws DataError (recoverable) when a match needs too many steps or too much memory.
  void cut(std::string_view text, std::vector<std::string_view>& parts) const;

 private:
  struct Free {
    void operator()(pcre2_real_code_8* code) const;
    void operator()(pcre2_real_match_context_8* context) const;
  };

  std::string source_;
  std::unique_ptr<pcre2_real_code_8, Free> code_;
  std::unique_ptr<pcre2_real_match_context_8, Free> context_;
};

}  // namespace dsocr::data

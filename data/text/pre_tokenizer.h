#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/text/pattern.h"

namespace dsocr::data {

/// Cuts text into the pieces inside which byte pairs are merged (spec: model, section 6.3, step 3).
/// Const methods may be called from several threads at once.
class PreTokenizer {
 public:
  /// Regular expressions in the syntax of tokenizer.json, applied in turn; the matches of each and
  /// the gaps between them both become pieces for the next. Throws std::invalid_argument for an
  /// expression that is invalid or unsupported.
  explicit PreTokenizer(std::span<const std::string> patterns);

  /// The pieces of well-formed UTF-8 text, in order; together they are the text. Each expression
  /// sees one piece at a time: to a look-ahead the text ends where the piece ends. Throws DataError
  /// (recoverable) when an expression needs more than the allowed number of steps.
  std::vector<std::string_view> split(std::string_view text) const;

 private:
  std::vector<Pattern> patterns_;
};

}  // namespace dsocr::data

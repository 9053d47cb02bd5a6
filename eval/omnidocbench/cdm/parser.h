#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eval/omnidocbench/cdm/syntax.h"
#include "eval/omnidocbench/version.h"

namespace dsocr::omnidocbench::cdm {

using Tokens = std::vector<std::u32string>;

/// Reads a formula and prints its tokens in one form: as the parser of v1.7 or as KaTeX does (spec:
/// OmniDocBench CDM, section 2).
class FormulaParser {
 public:
  FormulaParser(std::u32string_view text, Version version)
      : text_(text), katex_(version != Version::k17) {}

  /// Throws FormulaError when the text is rejected. Called once.
  Tokens parse();

 private:
  /// In what a sequence stands.
  struct Context {
    bool text = false;     // blanks count
    bool roman = false;    // symbols are split into characters
    bool cell = false;     // `&` and `\\` end it
    bool bracket = false;  // `]` ends it
  };
  struct Element {
    Tokens tokens;
    bool is_group = false;
    bool is_operator = false;
  };
  class Nesting;

  // The source, token by token: a character, a command, or a run of blanks in text mode.
  void skip_blanks();
  std::u32string_view peek_token();
  std::u32string_view next_token();
  bool at_end() const { return at_ == text_.size(); }

  bool ends_sequence(std::u32string_view token, const Context& context) const;
  Tokens sequence(const Context& context);
  Element element(const Context& context);
  Element command(std::u32string_view name, const Context& context);
  Element other_command(std::u32string_view name, const Context& context);
  Element group(const Context& context);
  Element argument(const Context& context, int greediness);
  std::optional<Tokens> bracket_argument(const Context& context);
  void read_scripts(Element& base, const Context& context);
  Tokens script(const Context& context);
  Element left_right(std::u32string_view name, const Context& context);
  Element environment(const Context& context);
  Tokens array(const std::u32string& name, const Context& context);
  std::u32string braced_name();
  Tokens columns_of_array();
  Tokens infix(std::u32string_view name, Tokens before, const Context& context);
  Element print_with_argument(std::u32string_view name, bool always_braced, const Context& context);

  std::u32string_view text_;
  bool katex_;
  size_t at_ = 0;
  int depth_ = 0;
  int open_left_ = 0;
  std::vector<std::u32string_view> open_math_;  // \( and \[
};

}  // namespace dsocr::omnidocbench::cdm

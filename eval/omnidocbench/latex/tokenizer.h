#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "eval/omnidocbench/latex/tables.h"

namespace dsocr::omnidocbench::latex {

enum class TokenKind {
  kCharacter,  // one, or the two line feeds of a paragraph; empty for a malformed \begin and a last
               // backslash
  kMacro,
  kBeginEnvironment,
  kEndEnvironment,
  kComment,
  kOpenBrace,
  kCloseBrace,
  kMath,  // $ $$ \( \) \[ \]
  kSpecial,
};

/// A token of LaTeX; the views and offsets are those of the text that was read.
struct Token {
  TokenKind kind = TokenKind::kCharacter;
  size_t space_begin = 0;  // of the white space before it
  size_t begin = 0;
  size_t end = 0;              // where the next token may be looked for
  std::u32string_view name;    // of the macro or environment; else the characters
  std::u32string_view blanks;  // white space after a macro or comment, part of the token
};

/// How to read a token.
struct TokenMode {
  bool environments = true;        // \begin{x} and \end{x} are tokens of their own
  bool brackets = false;           // [ and ] are braces
  std::u32string_view math_close;  // what closes the formula around, if there is one
};

/// Reads LaTeX token by token (spec: OmniDocBench, section 4.2).
class Tokenizer {
 public:
  Tokenizer(std::u32string_view latex, Pylatexenc version);

  /// The token at or after `from`; nullopt at the end of the text.
  /// Throws LatexError where 3.0a30 would loop for ever (a backslash that ends the text) and when
  /// reading takes too many steps.
  std::optional<Token> read(size_t from, const TokenMode& mode);

  /// Counts work towards the limit; throws LatexError beyond it.
  void count_steps(size_t steps);

  std::u32string_view latex() const { return latex_; }

 private:
  size_t skip_blanks(size_t from) const;
  Token read_escape(Token token, const TokenMode& mode);
  bool read_environment(Token& token) const;
  void read_comment(Token& token);

  std::u32string_view latex_;
  Pylatexenc version_;
  const Tables& tables_;
  size_t steps_left_;
};

}  // namespace dsocr::omnidocbench::latex

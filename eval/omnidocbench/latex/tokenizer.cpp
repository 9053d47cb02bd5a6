#include "eval/omnidocbench/latex/tokenizer.h"

#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench::latex {

namespace {

using metrics::is_python_space;

// 2.10 reparses what follows a macro whose arguments run into the end of the text; nested, that
// doubles the work at every level. Sane text takes about three steps a character.
constexpr size_t kMinimumSteps = 1'000'000;
constexpr size_t kStepsPerCharacter = 16;

bool may_start_special(char32_t c) {
  return c == U'&' || c == U'~' || c == U'`' || c == U'\'' || c == U'-' || c == U'!' || c == U'?' ||
         c == U'\n';
}

bool is_environment_name(char32_t c) {
  return is_ascii_letter(c) || (c >= U'0' && c <= U'9') || c == U'*' || c == U' ' || c == U'.' ||
         c == U'_' || c == U'-' || (c >= 0x80 && (metrics::is_letter(c) || metrics::is_number(c)));
}

}  // namespace

Tokenizer::Tokenizer(std::u32string_view latex, Pylatexenc version)
    : latex_(latex),
      version_(version),
      tables_(Tables::get(version)),
      steps_left_(kMinimumSteps + kStepsPerCharacter * latex.size()) {}

void Tokenizer::count_steps(size_t steps) {
  if (steps > steps_left_) throw LatexError("LaTeX that takes too long to parse");
  steps_left_ -= steps;
}

// Stops before two line feeds in a row, which make a paragraph.
size_t Tokenizer::skip_blanks(size_t from) const {
  size_t at = from;
  while (at < latex_.size() && is_python_space(latex_[at])) {
    if (latex_[at] == U'\n' && at + 1 < latex_.size() && latex_[at + 1] == U'\n') break;
    ++at;
  }
  return at;
}

std::optional<Token> Tokenizer::read(size_t from, const TokenMode& mode) {
  Token token;
  token.space_begin = from;
  token.begin = skip_blanks(from);
  count_steps(1 + token.begin - from);
  if (token.begin >= latex_.size()) return std::nullopt;

  const char32_t c = latex_[token.begin];
  size_t length = 1;
  if (c == U'\\') return read_escape(token, mode);
  if (c == U'%') {
    read_comment(token);
    return token;
  }
  if (c == U'{' || (mode.brackets && c == U'[')) {
    token.kind = TokenKind::kOpenBrace;
  } else if (c == U'}' || (mode.brackets && c == U']')) {
    token.kind = TokenKind::kCloseBrace;
  } else if (c == U'$') {
    token.kind = TokenKind::kMath;
    // Inside `$..$` a double `$$` is an end and a beginning.
    if (mode.math_close != U"$" && latex_.substr(token.begin).starts_with(U"$$")) length = 2;
  } else if (may_start_special(c)) {
    if (const auto* special = tables_.find_special(latex_, token.begin)) {
      token.kind = TokenKind::kSpecial;
      length = special->first.size();
    } else if (c == U'\n') {
      length = 2;
    }
  }
  token.end = token.begin + length;
  token.name = latex_.substr(token.begin, length);
  return token;
}

Token Tokenizer::read_escape(Token token, const TokenMode& mode) {
  const size_t name = token.begin + 1;
  if (name >= latex_.size()) {
    if (version_ == Pylatexenc::k30a30) throw LatexError("LaTeX that ends in a backslash");
    token.end = name;
    return token;
  }
  size_t end = name + 1;
  const auto is_letter = [this](char32_t c) {
    return is_ascii_letter(c) ||
           (version_ == Pylatexenc::k210 && c >= 0x80 && metrics::is_letter(c));
  };
  if (is_letter(latex_[name])) {
    while (end < latex_.size() && is_letter(latex_[end])) ++end;
  }
  count_steps(end - name);
  token.name = latex_.substr(name, end - name);
  token.end = end;
  if (mode.environments && (token.name == U"begin" || token.name == U"end")) {
    token.kind = token.name == U"begin" ? TokenKind::kBeginEnvironment : TokenKind::kEndEnvironment;
    if (read_environment(token)) return token;
    token.kind = TokenKind::kCharacter;
    token.name = {};
    return token;
  }
  const char32_t first = token.name.front();
  if (first == U'(' || first == U')' || first == U'[' || first == U']') {
    token.kind = TokenKind::kMath;
    token.name = latex_.substr(token.begin, 2);
    return token;
  }
  token.kind = TokenKind::kMacro;
  if (is_letter(first)) {
    token.end = skip_blanks(end);
    count_steps(token.end - end);
    token.blanks = latex_.substr(end, token.end - end);
  }
  return token;
}

// The name in braces after \begin or \end; false if there is none.
bool Tokenizer::read_environment(Token& token) const {
  size_t open = token.end;
  while (open < latex_.size() && is_python_space(latex_[open])) ++open;
  if (open >= latex_.size() || latex_[open] != U'{') return false;
  size_t close = open + 1;
  while (close < latex_.size() && is_environment_name(latex_[close])) ++close;
  if (close == open + 1 || close >= latex_.size() || latex_[close] != U'}') return false;
  token.name = latex_.substr(open + 1, close - open - 1);
  token.end = close + 1;
  return true;
}

// Takes the line feed and the white space of the next line along, unless a paragraph ends there.
void Tokenizer::read_comment(Token& token) {
  token.kind = TokenKind::kComment;
  size_t line_end = latex_.find_first_of(U"\n\r", token.begin);
  if (line_end == std::u32string_view::npos) line_end = latex_.size();
  size_t end = line_end;
  while (end < latex_.size() && is_python_space(latex_[end])) ++end;
  count_steps(end - token.begin);
  const std::u32string_view blanks = latex_.substr(line_end, end - line_end);
  if (blanks.find(U'\n', 1) == std::u32string_view::npos) {
    token.blanks = blanks;
    token.end = end;
  } else {
    token.end = line_end;
  }
}

}  // namespace dsocr::omnidocbench::latex

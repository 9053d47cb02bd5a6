#include "eval/omnidocbench/cdm/parser.h"

#include <iterator>
#include <utility>

#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/cdm/commands.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench::cdm {
namespace {

constexpr int kMaxDepth = 300;

void append(Tokens& tokens, Tokens more) {
  tokens.insert(tokens.end(), std::make_move_iterator(more.begin()),
                std::make_move_iterator(more.end()));
}

Tokens in_braces(Tokens tokens) {
  Tokens out{U"{"};
  append(out, std::move(tokens));
  out.emplace_back(U"}");
  return out;
}

bool starts_script(std::u32string_view token) {
  return token == U"_" || token == U"^" || token == U"'";
}

/// KaTeX lets a function be the argument of another only if it is the greedier.
int greediness_of(std::u32string_view name) {
  constexpr int kSymbol = 99;
  switch (syntax_of(name)) {
    case Syntax::kFraction:
    case Syntax::kBinomial:
    case Syntax::kFont:
    case Syntax::kText:
      return 2;
    case Syntax::kOther:
      return kSymbol;
    default:
      return 1;
  }
}

}  // namespace

class FormulaParser::Nesting {
 public:
  explicit Nesting(int& depth) : depth_(depth) {
    if (depth_ >= kMaxDepth) throw FormulaError("too deep a formula");
    ++depth_;
  }
  ~Nesting() { --depth_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  int& depth_;
};

void FormulaParser::skip_blanks() {
  while (!at_end() && metrics::is_python_space(text_[at_])) ++at_;
}

std::u32string_view FormulaParser::peek_token() {
  if (at_end()) return {};
  size_t end = at_ + 1;
  const char32_t first = text_[at_];
  if (first == U'\\' && end < text_.size()) {
    while (end < text_.size() && is_ascii_letter(text_[end])) ++end;
    if (end == at_ + 1) ++end;
  } else if (metrics::is_python_space(first)) {
    while (end < text_.size() && metrics::is_python_space(text_[end])) ++end;
  } else if (first == U'-' && !katex_) {
    while (end < text_.size() && end < at_ + 3 && text_[end] == U'-') ++end;
  }
  return text_.substr(at_, end - at_);
}

std::u32string_view FormulaParser::next_token() {
  const auto token = peek_token();
  at_ += token.size();
  return token;
}

Tokens FormulaParser::parse() {
  Tokens tokens = sequence({});
  if (!at_end()) throw FormulaError("unbalanced");
  if (open_left_ != 0 || !open_math_.empty()) throw FormulaError("an open delimiter");
  return tokens;
}

bool FormulaParser::ends_sequence(std::u32string_view token, const Context& context) const {
  if (token.empty() || token == U"}" || token == U"\\end") return true;
  if (context.bracket && token == U"]") return true;
  if (katex_ && token == U"\\right") return true;
  return (katex_ || context.cell) && (token == U"&" || token == U"\\\\" || token == U"\\cr");
}

Tokens FormulaParser::sequence(const Context& context) {
  const Nesting nesting(depth_);
  Tokens out;
  while (true) {
    if (!context.text) skip_blanks();
    const auto token = peek_token();
    if (ends_sequence(token, context)) return out;
    if (katex_ && !context.text) {
      const Syntax syntax = syntax_of(token);
      if (syntax == Syntax::kInfix) return infix(next_token(), std::move(out), context);
      if (token == U"\\rm") {
        next_token();
        Context roman = context;
        roman.roman = true;
        out.emplace_back(U"\\mathrm");
        append(out, in_braces(sequence(roman)));
        return out;
      }
    }
    Element base;
    if (context.text || !starts_script(token)) base = element(context);
    if (!context.text) read_scripts(base, context);
    append(out, std::move(base.tokens));
  }
}

Tokens FormulaParser::infix(std::u32string_view name, Tokens before, const Context& context) {
  Tokens out{name == U"\\over" ? U"\\frac" : U"\\binom"};
  append(out, in_braces(std::move(before)));
  append(out, in_braces(sequence(context)));
  return out;
}

/// Scripts after `base`, in any order; the one below is printed first.
void FormulaParser::read_scripts(Element& base, const Context& context) {
  std::optional<Tokens> below, above;
  while (true) {
    const size_t before = at_;
    skip_blanks();
    const auto token = peek_token();
    if (syntax_of(token) == Syntax::kLimits) {
      if (katex_ && !base.is_operator) throw FormulaError("limits of no operator");
      next_token();
    } else if (token == U"'") {
      Tokens primes;
      while (peek_token() == U"'") {
        next_token();
        primes.emplace_back(U"\\prime");
        if (!katex_) skip_blanks();
      }
      if (katex_ && above) throw FormulaError("two superscripts");
      if (!above) above.emplace();
      append(*above, std::move(primes));
      if (katex_ && peek_token() == U"^") {
        next_token();
        append(*above, script(context));
      }
    } else if (token == U"_" || token == U"^") {
      next_token();
      auto& place = token == U"_" ? below : above;
      if (katex_ && place) throw FormulaError("two scripts in one place");
      place = script(context);
    } else {
      at_ = before;
      break;
    }
  }
  if (below) {
    base.tokens.emplace_back(U"_");
    append(base.tokens, in_braces(std::move(*below)));
  }
  if (above) {
    base.tokens.emplace_back(U"^");
    append(base.tokens, in_braces(std::move(*above)));
  }
}

/// The tokens of a script without its own braces.
Tokens FormulaParser::script(const Context& context) {
  Element content = argument(context, 1);
  if (!content.is_group) return std::move(content.tokens);
  return Tokens(std::make_move_iterator(content.tokens.begin() + 1),
                std::make_move_iterator(content.tokens.end() - 1));
}

FormulaParser::Element FormulaParser::group(const Context& context) {
  Context inner = context;
  inner.cell = inner.bracket = false;
  next_token();
  Element out{in_braces(sequence(inner)), true, false};
  if (next_token() != U"}") throw FormulaError("a group without its end");
  return out;
}

/// A group or what stands for it. Nothing where the parser of v1.7 finds none.
FormulaParser::Element FormulaParser::argument(const Context& context, int greediness) {
  skip_blanks();
  const auto token = peek_token();
  if (token == U"{") return group(context);
  if (ends_sequence(token, context)) {
    if (katex_) throw FormulaError("a missing argument");
    return {};
  }
  if (katex_ && (starts_script(token) || greediness_of(token) <= greediness))
    throw FormulaError("a function as an argument");
  const Nesting nesting(depth_);
  return element(context);
}

std::optional<Tokens> FormulaParser::bracket_argument(const Context& context) {
  const size_t before = at_;
  skip_blanks();
  if (peek_token() != U"[") {
    at_ = before;
    return std::nullopt;
  }
  next_token();
  Context inner = context;
  inner.cell = false;
  inner.bracket = true;
  Tokens out{U"["};
  append(out, sequence(inner));
  if (next_token() != U"]") throw FormulaError("an option without its end");
  out.emplace_back(U"]");
  return out;
}

FormulaParser::Element FormulaParser::element(const Context& context) {
  const auto token = peek_token();
  if (token == U"{") return group(context);
  next_token();
  if (metrics::is_python_space(token[0])) return {{U"~"}};
  if (token[0] == U'\\') {
    if (katex_ || token.size() == 1 || is_ascii_letter(token[1])) return command(token, context);
    return other_command(token, context);
  }
  if (katex_ && context.text && (token == U"_" || token == U"^"))
    throw FormulaError("a script in text");
  return {{std::u32string(token)}};
}

FormulaParser::Element FormulaParser::print_with_argument(std::u32string_view name,
                                                          bool always_braced,
                                                          const Context& context) {
  Element inner = argument(context, greediness_of(name));
  Element out{{std::u32string(name)}};
  if (always_braced && !inner.is_group) inner.tokens = in_braces(std::move(inner.tokens));
  append(out.tokens, std::move(inner.tokens));
  return out;
}

FormulaParser::Element FormulaParser::command(std::u32string_view name, const Context& context) {
  Context inner = context;
  inner.bracket = false;
  Element out;
  switch (syntax_of(name)) {
    case Syntax::kFraction:
    case Syntax::kBinomial:
      out.tokens = {syntax_of(name) == Syntax::kFraction ? U"\\frac" : U"\\binom"};
      for (int i = 0; i < 2; ++i) append(out.tokens, argument(context, 2).tokens);
      return out;
    case Syntax::kRoot: {
      const auto index = bracket_argument(context);
      Element root = print_with_argument(name, false, context);
      if (index) root.tokens.insert(root.tokens.begin() + 1, index->begin(), index->end());
      return root;
    }
    case Syntax::kAccent:
      return print_with_argument(name, true, context);
    case Syntax::kLine:
      out.tokens = {std::u32string(name)};
      append(out.tokens, in_braces(argument(context, 1).tokens));
      return out;
    case Syntax::kFont: {
      const bool box = name == U"\\mbox" || name == U"\\hbox";
      inner.roman = box || name == U"\\mathrm";
      return print_with_argument(box ? U"\\mathrm" : name, false, inner);
    }
    case Syntax::kText:
      inner.text = true;
      out = print_with_argument(name, true, inner);
      out.tokens[0] = U"\\mathrm";
      return out;
    case Syntax::kLimit:
      out = {{U"\\operatorname*", U"{"}, false, true};
      for (const char32_t letter : name.substr(1)) out.tokens.emplace_back(1, letter);
      out.tokens.emplace_back(U"}");
      return out;
    case Syntax::kFunction:
    case Syntax::kOperator:
      return {{std::u32string(name)}, false, true};
    case Syntax::kLeft:
    case Syntax::kRight:
      return left_right(name, context);
    case Syntax::kBegin:
      return environment(context);
    case Syntax::kBig:
      out.tokens = {std::u32string(name)};
      if (!katex_) return out;
      skip_blanks();
      if (!is_delimiter(peek_token())) throw FormulaError("a size without a delimiter");
      out.tokens.emplace_back(next_token());
      return out;
    case Syntax::kColour:
      // The printer of v1.5 has no case for it.
      if (katex_) throw FormulaError("a colour");
      return other_command(name, context);
    case Syntax::kPhantom:
      return print_with_argument(name, katex_, context);
    case Syntax::kLimits:
      if (katex_) throw FormulaError("limits of no operator");
      return out;
    default:
      return other_command(name, context);
  }
}

/// A command that is printed as it stands, in v1.7 together with its arguments.
FormulaParser::Element FormulaParser::other_command(std::u32string_view name,
                                                    const Context& context) {
  Element out;
  if (context.roman && is_lower_greek(name)) {
    for (const char32_t c : name) out.tokens.emplace_back(1, c);
    return out;
  }
  if (katex_) return {{name == U"\\ " ? U"\\" : std::u32string(name)}};
  if (name == U"\\(" || name == U"\\[") {
    open_math_.push_back(name);
    return {{U"$"}};
  }
  if (name == U"\\)" || name == U"\\]") {
    const auto open = name == U"\\)" ? U"\\(" : U"\\[";
    if (open_math_.empty() || open_math_.back() != open) throw FormulaError("a closed delimiter");
    open_math_.pop_back();
    return {{U"$"}};
  }
  out.tokens.emplace_back(metrics::is_python_space(name.back()) ? std::u32string_view(U"\\")
                                                                : name);
  for (const char kind : argument_spec(name)) {
    if (kind == '{') {
      append(out.tokens, argument(context, 0).tokens);
    } else if (kind == '[') {
      if (auto option = bracket_argument(context)) append(out.tokens, std::move(*option));
    } else if (peek_token() == U"*") {
      out.tokens.emplace_back(next_token());
    }
  }
  return out;
}

FormulaParser::Element FormulaParser::left_right(std::u32string_view name, const Context& context) {
  skip_blanks();
  const auto delimiter = next_token();
  if (delimiter.empty()) throw FormulaError("no delimiter");
  Element out{{std::u32string(name) + std::u32string(delimiter)}};
  if (!katex_) {
    open_left_ += name == U"\\left" ? 1 : -1;
    if (open_left_ < 0) throw FormulaError("\\right without \\left");
    return out;
  }
  if (!is_delimiter(delimiter)) throw FormulaError("not a delimiter");
  Context inner = context;
  inner.cell = inner.bracket = false;
  append(out.tokens, sequence(inner));
  if (next_token() != U"\\right") throw FormulaError("\\left without \\right");
  skip_blanks();
  const auto end = next_token();
  if (!is_delimiter(end)) throw FormulaError("not a delimiter");
  out.tokens.push_back(U"\\right" + std::u32string(end));
  return out;
}

}  // namespace dsocr::omnidocbench::cdm

#include "eval/omnidocbench/latex/parser.h"

#include <algorithm>

#include "eval/normalize/unicode.h"

namespace dsocr::omnidocbench::latex {

namespace {

// Python gives up at 1000 frames, and a group takes several of them to parse and to write.
constexpr size_t kMaximumDepth = 200;

std::u32string_view closing_delimiter(std::u32string_view open) {
  if (open == U"\\(") return U"\\)";
  if (open == U"\\[") return U"\\]";
  return open;
}

}  // namespace

Parser::Parser(std::u32string_view latex, Pylatexenc version)
    : tokenizer_(latex, version), version_(version), tables_(Tables::get(version)) {}

Nodes Parser::parse() {
  Nodes nodes;
  size_t at = 0;
  if (parse_nodes(at, Context{}, nodes) == Outcome::kMismatch) nodes.clear();
  return nodes;
}

Node& Parser::add(NodeKind kind, std::u32string_view text) {
  Node& node = arena_.emplace_back();
  node.kind = kind;
  node.text = text;
  return node;
}

void Parser::add_characters(size_t begin, size_t end, Nodes& nodes) {
  if (begin == end) return;
  nodes.push_back(&add(NodeKind::kCharacters, tokenizer_.latex().substr(begin, end - begin)));
}

Parser::Outcome Parser::parse_nodes(size_t& at, const Context& context, Nodes& nodes) {
  if (depth_ >= kMaximumDepth) throw LatexError("LaTeX nested too deep");
  ++depth_;
  const TokenMode mode{true, context.stop == Stop::kBracket, context.math_close};
  size_t characters = at;  // where those begin that are not yet a node
  std::optional<Outcome> outcome;
  while (!outcome) {
    const std::optional<Token> token = tokenizer_.read(at, mode);
    if (!token) {
      at = tokenizer_.latex().size();
      add_characters(characters, at, nodes);
      outcome =
          is_old() || context.stop == Stop::kEndOfText ? Outcome::kEndOfText : Outcome::kMismatch;
      break;
    }
    at = token->end;
    if (token->kind == TokenKind::kCharacter && !token->name.empty()) continue;
    add_characters(characters, token->begin, nodes);
    outcome = take(*token, at, context, nodes);
    characters = at;
  }
  --depth_;
  return *outcome;
}

std::optional<Parser::Outcome> Parser::take(const Token& token, size_t& at, const Context& context,
                                            Nodes& nodes) {
  switch (token.kind) {
    case TokenKind::kCharacter:
      return std::nullopt;
    case TokenKind::kCloseBrace:
    case TokenKind::kEndEnvironment:
      return take_close(token, context);
    case TokenKind::kMath:
      return take_math(token, at, context, nodes);
    case TokenKind::kComment: {
      Node& node = add(NodeKind::kComment, {});
      node.blanks = token.blanks;
      nodes.push_back(&node);
      return std::nullopt;
    }
    case TokenKind::kOpenBrace:
      nodes.push_back(&parse_group(token, at, context.math_close));
      return std::nullopt;
    case TokenKind::kMacro:
      nodes.push_back(&parse_macro(token, at, context.math_close));
      return std::nullopt;
    case TokenKind::kBeginEnvironment:
      nodes.push_back(&parse_environment(token, at, context.math_close));
      return std::nullopt;
    case TokenKind::kSpecial:
      nodes.push_back(&add(NodeKind::kSpecial, token.name));
      return std::nullopt;
  }
  return std::nullopt;
}

// 2.10 skips what does not match.
std::optional<Parser::Outcome> Parser::take_close(const Token& token,
                                                  const Context& context) const {
  const bool stops = token.kind == TokenKind::kEndEnvironment
                         ? context.stop == Stop::kEnvironment && token.name == context.name
                         : (context.stop == Stop::kBrace && token.name == U"}") ||
                               (context.stop == Stop::kBracket && token.name == U"]");
  if (stops) return Outcome::kStopped;
  if (is_old()) return std::nullopt;
  return Outcome::kMismatch;
}

std::optional<Parser::Outcome> Parser::take_math(const Token& token, size_t& at,
                                                 const Context& context, Nodes& nodes) {
  if (context.stop == Stop::kMath && token.name == context.name) return Outcome::kStopped;
  if (token.name == U"\\)" || token.name == U"\\]") {
    if (is_old()) return std::nullopt;
    return Outcome::kMismatch;
  }
  Node& node = add(NodeKind::kMath, token.name);
  node.display = token.name == U"$$" || token.name == U"\\[";
  const std::u32string_view close = closing_delimiter(token.name);
  parse_children(node, at, {Stop::kMath, close, close});
  nodes.push_back(&node);
  return std::nullopt;
}

void Parser::parse_children(Node& node, size_t& at, const Context& context) {
  if (parse_nodes(at, context, node.children) == Outcome::kMismatch) node.children.clear();
}

Node& Parser::parse_group(const Token& open, size_t& at, std::u32string_view math_close) {
  Node& node = add(NodeKind::kGroup, {});
  at = open.end;
  const Stop stop = open.name == U"[" ? Stop::kBracket : Stop::kBrace;
  parse_children(node, at, {stop, {}, math_close});
  return node;
}

Node& Parser::parse_macro(const Token& token, size_t& at, std::u32string_view math_close) {
  Node& node = add(NodeKind::kMacro, token.name);
  node.blanks = token.blanks;
  node.macro = tables_.find_macro(token.name);
  at = token.end;
  if (token.name == U"verb") {
    skip_verb(at);
  } else if (node.macro != nullptr) {
    // A bracket on the line after `\\` belongs to the next row.
    const bool blanks_allowed = token.name != U"\\";
    const size_t mark = arena_.size();
    if (!parse_arguments(node.macro->arguments, blanks_allowed, at, math_close, node.arguments)) {
      forget_arguments(node, mark);
      at = token.end;
    }
  }
  return node;
}

Node& Parser::parse_environment(const Token& token, size_t& at, std::u32string_view math_close) {
  Node& node = add(NodeKind::kEnvironment, token.name);
  node.environment = tables_.find_environment(token.name);
  at = token.end;
  const bool verbatim = token.name == U"verbatim" || (!is_old() && token.name == U"lstlisting");
  if (verbatim) {
    if (skip_verbatim(token.name, at)) return node;
  } else if (node.environment != nullptr) {
    const size_t mark = arena_.size();
    if (!parse_arguments(node.environment->arguments, true, at, math_close, node.arguments)) {
      forget_arguments(node, mark);
      at = token.end;
    }
  }
  parse_children(node, at, {Stop::kEnvironment, token.name, math_close});
  return node;
}

// Their nodes go too: the same text is going to be read again.
void Parser::forget_arguments(Node& node, size_t mark) {
  node.arguments.clear();
  while (arena_.size() > mark) arena_.pop_back();
}

// False when 2.10 gives up at the end of the text; 3.0a30 takes arguments as left out there.
bool Parser::parse_arguments(std::string_view spec, bool blanks_allowed, size_t& at,
                             std::u32string_view math_close, Nodes& arguments) {
  arguments.reserve(spec.size());
  for (const char kind : spec) {
    Argument argument;
    if (kind == '{') {
      argument = parse_expression(at, math_close);
    } else if (kind == '*') {
      argument = parse_star(at, math_close);
    } else if (blanks_allowed || at >= tokenizer_.latex().size() ||
               !metrics::is_python_space(tokenizer_.latex()[at])) {
      argument.node = parse_optional(at, math_close);
    }
    if (argument.ended && is_old()) return false;
    arguments.push_back(argument.node);
  }
  return true;
}

// A group or a single token. 3.0a30 loses tokens that cannot be an argument; 2.10 leaves closing
// ones where they are.
Parser::Argument Parser::parse_expression(size_t& at, std::u32string_view math_close) {
  const TokenMode mode{false, false, math_close};
  std::optional<Token> token = tokenizer_.read(at, mode);
  while (token && token->kind == TokenKind::kComment) {
    at = token->end;
    token = tokenizer_.read(at, mode);
  }
  if (!token) return {nullptr, true};
  if (token->kind == TokenKind::kOpenBrace) return {&parse_group(*token, at, math_close), false};

  const bool is_macro = token->kind == TokenKind::kMacro;
  const bool closes = token->kind == TokenKind::kCloseBrace || (is_macro && token->name == U"end");
  at = closes && is_old() ? token->begin : token->end;
  if (closes) return {is_old() ? &add(NodeKind::kCharacters, {}) : nullptr, false};
  if (token->kind == TokenKind::kSpecial) return {&add(NodeKind::kSpecial, token->name), false};
  if (token->kind == TokenKind::kMath && !is_old()) return {};
  if (is_macro || (token->kind == TokenKind::kMath && token->name.front() == U'\\')) {
    const std::u32string_view name = is_macro ? token->name : token->name.substr(1);
    const Macro* macro = tables_.find_macro(name);
    // Its own arguments are not read. 3.0a30 takes no macro that needs some.
    if (!is_old() && macro != nullptr && macro->arguments.find('{') != std::string::npos) return {};
    Node& node = add(NodeKind::kMacro, name);
    node.macro = macro;
    return {&node, false};
  }
  return {&add(NodeKind::kCharacters, token->name), false};
}

const Node* Parser::parse_optional(size_t& at, std::u32string_view math_close) {
  const std::optional<Token> token = tokenizer_.read(at, {false, true, math_close});
  if (!token || token->kind != TokenKind::kOpenBrace || token->name != U"[") return nullptr;
  return &parse_group(*token, at, math_close);
}

Parser::Argument Parser::parse_star(size_t& at, std::u32string_view math_close) {
  const std::optional<Token> token = tokenizer_.read(at, {false, false, math_close});
  if (!token) return {nullptr, true};
  if (token->kind != TokenKind::kCharacter || token->name != U"*") return {};
  at = token->end;
  return {&add(NodeKind::kCharacters, token->name), false};
}

// \verb|..| has no text. Left unclosed it is skipped by 2.10, and an exception in 3.0a30.
void Parser::skip_verb(size_t& at) {
  const std::u32string_view latex = tokenizer_.latex();
  size_t open = at;
  while (open < latex.size() && metrics::is_python_space(latex[open])) ++open;
  if (open >= latex.size()) throw LatexError("\\verb at the end of the text");
  size_t close = latex.find(latex[open], open + 1);
  tokenizer_.count_steps(std::min(close, latex.size()) - at);
  if (close != std::u32string_view::npos) {
    at = close + 1;
  } else if (!is_old()) {
    throw LatexError("\\verb that is not closed");
  }
}

// True when the end of a verbatim environment was found, or 3.0a30 lost the rest of the text.
bool Parser::skip_verbatim(std::u32string_view name, size_t& at) {
  const std::u32string_view latex = tokenizer_.latex();
  const std::u32string end = U"\\end{" + std::u32string(name) + U"}";
  const size_t found = latex.find(end, at);
  tokenizer_.count_steps(std::min(found, latex.size()) - at);
  if (found == std::u32string_view::npos && is_old()) return false;
  at = found == std::u32string_view::npos ? latex.size() : found + end.size();
  return true;
}

}  // namespace dsocr::omnidocbench::latex

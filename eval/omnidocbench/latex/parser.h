#pragma once

#include <deque>
#include <string_view>
#include <vector>

#include "eval/omnidocbench/latex/tables.h"
#include "eval/omnidocbench/latex/tokenizer.h"

namespace dsocr::omnidocbench::latex {

struct Node;
using Nodes = std::vector<const Node*>;

enum class NodeKind { kCharacters, kGroup, kMacro, kEnvironment, kMath, kComment, kSpecial };

/// A node of the tree that pylatexenc's walker builds.
struct Node {
  NodeKind kind = NodeKind::kCharacters;
  std::u32string_view text;                  // characters, replacement of a special; names
  std::u32string_view blanks;                // white space after a macro or comment
  const Macro* macro = nullptr;              // nullptr for an unknown one
  const Environment* environment = nullptr;  // nullptr for an unknown one
  Nodes children;        // of groups, environments, formulas; none if 3.0a30 dropped them
  Nodes arguments;       // of macros, nullptr for one left out; empty when 2.10 could not read them
  bool display = false;  // of formulas: \[..\] and $$..$$
};

/// Builds the tree of a text as the tolerant parser of a version does (spec: OmniDocBench,
/// section 4.2). Nodes refer to the text, which has to outlive the parser, and live as long as the
/// parser.
class Parser {
 public:
  Parser(std::u32string_view latex, Pylatexenc version);

  /// The nodes of the whole text. Throws LatexError: see latex_to_text().
  Nodes parse();

 private:
  enum class Stop { kEndOfText, kBrace, kBracket, kEnvironment, kMath };
  enum class Outcome { kStopped, kEndOfText, kMismatch };

  /// What closes the list of nodes being read, and the formula around it.
  struct Context {
    Stop stop = Stop::kEndOfText;
    std::u32string_view name;  // of the environment; closing delimiter of the formula
    std::u32string_view math_close;
  };

  /// One argument: `ended` at the end of the text, where 2.10 gives up.
  struct Argument {
    const Node* node = nullptr;
    bool ended = false;
  };

  Outcome parse_nodes(size_t& at, const Context& context, Nodes& nodes);
  /// Takes in a token that is no character. nullopt: go on.
  std::optional<Outcome> take(const Token& token, size_t& at, const Context& context, Nodes& nodes);
  std::optional<Outcome> take_close(const Token& token, const Context& context) const;
  std::optional<Outcome> take_math(const Token& token, size_t& at, const Context& context,
                                   Nodes& nodes);
  void parse_children(Node& node, size_t& at, const Context& context);
  Node& parse_group(const Token& open, size_t& at, std::u32string_view math_close);
  Node& parse_macro(const Token& token, size_t& at, std::u32string_view math_close);
  Node& parse_environment(const Token& token, size_t& at, std::u32string_view math_close);
  bool parse_arguments(std::string_view spec, bool blanks_allowed, size_t& at,
                       std::u32string_view math_close, Nodes& arguments);
  void forget_arguments(Node& node, size_t mark);
  Argument parse_expression(size_t& at, std::u32string_view math_close);
  const Node* parse_optional(size_t& at, std::u32string_view math_close);
  Argument parse_star(size_t& at, std::u32string_view math_close);
  void skip_verb(size_t& at);
  bool skip_verbatim(std::u32string_view name, size_t& at);

  Node& add(NodeKind kind, std::u32string_view text);
  void add_characters(size_t begin, size_t end, Nodes& nodes);
  bool is_old() const { return version_ == Pylatexenc::k210; }

  Tokenizer tokenizer_;
  Pylatexenc version_;
  const Tables& tables_;
  std::deque<Node> arena_;
  size_t depth_ = 0;
};

}  // namespace dsocr::omnidocbench::latex

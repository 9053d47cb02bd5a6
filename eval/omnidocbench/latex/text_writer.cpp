#include "eval/omnidocbench/latex/text_writer.h"

#include <algorithm>
#include <utility>

#include "eval/omnidocbench/latex/characters.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench::latex {

namespace {

// A macro without arguments: the white space after it may be wanted in formulas.
bool is_bare_macro(const Node* node) {
  return node != nullptr && node->kind == NodeKind::kMacro &&
         std::ranges::all_of(node->arguments, [](const Node* argument) { return !argument; }) &&
         (node->macro == nullptr || node->arguments.empty() ||
          node->macro->arguments.find('{') == std::string::npos);
}

std::u32string indented(std::u32string_view text) {
  return U"\n    " + replace_all(text, U"\n", U"\n    ") + U"\n";
}

}  // namespace

void TextWriter::check_size(size_t size) const {
  if (size > maximum_size_) throw LatexError("LaTeX whose text is too long");
}

std::u32string TextWriter::text(const Nodes& nodes) {
  std::u32string out;
  write(nodes, out);
  return out;
}

void TextWriter::write(const Nodes& nodes, std::u32string& out) {
  const Node* previous = nullptr;
  for (const Node* node : nodes) {
    if (in_equation_ && node->kind == NodeKind::kCharacters && is_bare_macro(previous)) {
      out += previous->blanks;
    }
    write_node(*node, out);
    check_size(out.size());
    previous = node;
  }
}

void TextWriter::write_node(const Node& node, std::u32string& out) {
  switch (node.kind) {
    case NodeKind::kCharacters:
      if (!in_equation_ || !strip(node.text).empty()) out += node.text;
      return;
    case NodeKind::kComment:
      out += node.blanks;
      return;
    case NodeKind::kGroup:
      write(node.children, out);
      return;
    case NodeKind::kMacro:
      write_macro(node, out);
      return;
    case NodeKind::kEnvironment:
      write_environment(node, out);
      return;
    case NodeKind::kMath:
      write_formula(node, node.display, out);
      return;
    case NodeKind::kSpecial:
      out += tables_.find_special(node.text, 0)->second;
      return;
  }
}

std::u32string TextWriter::argument_text(const Node* argument) {
  std::u32string out;
  if (argument != nullptr) write_node(*argument, out);
  return out;
}

std::u32string TextWriter::argument(const Node& node, size_t index) {
  return index < node.arguments.size() ? argument_text(node.arguments[index]) : std::u32string();
}

void TextWriter::write_macro(const Node& node, std::u32string& out) {
  if (node.macro == nullptr) return;
  const Macro& macro = *node.macro;
  switch (macro.kind) {
    case MacroText::kNothing:
      return;
    case MacroText::kLiteral:
      out += macro.text;
      return;
    case MacroText::kFormat:
      write_format(node, out);
      return;
    case MacroText::kArguments:
      for (const Node* each : node.arguments) out += argument_text(each);
      return;
    case MacroText::kAccent:
      write_accent(node, out);
      return;
    case MacroText::kAlphabet:
      out += in_alphabet(argument(node, 0), macro.text);
      return;
    case MacroText::kHeading:
      out += macro.text + argument(node, 2) + U"\n";
      return;
    case MacroText::kHeadingUpper:
      out += macro.text + to_upper(argument(node, 2)) + U"\n";
      return;
    case MacroText::kItem:
      out += U"\n  ";
      out += node.arguments.empty() || node.arguments[0] == nullptr ? U"* " : argument(node, 0);
      return;
    case MacroText::kExercise:
      write_exercise(node, out);
      return;
    case MacroText::kSecond:
      out += argument(node, 1);
      return;
    case MacroText::kTitleField:
      (macro.text == U"title"    ? title_
       : macro.text == U"author" ? author_
                                 : date_) = argument(node, 0);
      return;
    case MacroText::kTitle:
      write_title(out);
      return;
    case MacroText::kFailure:
      throw LatexError("a macro that asks for arguments it does not get");
  }
}

// Python's `text % arguments`: %(n)s without arguments is an exception, a wrong number of %s
// leaves the text as it is.
void TextWriter::write_format(const Node& node, std::u32string& out) {
  const std::u32string& text = node.macro->text;
  const size_t slots = replace_all(text, U"%s", U"%ss").size() - text.size();
  if (slots > 0 && slots != node.arguments.size()) {
    out += text;
    return;
  }
  size_t next = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const std::u32string_view rest = std::u32string_view(text).substr(i);
    if (rest.starts_with(U"%s")) {
      out += argument(node, next++);
      ++i;
    } else if (rest.size() >= 5 && rest.starts_with(U"%(") && rest.substr(3, 2) == U")s") {
      const size_t index = rest[2] - U'1';
      if (index >= node.arguments.size()) throw LatexError("a macro without its arguments");
      out += argument(node, index);
      i += 4;
    } else {
      out += text[i];
    }
  }
}

void TextWriter::write_accent(const Node& node, std::u32string& out) {
  const std::u32string base = node.arguments.empty() ? U" " : argument(node, 0);
  for (const char32_t c : base) out += accented(c, node.macro->text.front());
}

void TextWriter::write_exercise(const Node& node, std::u32string& out) {
  if (node.arguments.empty()) throw LatexError("an exercise without its argument");
  out += U"\n" + argument(node, 0) + U"\n";
  if (node.arguments.size() > 1 && node.arguments[1] != nullptr) {
    out += U"[" + argument(node, 1) + U"]\n";
  }
}

void TextWriter::write_title(std::u32string& out) const {
  const size_t width = std::max({title_.size(), 4 + author_.size(), 4 + date_.size()});
  out += title_ + U"\n    " + author_ + U"\n    " + date_ + U"\n";
  out += std::u32string(width, U'=') + U"\n\n";
}

void TextWriter::write_environment(const Node& node, std::u32string& out) {
  const EnvironmentText kind =
      node.environment == nullptr ? EnvironmentText::kBody : node.environment->kind;
  switch (kind) {
    case EnvironmentText::kBody:
      write(node.children, out);
      return;
    case EnvironmentText::kFormat:
      out += replace_all(node.environment->text, U"%s", text(node.children));
      return;
    case EnvironmentText::kEquation:
      write_formula(node, true, out);
      return;
    case EnvironmentText::kMatrix:
      write_matrix(node, out);
      return;
  }
}

void TextWriter::write_formula(const Node& node, bool display, std::u32string& out) {
  const bool outside = std::exchange(in_equation_, true);
  const std::u32string contents = text(node.children);
  in_equation_ = outside;
  const std::u32string_view stripped = strip(contents);
  if (display) {
    out += indented(stripped);
  } else {
    out += stripped;
  }
}

std::u32string TextWriter::matrix_cell(Nodes& nodes) {
  const std::u32string contents = text(nodes);
  nodes.clear();
  return std::u32string(strip(contents));
}

// `[ a b; c d ]` with all cells as wide as the widest. Cells and rows without a node are left out,
// and a matrix without any cell is an exception.
void TextWriter::write_matrix(const Node& node, std::u32string& out) {
  std::vector<std::vector<std::u32string>> rows(1);
  Nodes cell;
  const auto end_cell = [&] {
    if (!cell.empty()) rows.back().push_back(matrix_cell(cell));
  };
  for (const Node* child : node.children) {
    if (child->kind == NodeKind::kSpecial && child->text == U"&") {
      end_cell();
    } else if (child->kind == NodeKind::kMacro && child->text == U"\\") {
      end_cell();
      if (!rows.back().empty()) rows.emplace_back();
    } else {
      cell.push_back(child);
    }
  }
  end_cell();
  if (rows.back().empty()) rows.pop_back();
  if (rows.empty()) throw LatexError("a matrix without cells");

  size_t width = 0;
  for (const auto& row : rows) {
    for (const std::u32string& text : row) width = std::max(width, text.size());
  }
  out += U"[";
  for (const auto& row : rows) {
    if (&row != &rows.front()) out += U";";
    for (const std::u32string& text : row) {
      out += U" ";
      out.append(width - text.size(), U' ');
      out += text;
      check_size(out.size());
    }
  }
  out += U" ]";
}

}  // namespace dsocr::omnidocbench::latex

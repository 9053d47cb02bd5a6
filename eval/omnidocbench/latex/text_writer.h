#pragma once

#include <string>
#include <string_view>

#include "eval/omnidocbench/latex/parser.h"

namespace dsocr::omnidocbench::latex {

/// Writes the text of LaTeX nodes as `LatexNodes2Text` of pylatexenc does with its default options
/// (spec: OmniDocBench, section 4.2).
class TextWriter {
 public:
  /// Throws LatexError when the text grows beyond `maximum_size` code points: accents on accents
  /// double it at every level.
  TextWriter(const Tables& tables, size_t maximum_size)
      : tables_(tables), maximum_size_(maximum_size) {}

  /// Throws LatexError where the Python library raises an exception.
  std::u32string text(const Nodes& nodes);

 private:
  void write(const Nodes& nodes, std::u32string& out);
  void write_node(const Node& node, std::u32string& out);
  void write_macro(const Node& node, std::u32string& out);
  void write_accent(const Node& node, std::u32string& out);
  void write_format(const Node& node, std::u32string& out);
  void write_exercise(const Node& node, std::u32string& out);
  void write_title(std::u32string& out) const;
  void write_environment(const Node& node, std::u32string& out);
  void write_matrix(const Node& node, std::u32string& out);
  void write_formula(const Node& node, bool display, std::u32string& out);
  std::u32string matrix_cell(Nodes& nodes);

  /// Text of an argument; empty for one that was left out or never read.
  std::u32string argument(const Node& node, size_t index);
  std::u32string argument_text(const Node* argument);
  void check_size(size_t size) const;

  const Tables& tables_;
  size_t maximum_size_;
  bool in_equation_ = false;
  std::u32string title_ = U"[NO \\title GIVEN]";
  std::u32string author_ = U"[NO \\author GIVEN]";
  std::u32string date_ = U"[NO \\date GIVEN]";
};

}  // namespace dsocr::omnidocbench::latex

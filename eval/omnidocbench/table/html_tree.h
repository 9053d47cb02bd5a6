#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "eval/omnidocbench/table/html_start_tag.h"

namespace dsocr::omnidocbench {

/// An HTML text as Beautiful Soup 4.11 with Python's html.parser sees it: no implied end tags, no
/// repair of nesting (spec: OmniDocBench, section 4.4, step 1). All nodes lie in one array, their
/// numbers rise in document order; depth is bounded by memory only.
class HtmlTree {
 public:
  using Node = uint32_t;
  static constexpr Node kDocument = 0, kNoNode = UINT32_MAX;

  /// kRawText is the text in script, style, template, rt and rp, which counts as no text.
  enum class Kind : uint8_t {
    kElement,
    kText,
    kRawText,
    kComment,
    kCData,
    kInstruction,
    kDoctype,
    kDeclaration
  };

  /// Takes linear time. Throws HtmlRejected (html_tokenizer.h) where html.parser fails.
  explicit HtmlTree(std::u32string_view html);

  size_t size() const { return nodes_.size(); }
  Kind kind(Node node) const { return nodes_[node].kind; }
  bool is_element(Node node) const { return kind(node) == Kind::kElement; }
  Node parent(Node node) const { return nodes_[node].parent; }
  /// Name of an element, content of any other node.
  const std::u32string& text(Node node) const { return nodes_[node].text; }
  /// Value of an attribute, or nullptr.
  const std::u32string* attribute(Node node, std::u32string_view name) const;

  /// The next node in document order, kNoNode after the last one. Start with kDocument, which is an
  /// element that has no name.
  Node next(Node node) const;
  /// find_all(names): the elements with one of the names, in document order.
  std::vector<Node> find_all(std::initializer_list<std::u32string_view> names) const;
  /// tag.string for all nodes: the text node of an element that holds nothing but that node,
  /// however deep; kNoNode for all others. By node number.
  std::vector<Node> single_strings() const;
  /// get_text(separator): the texts below an element, joined.
  std::u32string get_text(Node node, std::u32string_view separator) const;

  /// Gives an element another name, or a text node other content.
  void set_text(Node node, std::u32string text) { nodes_[node].text = std::move(text); }
  /// Replaces an element by its children.
  void unwrap(Node node);
  /// Replaces a node and all below it by a text.
  void replace_by_text(Node node, std::u32string text);

  /// str(soup).
  std::u32string serialise() const;

 private:
  friend class HtmlTreeBuilder;

  struct Data {
    Kind kind = Kind::kElement;
    bool is_void = false;  // of those that need no end tag, like br
    Node parent = kNoNode, first_child = kNoNode, last_child = kNoNode;
    Node previous = kNoNode, next = kNoNode;  // siblings
    std::u32string text;
    std::vector<HtmlAttribute> attributes;  // sorted by name
  };

  Node append(Node parent, Kind kind, std::u32string text);
  void append_start(std::u32string& out, const Data& element) const;
  void append_other(std::u32string& out, const Data& node) const;

  std::vector<Data> nodes_;
};

}  // namespace dsocr::omnidocbench

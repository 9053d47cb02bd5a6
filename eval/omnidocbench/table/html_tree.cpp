#include "eval/omnidocbench/table/html_tree.h"

#include <algorithm>
#include <utility>

#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench {
namespace {

void append_escaped(std::u32string& out, std::u32string_view text) {
  size_t at = 0;
  for (size_t hit = text.find_first_of(U"&<>"); hit != text.npos;
       hit = text.find_first_of(U"&<>", at)) {
    out.append(text.substr(at, hit - at));
    out.append(text[hit] == U'&' ? U"&amp;" : text[hit] == U'<' ? U"&lt;" : U"&gt;");
    at = hit + 1;
  }
  out.append(text.substr(at));
}

void append_attribute(std::u32string& out, const HtmlAttribute& attribute) {
  out.append(U" ").append(attribute.name).append(U"=");
  std::u32string value;
  append_escaped(value, attribute.value);
  const bool has_double = contains(value, U"\"");
  const bool has_both = has_double && contains(value, U"'");
  if (has_both) value = replace_all(value, U"\"", U"&quot;");
  const char32_t quote = has_double && !has_both ? U'\'' : U'"';
  out += quote;
  out.append(value);
  out += quote;
}

}  // namespace

const std::u32string* HtmlTree::attribute(Node node, std::u32string_view name) const {
  for (const HtmlAttribute& attribute : nodes_[node].attributes)
    if (attribute.name == name) return &attribute.value;
  return nullptr;
}

HtmlTree::Node HtmlTree::next(Node node) const {
  if (nodes_[node].first_child != kNoNode) return nodes_[node].first_child;
  while (node != kNoNode && nodes_[node].next == kNoNode) node = nodes_[node].parent;
  return node == kNoNode ? kNoNode : nodes_[node].next;
}

std::vector<HtmlTree::Node> HtmlTree::find_all(
    std::initializer_list<std::u32string_view> names) const {
  std::vector<Node> found;
  for (Node node = next(kDocument); node != kNoNode; node = next(node))
    if (is_element(node) &&
        std::ranges::find(names, std::u32string_view(text(node))) != names.end())
      found.push_back(node);
  return found;
}

std::vector<HtmlTree::Node> HtmlTree::single_strings() const {
  std::vector<Node> strings(nodes_.size(), kNoNode);
  std::vector<Node> order;
  for (Node node = kDocument; node != kNoNode; node = next(node)) order.push_back(node);
  for (size_t i = order.size(); i-- > 0;) {
    const Node child = nodes_[order[i]].first_child;
    if (child == kNoNode || nodes_[child].next != kNoNode) continue;
    strings[order[i]] = is_element(child) ? strings[child] : child;
  }
  return strings;
}

std::u32string HtmlTree::get_text(Node node, std::u32string_view separator) const {
  Node end = node;  // the first node that is not below `node`
  while (end != kNoNode && nodes_[end].next == kNoNode) end = nodes_[end].parent;
  if (end != kNoNode) end = nodes_[end].next;
  std::u32string out;
  bool is_first = true;
  for (Node below = next(node); below != end; below = next(below)) {
    if (kind(below) != Kind::kText && kind(below) != Kind::kCData) continue;
    if (!is_first) out.append(separator);
    is_first = false;
    out.append(text(below));
  }
  return out;
}

HtmlTree::Node HtmlTree::append(Node parent, Kind kind, std::u32string text) {
  const auto node = static_cast<Node>(nodes_.size());
  Data& data = nodes_.emplace_back();
  data.kind = kind;
  data.text = std::move(text);
  data.parent = parent;
  if (parent == kNoNode) return node;
  Data& above = nodes_[parent];
  data.previous = above.last_child;
  (above.last_child == kNoNode ? above.first_child : nodes_[above.last_child].next) = node;
  above.last_child = node;
  return node;
}

void HtmlTree::unwrap(Node node) {
  Data& data = nodes_[node];
  for (Node child = data.first_child; child != kNoNode; child = nodes_[child].next)
    nodes_[child].parent = data.parent;
  // What stands left and right of the place where the element was; without children each other.
  const Node first = data.first_child == kNoNode ? data.next : data.first_child;
  const Node last = data.last_child == kNoNode ? data.previous : data.last_child;
  Data& above = nodes_[data.parent];
  (data.previous == kNoNode ? above.first_child : nodes_[data.previous].next) = first;
  (data.next == kNoNode ? above.last_child : nodes_[data.next].previous) = last;
  if (data.first_child != kNoNode) {
    nodes_[first].previous = data.previous;
    nodes_[last].next = data.next;
  }
  data.first_child = data.last_child = kNoNode;
}

void HtmlTree::replace_by_text(Node node, std::u32string text) {
  Data& data = nodes_[node];
  data.kind = Kind::kText;
  data.text = std::move(text);
  data.attributes.clear();
  data.first_child = data.last_child = kNoNode;
}

void HtmlTree::append_start(std::u32string& out, const Data& element) const {
  out.append(U"<").append(element.text);
  for (const HtmlAttribute& attribute : element.attributes) append_attribute(out, attribute);
  out.append(element.first_child == kNoNode && element.is_void ? U"/>" : U">");
}

void HtmlTree::append_other(std::u32string& out, const Data& node) const {
  switch (node.kind) {
    case Kind::kComment:
      out.append(U"<!--").append(node.text).append(U"-->");
      break;
    case Kind::kCData:
      out.append(U"<![CDATA[").append(node.text).append(U"]]>");
      break;
    case Kind::kInstruction:
      out.append(U"<?").append(node.text).append(U">");
      break;
    case Kind::kDeclaration:
      out.append(U"<?").append(node.text).append(U"?>");
      break;
    case Kind::kDoctype:
      out.append(U"<!DOCTYPE ").append(node.text).append(U">\n");
      break;
    default: {
      const std::u32string& above = nodes_[node.parent].text;
      if (above == U"script" || above == U"style")
        out.append(node.text);
      else
        append_escaped(out, node.text);
    }
  }
}

std::u32string HtmlTree::serialise() const {
  std::u32string out;
  const auto close = [&](const Data& element) {
    if (element.first_child == kNoNode && element.is_void) return;
    out.append(U"</").append(element.text).append(U">");
  };
  for (Node node = nodes_[kDocument].first_child; node != kNoNode;) {
    const Data& data = nodes_[node];
    if (data.kind != Kind::kElement) {
      append_other(out, data);
    } else {
      append_start(out, data);
      if (data.first_child != kNoNode) {
        node = data.first_child;
        continue;
      }
      close(data);
    }
    while (nodes_[node].next == kNoNode) {
      node = nodes_[node].parent;
      if (node == kDocument) return out;
      close(nodes_[node]);
    }
    node = nodes_[node].next;
  }
  return out;
}

}  // namespace dsocr::omnidocbench

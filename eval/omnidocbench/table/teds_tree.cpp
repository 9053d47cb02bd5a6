#include "eval/omnidocbench/table/teds_tree.h"

#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>

#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/table/teds.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench {
namespace {

struct FreeContext {
  void operator()(htmlParserCtxtPtr context) const { htmlFreeParserCtxt(context); }
};
struct FreeDocument {
  void operator()(xmlDocPtr document) const { xmlFreeDoc(document); }
};
using Document = std::unique_ptr<xmlDoc, FreeDocument>;

bool is_blank(char32_t c) { return c == U' ' || c == U'\t' || c == U'\n' || c == U'\r'; }
bool is_name_character(char32_t c) {
  return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z') || (c >= U'0' && c <= U'9') ||
         c == U':' || c == U'-' || c == U'_' || c == U'.';
}

// libxml2 compares each attribute of a tag with all others, so their number is counted beforehand,
// wherever libxml2 may see a tag.
class AttributeLimit {
 public:
  explicit AttributeLimit(std::u32string_view text) : text_(text) {}

  void check() {
    for (size_t open = text_.find(U'<'); open != text_.npos; open = text_.find(U'<', open + 1))
      if (is_name_character(at(open + 1))) check_tag(open + 1);
  }

 private:
  static constexpr size_t kStepsPerCharacter = 64, kMoreSteps = 1'000'000;
  static constexpr size_t kLongestName = 100;  // libxml2 cuts longer ones up

  char32_t at(size_t i) const { return i < text_.size() ? text_[i] : 0; }
  bool ends_tag(size_t i) const { return at(i) == 0 || at(i) == U'>'; }

  void check_tag(size_t i) {
    const size_t begin = i;
    while (is_name_character(at(i))) ++i;
    size_t num_attributes = 0;
    while (!ends_tag(i)) {
      while (is_blank(at(i)) || at(i) == U'/') ++i;
      if (ends_tag(i)) break;
      if (++num_attributes > kMostTedsAttributes)
        throw std::runtime_error("TEDS: too many attributes in a tag");
      const size_t name = i;
      while (is_name_character(at(i)) && i - name < kLongestName) ++i;
      if (i == name) {
        while (!ends_tag(i) && !is_blank(at(i))) ++i;
        continue;
      }
      size_t value = i;
      while (is_blank(at(value))) ++value;
      if (at(value) == U'=') i = value_end(value + 1);
    }
    num_steps_ += i - begin;
    if (num_steps_ > text_.size() * kStepsPerCharacter + kMoreSteps)
      throw std::runtime_error("TEDS: too many unclosed tags");
  }

  size_t value_end(size_t i) const {
    while (is_blank(at(i))) ++i;
    if (at(i) == U'"' || at(i) == U'\'')
      return std::min(text_.find(at(i), i + 1), text_.size() - 1) + 1;
    while (!ends_tag(i) && !is_blank(at(i))) ++i;
    return i;
  }

  std::u32string_view text_;
  size_t num_steps_ = 0;
};

Document parse(std::u32string_view html) {
  static const bool is_ready = [] {
    xmlInitParser();
    return true;
  }();
  (void)is_ready;
  std::u32string valid(html);
  std::ranges::replace_if(
      valid, [](char32_t c) { return (c >= 0xD800 && c <= 0xDFFF) || c > 0x10FFFF; }, U'\uFFFD');
  const std::string bytes = metrics::encode_utf8(valid);
  const std::unique_ptr<htmlParserCtxt, FreeContext> context(htmlNewParserCtxt());
  if (!context) throw std::bad_alloc();
  context->sax->comment = nullptr;
  context->sax->cdataBlock = nullptr;  // scripts and styles as plain text
  return Document(htmlCtxtReadMemory(context.get(), bytes.data(), static_cast<int>(bytes.size()),
                                     nullptr, "UTF-8",
                                     HTML_PARSE_RECOVER | HTML_PARSE_NONET | HTML_PARSE_COMPACT |
                                         HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING));
}

std::string_view as_view(const xmlChar* text) {
  return text ? reinterpret_cast<const char*>(text) : std::string_view{};
}

bool is_element(const xmlNode* node) { return node->type == XML_ELEMENT_NODE; }

const xmlNode* first_child(const xmlNode* node, std::string_view name) {
  for (const xmlNode* child = node ? node->children : nullptr; child; child = child->next)
    if (is_element(child) && as_view(child->name) == name) return child;
  return nullptr;
}

// int() of Python in a form that is equal for equal numbers; nullopt where it fails.
std::optional<std::string> canonical_number(std::string_view text) {
  const std::u32string decoded = metrics::decode_utf8(text);
  std::u32string_view digits = strip(decoded);
  const bool is_negative = digits.starts_with(U'-');
  if (is_negative || digits.starts_with(U'+')) digits.remove_prefix(1);
  std::string out;
  size_t num_digits = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (digits[i] == U'_' && i > 0 && digits[i - 1] != U'_' && i + 1 < digits.size()) continue;
    const int32_t value = u_charDigitValue(static_cast<UChar32>(digits[i]));
    if (value < 0) return {};
    ++num_digits;
    if (value > 0 || !out.empty()) out += static_cast<char>('0' + value);
  }
  constexpr size_t kMostDigits = 4300;
  if (num_digits == 0 || num_digits > kMostDigits) return {};
  if (out.empty()) return "0";
  return is_negative ? "-" + out : out;
}

class Reader {
 public:
  Reader(const xmlNode* table, TedsNames& names) : root_(table), names_(names) {}

  // False when a span is no number.
  bool read() {
    // Walks down and up again; leftmost_ holds the first leaf below each open element.
    for (const xmlNode* node = root_;;) {
      const bool is_leaf = is_cell(node) || !first_node(node->children);
      leftmost_.push_back(static_cast<uint32_t>(result_.tree.size()));
      if (!is_leaf) {
        node = first_node(node->children);
        continue;
      }
      if (!close(node)) return false;
      while (node != root_ && !first_node(node->next)) {
        node = node->parent;
        if (!close(node)) return false;
      }
      if (node == root_) break;
      node = first_node(node->next);
    }
    for (const xmlNode* node = root_->children; node; node = next(node, root_))
      if (is_element(node)) ++result_.num_elements;
    return true;
  }

  TedsTree take() { return std::move(result_); }

 private:
  // Processing instructions have a place in the tree too.
  static bool is_node(const xmlNode* node) { return is_element(node) || node->type == XML_PI_NODE; }
  static const xmlNode* first_node(const xmlNode* node) {
    while (node && !is_node(node)) node = node->next;
    return node;
  }
  static bool is_cell(const xmlNode* node) {
    return is_element(node) && as_view(node->name) == "td";
  }
  // In document order, below `root`.
  static const xmlNode* next(const xmlNode* node, const xmlNode* root) {
    if (is_element(node) && node->children) return node->children;
    while (node != root && !node->next) node = node->parent;
    return node == root ? nullptr : node->next;
  }

  uint32_t number(std::string name) {
    return names_.emplace(std::move(name), static_cast<uint32_t>(names_.size())).first->second;
  }

  static std::string tag(const xmlNode* node) {
    return is_element(node) ? std::string(as_view(node->name)) : "?";
  }

  // Appends a node, all below it having been appended.
  bool close(const xmlNode* node) {
    TedsLabel label;
    std::string kind = "tag " + tag(node);
    if (is_cell(node)) {
      label.is_cell = true;
      for (const char* name : {"colspan", "rowspan"}) {
        const std::optional<std::string> value = attribute(node, name);
        const std::optional<std::string> span = value ? canonical_number(*value) : "1";
        if (!span) return false;
        kind += " " + *span;
      }
      append_content(node, label.content);
    }
    label.kind = number(std::move(kind));
    std::string key(reinterpret_cast<const char*>(&label.kind), sizeof label.kind);
    key.append(reinterpret_cast<const char*>(label.content.data()),
               label.content.size() * sizeof(uint32_t));
    const auto [at, is_new] =
        labels_.emplace(std::move(key), static_cast<uint32_t>(result_.labels.size()));
    if (is_new) result_.labels.push_back(std::move(label));
    result_.tree.labels.push_back(at->second);
    result_.tree.leftmost.push_back(leftmost_.back());
    leftmost_.pop_back();
    return true;
  }

  static std::optional<std::string> attribute(const xmlNode* node, const char* name) {
    for (const xmlAttr* attr = node->properties; attr; attr = attr->next) {
      if (as_view(attr->name) != name) continue;
      std::string value;
      for (const xmlNode* text = attr->children; text; text = text->next)
        value += as_view(text->content);
      return value;
    }
    return {};
  }

  void append_text(const xmlNode* node, std::vector<uint32_t>& content) {
    for (const char32_t c : metrics::decode_utf8(as_view(node->content))) content.push_back(c);
  }

  // The text and the inner tags of a cell; texts behind a cell within a cell are left out.
  void append_content(const xmlNode* cell, std::vector<uint32_t>& content) {
    for (const xmlNode* node = cell->children; node;) {
      if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) {
        const xmlNode* before = node->prev;
        while (before && !is_node(before)) before = before->prev;
        if (!before || !is_cell(before)) append_text(node, content);
      } else if (is_node(node)) {
        content.push_back(tag_token(node, "<"));
        if (!is_element(node)) append_text(node, content);
        if (is_element(node) && node->children) {
          node = node->children;
          continue;
        }
        content.push_back(tag_token(node, "</"));
      }
      while (node != cell && !node->next) {
        node = node->parent;
        if (node != cell) content.push_back(tag_token(node, "</"));
      }
      node = node == cell ? nullptr : node->next;
    }
  }

  uint32_t tag_token(const xmlNode* node, const char* bracket) {
    constexpr uint32_t kFirst = 0x110000;  // above all characters
    return kFirst + number(bracket + tag(node));
  }

  const xmlNode* root_;
  TedsNames& names_;
  TedsTree result_;
  std::unordered_map<std::string, uint32_t> labels_;
  std::vector<uint32_t> leftmost_;
};

// What lxml.html takes for a whole document: `^\s*<(?:html|!doctype)`, in any case.
bool is_whole_document(std::u32string_view html) {
  html = lstrip(html);
  const auto starts = [&](std::u32string_view prefix) {
    return std::ranges::equal(html.substr(0, prefix.size()), prefix, {}, [](char32_t c) {
      return c >= U'A' && c <= U'Z' ? c + (U'a' - U'A') : c;
    });
  };
  return starts(U"<html") || starts(U"<!doctype");
}

}  // namespace

std::optional<TedsTree> read_teds_tree(std::u32string_view html, TedsNames& names) {
  if (!is_whole_document(html)) return {};
  AttributeLimit(html).check();
  const Document document = parse(html);
  const xmlNode* root = document ? xmlDocGetRootElement(document.get()) : nullptr;
  const xmlNode* table = nullptr;
  for (const xmlNode* body = first_child(root, "body"); body && !table; body = body->next)
    if (is_element(body) && as_view(body->name) == "body") table = first_child(body, "table");
  if (!table) return {};
  Reader reader(table, names);
  if (!reader.read()) return {};
  return reader.take();
}

}  // namespace dsocr::omnidocbench

#include <algorithm>
#include <initializer_list>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/table/html_entities.h"
#include "eval/omnidocbench/table/html_tokenizer.h"
#include "eval/omnidocbench/table/html_tree.h"
#include "eval/omnidocbench/text/regex.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench {
namespace {

using Names = std::initializer_list<std::u32string_view>;

bool is_one_of(std::u32string_view name, Names names) {
  return std::ranges::find(names, name) != names.end();
}

bool is_void_element(std::u32string_view name) {
  return is_one_of(name, {U"area",    U"base",    U"basefont", U"bgsound", U"br",       U"col",
                          U"command", U"embed",   U"frame",    U"hr",      U"image",    U"img",
                          U"input",   U"isindex", U"keygen",   U"link",    U"menuitem", U"meta",
                          U"nextid",  U"param",   U"source",   U"spacer",  U"track",    U"wbr"});
}

bool keeps_white_space(std::u32string_view name) { return is_one_of(name, {U"pre", U"textarea"}); }

bool holds_raw_text(std::u32string_view name) {
  return is_one_of(name, {U"script", U"style", U"template", U"rt", U"rp"});
}

// Attributes that Beautiful Soup splits at white space; they are joined again by single blanks.
bool is_list_attribute(std::u32string_view element, std::u32string_view attribute) {
  if (is_one_of(attribute, {U"class", U"accesskey", U"dropzone"})) return true;
  if (is_one_of(element, {U"a", U"link"})) return is_one_of(attribute, {U"rel", U"rev"});
  if (is_one_of(element, {U"td", U"th"})) return attribute == U"headers";
  return (element == U"form" && attribute == U"accept-charset") ||
         (element == U"object" && attribute == U"archive") ||
         (element == U"area" && attribute == U"rel") ||
         (element == U"icon" && attribute == U"sizes") ||
         (element == U"iframe" && attribute == U"sandbox") ||
         (element == U"output" && attribute == U"for");
}

// Sorts by name; of attributes with the same name the last one stays.
void sort_attributes(std::vector<HtmlAttribute>& attributes) {
  if (attributes.size() < 2) return;
  std::ranges::stable_sort(attributes, {}, &HtmlAttribute::name);
  size_t kept = 0;
  for (size_t i = 0; i < attributes.size(); ++i) {
    if (i + 1 < attributes.size() && attributes[i + 1].name == attributes[i].name) continue;
    if (kept != i) attributes[kept] = std::move(attributes[i]);
    ++kept;
  }
  attributes.resize(kept);
}

// Beautiful Soup writes the encoding of its output into meta elements.
void set_encoding(std::vector<HtmlAttribute>& attributes) {
  const auto find = [&](std::u32string_view name) {
    const auto at = std::ranges::find(attributes, name, &HtmlAttribute::name);
    return at == attributes.end() ? nullptr : &at->value;
  };
  if (std::u32string* charset = find(U"charset")) {
    *charset = U"utf-8";
    return;
  }
  std::u32string* content = find(U"content");
  const std::u32string* equivalent = find(U"http-equiv");
  if (!content || !equivalent || lower_name(*equivalent) != U"content-type") return;
  static const Regex charset(R"((?:^|[\s;])charset=\K[^;]*)", Regex::kMultiline);
  *content = charset.replace(*content, U"utf-8");
}

}  // namespace

class HtmlTreeBuilder : public HtmlHandler {
 public:
  explicit HtmlTreeBuilder(HtmlTree& tree) : tree_(tree) {
    open_.push_back(tree_.append(HtmlTree::kNoNode, HtmlTree::Kind::kElement, U""));
  }

  void start_tag(HtmlStartTag tag) override {
    flush();
    sort_attributes(tag.attributes);
    for (HtmlAttribute& attribute : tag.attributes)
      if (is_list_attribute(tag.name, attribute.name))
        attribute.value = collapse_spaces(attribute.value);
    if (tag.name == U"meta") set_encoding(tag.attributes);

    const HtmlTree::Node node = tree_.append(open_.back(), HtmlTree::Kind::kElement, tag.name);
    const bool is_void = is_void_element(tag.name);
    tree_.nodes_[node].is_void = is_void;
    tree_.nodes_[node].attributes = std::move(tag.attributes);
    open_.push_back(node);
    ++num_open_[tag.name];
    if (keeps_white_space(tag.name)) ++num_keeping_;
    if (holds_raw_text(tag.name)) ++num_raw_;
    if (tag.self_closing) {
      end_tag(std::move(tag.name));
    } else if (is_void) {
      close(tag.name);
      ++num_closed_early_[std::move(tag.name)];
    }
  }

  void end_tag(std::u32string name) override {
    // The end tag of a void element that was closed at its start tag, wherever that was.
    if (const auto early = num_closed_early_.find(name);
        early != num_closed_early_.end() && early->second > 0)
      --early->second;
    else
      close(name);
  }

  void text(std::u32string_view characters) override {
    pending_.append(characters);
    has_pending_ = true;
  }

  void character_reference(std::u32string_view number) override {
    const char32_t character = numbered_character(number);
    text({&character, 1});
  }

  void entity_reference(std::u32string_view name) override {
    if (const auto characters = named_character(name)) return text(*characters);
    text(U"&");
    text(name);
  }

  void comment(std::u32string_view content) override { other(HtmlTree::Kind::kComment, content); }

  void doctype(std::u32string_view content) override {
    other(HtmlTree::Kind::kDoctype, content.substr(std::min<size_t>(8, content.size())));
  }

  void instruction(std::u32string_view content) override {
    other(HtmlTree::Kind::kInstruction, content);
  }

  void marked_section(std::u32string_view content) override {
    if (lower_name(content.substr(0, 6)) == U"cdata[")
      other(HtmlTree::Kind::kCData, content.substr(6));
    else
      other(HtmlTree::Kind::kDeclaration, content);
  }

  void finish() { flush(); }

 private:
  void other(HtmlTree::Kind kind, std::u32string_view content) {
    flush();
    text(content);
    flush(kind);
  }

  // Makes a node of the text gathered so far. A text of nothing but ASCII white space shrinks to
  // one character, an empty one (of a comment) becomes a blank.
  void flush(HtmlTree::Kind kind = HtmlTree::Kind::kText) {
    if (!has_pending_) return;
    if (num_keeping_ == 0 && pending_.find_first_not_of(U" \n\t\f\r") == pending_.npos)
      pending_ = contains(pending_, U"\n") ? U"\n" : U" ";
    if (kind == HtmlTree::Kind::kText && num_raw_ > 0) kind = HtmlTree::Kind::kRawText;
    tree_.append(open_.back(), kind, std::move(pending_));
    pending_.clear();
    has_pending_ = false;
  }

  // Closes all up to the innermost open element of the name; nothing when there is none.
  void close(const std::u32string& name) {
    flush();
    const auto count = num_open_.find(name);
    if (count == num_open_.end() || count->second == 0) return;
    for (bool is_found = false; !is_found; open_.pop_back()) {
      const std::u32string& closed = tree_.nodes_[open_.back()].text;
      is_found = closed == name;
      --num_open_[closed];
      if (keeps_white_space(closed)) --num_keeping_;
      if (holds_raw_text(closed)) --num_raw_;
    }
  }

  HtmlTree& tree_;
  std::vector<HtmlTree::Node> open_;  // from the document down
  std::unordered_map<std::u32string, size_t> num_open_, num_closed_early_;
  size_t num_keeping_ = 0, num_raw_ = 0;  // open elements of these kinds
  std::u32string pending_;
  bool has_pending_ = false;
};

HtmlTree::HtmlTree(std::u32string_view html) {
  HtmlTreeBuilder builder(*this);
  tokenize_html(html, builder);
  builder.finish();
}

}  // namespace dsocr::omnidocbench

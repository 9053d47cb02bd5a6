#include "eval/omnidocbench/truth.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>
#include <unordered_map>

#include "data/error.h"
#include "eval/normalize/unicode.h"
#include "reports/files.h"

namespace dsocr::omnidocbench {
namespace {

using metrics::decode_utf8;
namespace dom = simdjson::dom;

constexpr std::array<std::string_view, 16> kTextClasses{
    "text_block",       "title",           "code_txt",
    "code_txt_caption", "reference",       "equation_caption",
    "figure_caption",   "figure_footnote", "table_caption",
    "table_footnote",   "code_algorithm",  "code_algorithm_caption",
    "header",           "footer",          "page_footnote",
    "page_number"};

// A value of the file that knows where it stands.
class Field {
 public:
  Field(const std::filesystem::path& file, std::string path, dom::element value)
      : file_(file), path_(std::move(path)), value_(value) {}

  [[noreturn]] void fail(const std::string& reason) const {
    throw data::DataError(file_, "", (path_.empty() ? "" : path_ + ": ") + reason);
  }

  std::vector<Field> items() const {
    dom::array array;
    if (value_.get(array)) fail("expected a list");
    std::vector<Field> fields;
    size_t index = 0;
    for (const dom::element item : array)
      fields.emplace_back(file_, path_ + "[" + std::to_string(index++) + "]", item);
    return fields;
  }

  Field at(std::string_view key) const {
    const auto field = find(key);
    if (!field) child(key, value_).fail("missing");
    return *field;
  }

  // Nothing for a member that is absent or null.
  std::optional<Field> find(std::string_view key) const {
    dom::object object;
    if (value_.get(object)) fail("expected an object");
    dom::element value;
    if (object.at_key(key).get(value) || value.is_null()) return std::nullopt;
    return child(key, value);
  }

  std::string_view string() const {
    std::string_view text;
    if (value_.get(text)) fail("expected a string");
    return text;
  }

  double number() const {
    double number = 0;
    if (value_.get(number)) fail("expected a number");
    return number;
  }

  bool boolean() const {
    bool value = false;
    if (value_.get(value)) fail("expected true or false");
    return value;
  }

  // "key: value" of each member, values as str() gives them.
  std::vector<std::string> labels() const {
    dom::object object;
    if (value_.get(object)) fail("expected an object");
    std::vector<std::string> labels;
    for (const auto& [key, value] : object) {
      std::string text = simdjson::to_string(value);
      if (value.is_string()) text = std::string(std::string_view(value));
      if (value.is_bool()) text = bool(value) ? "True" : "False";
      if (value.is_null()) text = "None";
      labels.push_back(std::string(key) + ": " + text);
    }
    return labels;
  }

  bool is_string() const { return value_.is_string(); }
  std::string id() const { return simdjson::to_string(value_); }
  const std::string& path() const { return path_; }

 private:
  Field child(std::string_view key, dom::element value) const {
    return {file_, path_ + (path_.empty() ? "" : ".") + std::string(key), value};
  }

  const std::filesystem::path& file_;
  std::string path_;
  dom::element value_;
};

struct Annotation {
  std::string id;
  TruthElement element;
  bool ignored;
};

std::u32string text_of(const Field& item, std::string_view key) {
  const auto field = item.find(key);
  return field ? decode_utf8(field->string()) : std::u32string();
}

Annotation read_annotation(const Field& item) {
  Annotation annotation{item.at("anno_id").id(), {}, false};
  TruthElement& element = annotation.element;
  element.category = item.at("category_type").string();
  if (is_text_class(element.category)) element.content = text_of(item, "text");
  if (element.category == kFormulaClass) element.content = text_of(item, "latex");
  if (element.category == kTableClass) {
    element.content = text_of(item, "html");
    element.latex = text_of(item, "latex");
  }
  if (const auto order = item.find("order")) element.order = order->number();
  if (const auto attribute = item.find("attribute")) element.labels = attribute->labels();
  if (const auto ignore = item.find("ignore")) annotation.ignored = ignore->boolean();
  return annotation;
}

std::vector<std::string> page_labels(const Field& attributes) {
  std::vector<std::string> labels;
  for (const char* key : {"data_source", "language", "layout"})
    if (const auto field = attributes.find(key))
      labels.push_back(std::string(key) + ": " + std::string(field->string()));
  if (const auto issues = attributes.find("special_issue")) {
    if (issues->is_string())
      labels.push_back("special_issue: " + std::string(issues->string()));
    else
      for (const Field& issue : issues->items())
        if (const std::string_view name = issue.string(); name.find("table") == name.npos)
          labels.emplace_back(name);
  }
  return labels;
}

using Ids = std::vector<std::string>;

// Ids of the texts that belong together. v1.5 keeps doubles: a chain A-B, B-C gives A, B, B, C.
std::vector<Ids> truncated_groups(const Field& page, Rules rules) {
  std::vector<Ids> groups;
  const auto extra = page.find("extra");
  const auto relations = extra ? extra->find("relation") : std::nullopt;
  if (!relations) return groups;
  const auto has = [](const Ids& ids, const std::string& id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  };
  for (const Field& relation : relations->items()) {
    if (relation.at("relation_type").string() != "truncated") continue;
    const std::string source = relation.at("source_anno_id").id();
    const std::string target = relation.at("target_anno_id").id();
    bool known = false;
    for (Ids& group : groups)
      if (has(group, source) || has(group, target)) {
        group.insert(group.end(), {source, target});
        known = true;
      }
    if (!known) groups.push_back({source, target});
  }
  if (rules != Version::k17 && !rules.corrected) return groups;

  std::vector<Ids> merged;
  for (const Ids& group : groups) {
    Ids all;
    for (const std::string& id : group)
      if (!has(all, id)) all.push_back(id);
    const auto touches = [&](const Ids& other) {
      return std::any_of(all.begin(), all.end(), [&](const auto& id) { return has(other, id); });
    };
    const auto first = std::find_if(merged.begin(), merged.end(), touches);
    if (first == merged.end()) {
      merged.push_back(std::move(all));
      continue;
    }
    const auto take = [&](const Ids& from) {
      for (const std::string& id : from)
        if (!has(*first, id)) first->push_back(id);
    };
    take(all);
    for (auto other = std::next(first); other != merged.end();)
      if (touches(*other)) {
        take(*other);
        other = merged.erase(other);
      } else {
        ++other;
      }
  }
  return merged;
}

double order_of(const TruthElement& element) { return element.order.value_or(0); }

bool in_order(const TruthElement& a, const TruthElement& b) { return order_of(a) < order_of(b); }

TruthPage read_page(const Field& field, Rules rules) {
  TruthPage page;
  const Field info = field.at("page_info");
  page.image = std::filesystem::path(info.at("image_path").string()).filename().string();
  if (page.image.empty()) info.at("image_path").fail("names no file");
  if (const auto width = info.find("width")) page.width = static_cast<int64_t>(width->number());
  if (const auto height = info.find("height")) page.height = static_cast<int64_t>(height->number());
  if (const auto attributes = info.find("page_attribute")) page.labels = page_labels(*attributes);

  std::vector<Annotation> annotations;
  for (const Field& item : field.at("layout_dets").items())
    annotations.push_back(read_annotation(item));

  const std::vector<Ids> groups = truncated_groups(field, rules);
  std::set<std::string> in_groups;
  for (const Ids& group : groups) in_groups.insert(group.begin(), group.end());
  std::vector<TruthElement> elements;
  const bool honour_ignore = rules == Version::k17;
  for (const Annotation& annotation : annotations)
    if (!in_groups.contains(annotation.id) && !(honour_ignore && annotation.ignored))
      elements.push_back(annotation.element);
  for (const Ids& group : groups) {
    std::vector<TruthElement> members;
    bool ignored = false;
    for (const std::string& id : group)
      for (const Annotation& annotation : annotations)
        if (annotation.id == id) {
          members.push_back(annotation.element);
          ignored = ignored || (honour_ignore && annotation.ignored);
        }
    if (members.empty() || ignored) continue;
    std::stable_sort(members.begin(), members.end(), in_order);
    TruthElement whole = members.front();
    whole.labels.clear();
    for (size_t i = 1; i < members.size(); ++i) whole.content += members[i].content;
    elements.push_back(std::move(whole));
  }

  const auto take = [&](std::string_view category, std::vector<TruthElement>& to) {
    for (const TruthElement& element : elements)
      if (element.category == category) to.push_back(element);
  };
  for (const std::string_view category : kTextClasses) take(category, page.elements);
  take(kFormulaClass, page.elements);
  take(kTableClass, page.tables);
  std::stable_sort(page.elements.begin(), page.elements.end(), in_order);
  std::stable_sort(page.tables.begin(), page.tables.end(), in_order);
  return page;
}

// The parser does not say where it stopped; a slower one does.
[[noreturn]] void fail_to_parse(const std::filesystem::path& file, simdjson::error_code error) {
  std::string reason = simdjson::error_message(error);
  try {
    std::ignore = nlohmann::json::parse(reports::read_file(file));
  } catch (const std::exception& slower) {
    reason = slower.what();
  }
  throw data::DataError(file, "", reason);
}

}  // namespace

bool is_text_class(std::string_view category) {
  return std::find(kTextClasses.begin(), kTextClasses.end(), category) != kTextClasses.end();
}

bool is_ignored_class(std::string_view category) {
  return category == "equation_caption" ||
         std::find(kTextClasses.begin() + 6, kTextClasses.end(), category) != kTextClasses.end();
}

std::string TruthPage::attribute(std::string_view name) const {
  const std::string start = std::string(name) + ": ";
  for (const std::string& label : labels)
    if (label.starts_with(start)) return label.substr(start.size());
  return {};
}

std::vector<TruthPage> read_truth(const std::filesystem::path& file, Rules rules) {
  dom::parser parser;
  dom::element root;
  if (const auto error = parser.load(file.string()).get(root)) fail_to_parse(file, error);
  std::vector<TruthPage> pages;
  std::unordered_map<std::string, std::string> seen;
  for (const Field& field : Field(file, "", root).items()) {
    pages.push_back(read_page(field, rules));
    const auto [other, fresh] = seen.emplace(pages.back().image, field.path());
    if (!fresh)
      field.at("page_info").at("image_path").fail("the page of " + other->second + " once more");
  }
  if (pages.empty()) throw data::DataError(file, "", "holds no page");
  return pages;
}

}  // namespace dsocr::omnidocbench

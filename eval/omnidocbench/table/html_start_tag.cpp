#include "eval/omnidocbench/table/html_start_tag.h"

#include <algorithm>
#include <utility>

#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/table/html_entities.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench {
namespace {

using metrics::is_python_space;

constexpr size_t kNone = std::u32string_view::npos;

bool is_quote(char32_t c) { return c == U'"' || c == U'\''; }
bool is_space_or_slash(char32_t c) { return c == U'/' || is_python_space(c); }

}  // namespace

std::u32string lower_name(std::u32string_view name) {
  if (std::ranges::any_of(name, [](char32_t c) { return c > 0x7F; }))
    return metrics::to_lower(name);
  std::u32string out(name);
  for (char32_t& c : out)
    if (c >= U'A' && c <= U'Z') c += U'a' - U'A';
  return out;
}

template <class Ends>
size_t HtmlStartTagScanner::run_end(Run& run, size_t from, Ends ends) const {
  if (from < run.from || from > run.to) {
    run.from = run.to = from;
    while (run.to < text_.size() && !ends(text_[run.to])) ++run.to;
  }
  return run.to;
}

size_t HtmlStartTagScanner::skip_spaces(size_t at) const {
  while (at < text_.size() && is_python_space(text_[at])) ++at;
  return at;
}

// Blanks, and slashes but for that of `/>`.
size_t HtmlStartTagScanner::skip_separators(size_t at) const {
  const auto is_separator = [&](size_t i) {
    return is_python_space(text_[i]) ||
           (text_[i] == U'/' && (i + 1 == text_.size() || text_[i + 1] != U'>'));
  };
  while (at < text_.size() && is_separator(at)) ++at;
  return at;
}

// The quote that closes the one at `at`, or kNone.
size_t HtmlStartTagScanner::closing_quote(size_t at) {
  std::optional<size_t>& last = text_[at] == U'"' ? last_double_quote_ : last_single_quote_;
  if (!last) last = text_.rfind(text_[at]);
  return *last > at ? text_.find(text_[at], at + 1) : kNone;
}

// Looks for `= value` behind the name. Where a quote is not closed Python's regular expression
// backs up: to the blank before it, else to the last of several `=`, else there is no value.
void HtmlStartTagScanner::add_value(Attribute& attribute) {
  const size_t equals = skip_spaces(attribute.name_end);
  attribute.end = attribute.name_end;
  if (equals >= text_.size() || text_[equals] != U'=') return;
  size_t equals_end = equals;
  while (equals_end < text_.size() && text_[equals_end] == U'=') ++equals_end;
  size_t begin = skip_spaces(equals_end);
  if (begin < text_.size() && is_quote(text_[begin])) {
    if (const size_t close = closing_quote(begin); close != kNone) {
      attribute.value_begin = begin;
      attribute.end = attribute.value_end = close + 1;
      return;
    }
    if (begin == equals_end && equals_end - equals < 2) return;
    --begin;
  }
  attribute.value_begin = begin;
  attribute.value_end =
      run_end(bare_values_, begin, [](char32_t c) { return c == U'>' || is_python_space(c); });
  attribute.end = attribute.value_end;
}

std::optional<HtmlStartTagScanner::Attribute> HtmlStartTagScanner::attribute(size_t at) {
  const auto is_start = [](char32_t c) { return c != U'>' && !is_space_or_slash(c); };
  if (at >= text_.size() || !is_start(text_[at])) return {};
  if (!is_quote(text_[at - 1]) && !is_space_or_slash(text_[at - 1])) return {};
  Attribute found;
  found.name_end = run_end(attribute_names_, at + 1, [](char32_t c) {
    return c == U'=' || c == U'>' || is_space_or_slash(c);
  });
  add_value(found);
  found.end = skip_separators(found.end);
  return found;
}

HtmlAttribute HtmlStartTagScanner::decode(size_t begin, const Attribute& attribute) const {
  std::u32string_view value =
      text_.substr(attribute.value_begin, attribute.value_end - attribute.value_begin);
  if (!value.empty() && is_quote(value.front())) value = value.substr(1, value.size() - 2);
  return {lower_name(text_.substr(begin, attribute.name_end - begin)), unescape_html(value)};
}

std::optional<HtmlStartTag> HtmlStartTagScanner::scan(size_t at) {
  HtmlStartTag tag;
  const size_t name_end = run_end(tag_names_, at + 1, ends_tag_name);
  size_t begin = run_end(spaces_, name_end, [](char32_t c) { return !is_space_or_slash(c); });

  std::vector<size_t> begins{begin};
  std::vector<Attribute> attributes;
  bool is_dead = false;
  while (!is_dead) {
    is_dead = begin < dead_.size() && dead_[begin];
    const auto found = is_dead ? std::nullopt : attribute(begin);
    if (!found) break;
    attributes.push_back(*found);
    begins.push_back(begin = found->end);
  }
  const size_t stop = skip_spaces(begin);
  const char32_t next = stop < text_.size() ? text_[stop] : 0;
  if (is_dead || stop >= text_.size() || next == U'=' || is_ascii_letter(next) ||
      (next == U'/' && !text_.substr(stop).starts_with(U"/>"))) {
    dead_.resize(text_.size() + 1);
    for (const size_t place : begins) dead_[place] = true;
    return {};
  }
  tag.end = next == U'>' ? stop + 1 : next == U'/' ? stop + 2 : stop;

  const size_t rest = attributes.empty() ? skip_separators(name_end) : attributes.back().end;
  const std::u32string_view close = strip(text_.substr(rest, tag.end - rest));
  tag.is_text = close != U">" && close != U"/>";
  if (tag.is_text) return tag;
  tag.self_closing = close == U"/>";
  tag.name = lower_name(text_.substr(at + 1, name_end - at - 1));
  tag.attributes.reserve(attributes.size());
  for (size_t i = 0; i < attributes.size(); ++i)
    tag.attributes.push_back(decode(begins[i], attributes[i]));
  return tag;
}

}  // namespace dsocr::omnidocbench

#include "eval/omnidocbench/markdown/page_blocks.h"

#include <algorithm>
#include <array>
#include <vector>

#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/table/html_tree.h"
#include "eval/omnidocbench/text/delimiters.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench {

using metrics::is_python_space;

namespace {

constexpr size_t kMinDescription = 24;

bool is_image_description(std::u32string_view block) {
  static constexpr std::array<std::u32string_view, 7> kStarts{
      U"the image ", U"the figure ", U"the diagram ", U"diagram:",
      U"[diagram:",  U"[image:",     U"qr code "};
  block = strip(block);
  if (block.size() < kMinDescription ||
      std::u32string_view(U"tTdD[qQ").find(block.front()) == std::u32string_view::npos)
    return false;
  const std::u32string text = metrics::to_lower(collapse_spaces(block));
  return text.size() >= kMinDescription &&
         std::any_of(kStarts.begin(), kStarts.end(),
                     [&](std::u32string_view start) { return text.starts_with(start); });
}

// `\n\s*\n` between two blocks.
struct Separator {
  size_t begin, end;
};

Separator next_separator(std::u32string_view page, size_t at) {
  for (size_t begin = page.find(U'\n', at); begin != page.npos;) {
    size_t after = begin + 1, last = begin;
    for (; after < page.size() && is_python_space(page[after]); ++after)
      if (page[after] == U'\n') last = after;
    if (last > begin) return {begin, last + 1};
    begin = page.find(U'\n', after);
  }
  return {page.size(), page.size()};
}

bool starts_with_any_case(std::u32string_view text, std::u32string_view lower) {
  if (text.size() < lower.size()) return false;
  return std::equal(lower.begin(), lower.end(), text.begin(), [](char32_t a, char32_t b) {
    return a == (b >= U'A' && b <= U'Z' ? b + (U'a' - U'A') : b);
  });
}

bool is_block_element(std::u32string_view name) {
  return name == U"div" || name == U"dir" || name == U"p" || name == U"li";
}

}  // namespace

std::u32string strip_image_descriptions(std::u32string_view page) {
  if (!contains_any(page, {U"$", U"\\("})) return std::u32string(page);
  std::u32string out;
  for (size_t at = 0; at < page.size();) {
    const Separator separator = next_separator(page, at);
    const std::u32string_view block = page.substr(at, separator.begin - at);
    if (is_image_description(block))
      out.append(replace_delimited(replace_delimited(block, {kParentheses}, Inner::kText),
                                   {kDollars}, Inner::kText));
    else
      out.append(block);
    out.append(page.substr(separator.begin, separator.end - separator.begin));
    at = separator.end;
  }
  return out;
}

bool is_div(std::u32string_view paragraph) {
  if (!starts_with_any_case(paragraph, U"<div") && !starts_with_any_case(paragraph, U"<dir"))
    return false;
  for (size_t at = paragraph.find(U'<'); at != paragraph.npos; at = paragraph.find(U'<', at + 1))
    if (starts_with_any_case(paragraph.substr(at), U"<table")) return false;
  return true;
}

std::u32string div_text(std::u32string_view paragraph) {
  const HtmlTree tree(paragraph);
  std::u32string text;
  std::vector<HtmlTree::Node> open{HtmlTree::kDocument};
  for (auto node = tree.next(HtmlTree::kDocument); node != HtmlTree::kNoNode;
       node = tree.next(node)) {
    for (; open.back() != tree.parent(node); open.pop_back())
      if (is_block_element(tree.text(open.back()))) text.push_back(U'\n');
    const auto kind = tree.kind(node);
    if (kind == HtmlTree::Kind::kElement) {
      open.push_back(node);
      if (tree.text(node) == U"br") text.push_back(U'\n');
    } else if (kind == HtmlTree::Kind::kText || kind == HtmlTree::Kind::kCData) {
      text.append(tree.text(node));
    }
  }
  std::vector<std::u32string> lines;
  for (const std::u32string& line : split(replace_all(text, U"\u00A0", U" "), U"\n"))
    if (const std::u32string_view stripped = strip(line); !stripped.empty())
      lines.emplace_back(stripped);
  return join(lines, U"\n");
}

}  // namespace dsocr::omnidocbench

#include "eval/omnidocbench/table/table_html.h"

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <utility>

#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/table/html_entities.h"
#include "eval/omnidocbench/table/html_tree.h"
#include "eval/omnidocbench/table/table_symbols.h"
#include "eval/omnidocbench/text/regex.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench {
namespace {

using Node = HtmlTree::Node;

// A cell within a cell is normalised once for each of them. The official tool cannot write trees of
// more than about 490 levels, and no sane text changes more than twice.
constexpr uint8_t kMostRounds = 16;
// Nested cells hold the text of the inner ones too.
constexpr size_t kMostCellText = size_t{1} << 26;

bool holds_table(std::u32string_view text) {
  if (contains(text, U"<table")) return true;
  return contains(text, U" ") && contains(replace_all(text, U" ", {}), U"<table");
}

// Normalises the text below cells, once for each cell above it.
void normalise_cells(HtmlTree& tree) {
  std::vector<uint8_t> num_cells(tree.size());
  for (Node node = tree.next(HtmlTree::kDocument); node != HtmlTree::kNoNode;
       node = tree.next(node)) {
    num_cells[node] = num_cells[tree.parent(node)];
    if (tree.is_element(node)) {
      if (tree.text(node) == U"td" && num_cells[node] < kMostRounds) ++num_cells[node];
      continue;
    }
    for (uint8_t round = 0; round < num_cells[node]; ++round) {
      std::u32string text = normalise_cell_text(tree.text(node));
      if (text == tree.text(node)) break;
      tree.replace_by_text(node, std::move(text));
    }
  }
}

// Step 1: the tree as the evaluator changes it, written out again.
std::u32string clean_tree(std::u32string_view text, Version version) {
  HtmlTree tree(text);
  for (const Node node : tree.find_all({U"th"})) tree.set_text(node, U"td");
  for (const Node node : tree.find_all({U"thead"})) tree.unwrap(node);
  if (version == Version::k17)
    for (const Node node : tree.find_all({U"tbody"})) tree.unwrap(node);
  for (const Node node : tree.find_all({U"math"})) {
    const std::u32string* formula = tree.attribute(node, U"alttext");
    tree.replace_by_text(node, U"$" + (formula ? *formula : U"") + U"$");
  }
  for (const Node node : tree.find_all({U"span"})) tree.unwrap(node);
  if (version != Version::k17) return tree.serialise();
  // Parsed anew: pieces of text that have become neighbours are one now.
  HtmlTree cells(tree.serialise());
  normalise_cells(cells);
  return cells.serialise();
}

char32_t ascii_lower(char32_t c) { return c >= U'A' && c <= U'Z' ? c + (U'a' - U'A') : c; }

bool matches_ignoring_case(std::u32string_view text, size_t at, std::u32string_view lower) {
  return std::ranges::equal(text.substr(at, lower.size()), lower, {}, ascii_lower);
}

// Step 3: what matches (.*) in `<table\b[^>]*>(.*)</table>`, from the first opening tag to the last
// closing one, or nothing.
std::u32string_view table_content(std::u32string_view text) {
  constexpr std::u32string_view kOpen = U"<table", kClose = U"</table>";
  static const Regex word(R"(\w)");
  size_t close = text.rfind(U'<');
  while (close != text.npos && !matches_ignoring_case(text, close, kClose))
    close = close == 0 ? text.npos : text.rfind(U'<', close - 1);
  if (close == text.npos) return {};
  for (size_t open = text.find(U'<'); open < close; open = text.find(U'<', open + 1)) {
    const size_t name_end = open + kOpen.size();
    if (!matches_ignoring_case(text, open, kOpen) || word.found(text.substr(name_end, 1))) continue;
    const size_t begin = text.find(U'>', name_end) + 1;
    return begin == 0 || begin > close ? std::u32string_view{} : text.substr(begin, close - begin);
  }
  return {};
}

// re.sub(r"\s+", " ", text)
std::u32string shrink_spaces(std::u32string_view text) {
  std::u32string out;
  out.reserve(text.size());
  bool in_space = false;
  for (const char32_t c : text) {
    const bool is_space = metrics::is_python_space(c);
    if (!is_space) out += c;
    if (is_space && !in_space) out += U' ';
    in_space = is_space;
  }
  return out;
}

void check_length(size_t length) {
  if (length > kMostCellText) throw std::runtime_error("table: nested cells repeat too much text");
}

// Deletes from each `open` to the nearest `close` behind it.
std::u32string remove_spans(std::u32string_view text, std::u32string_view open,
                            std::u32string_view close) {
  std::u32string out;
  size_t at = 0;
  for (size_t hit = text.find(open); hit != text.npos; hit = text.find(open, at)) {
    const size_t end = text.find(close, hit + open.size());
    if (end == text.npos) break;
    out.append(text.substr(at, hit - at));
    at = end + close.size();
  }
  return out.append(text.substr(at));
}

}  // namespace

std::u32string normalise_table(std::u32string_view text, Version version) {
  if (!holds_table(text)) return {};
  std::u32string out = unescape_html(clean_tree(text, version));
  out = metrics::to_nfkc(replace_all(out, U"\n", {}));
  out = table_content(strip(out));
  for (const std::u32string_view attribute :
       {U" style=\"", U" height=\"", U" width=\"", U" align=\"", U" class=\""})
    if (contains(out, attribute)) out = remove_spans(out, attribute, U"\"");
  out = remove_all(out, {U"<tbody>", U"</tbody>"});
  out = shrink_spaces(out);
  out = U"<html><body><table border=\"1\" >" + out + U"</table></body></html>";
  out = remove_all(out, {U"<sup>", U"</sup>", U"<sub>", U"</sub>", U"<span>", U"</span>", U"<div>",
                         U"</div>", U"<p>", U"</p>", U"<spandata-span-identity=\"\">"});
  return remove_spans(out, U"<colgroup>", U"</colgroup>");
}

std::vector<std::u32string> table_cell_texts(std::u32string_view html) {
  const HtmlTree tree(html);
  const std::vector<Node> strings = tree.single_strings();
  std::vector<std::u32string> texts;
  size_t length = 0;
  for (const Node cell : tree.find_all({U"td"})) {
    if (strings[cell] == HtmlTree::kNoNode) continue;
    const std::u32string text = remove_all(tree.text(strings[cell]), {U"$\\cdot$"});
    texts.emplace_back(strip(text));
    check_length(length += text.size());
  }
  return texts;
}

std::vector<std::u32string> cell_texts(std::u32string_view html) {
  const HtmlTree tree(html);
  // A fresh tree is numbered in document order: below a node lie the next ones, as many as it has,
  // and the words of a cell are those that they hold.
  std::vector<Node> num_below(tree.size());
  for (size_t node = tree.size(); node-- > 1;) {
    const Node above = tree.parent(static_cast<Node>(node));
    num_below[above] += num_below[node] + 1;
  }
  std::vector<std::u32string_view> words;
  std::vector<size_t> num_words(tree.size() + 1);  // before each node
  for (Node node = 0; node < tree.size(); ++node) {
    num_words[node] = words.size();
    if (tree.kind(node) != HtmlTree::Kind::kText && tree.kind(node) != HtmlTree::Kind::kCData)
      continue;
    const metrics::Tokens tokens = metrics::split_whitespace(tree.text(node));
    words.insert(words.end(), tokens.begin(), tokens.end());
  }
  num_words[tree.size()] = words.size();

  std::vector<std::u32string> texts;
  size_t length = 0;
  for (const Node cell : tree.find_all({U"td", U"th"})) {
    std::u32string& text = texts.emplace_back();
    const size_t end = num_words[cell + num_below[cell] + 1];
    for (size_t i = num_words[cell]; i < end && text.size() <= kLongestCellText; ++i) {
      if (i > num_words[cell]) text += U' ';
      text.append(words[i].substr(0, kLongestCellText + 1));
    }
    if (text.size() > kLongestCellText) text.resize(kLongestCellText);
    check_length(length += text.size());
  }
  return texts;
}

}  // namespace dsocr::omnidocbench

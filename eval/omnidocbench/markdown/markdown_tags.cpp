#include "eval/omnidocbench/markdown/markdown_tags.h"

#include <algorithm>
#include <stdexcept>

#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/text/delimiters.h"
#include "eval/omnidocbench/text/forward_finder.h"

namespace dsocr::omnidocbench {
namespace {

constexpr size_t kMaxTagSteps = 20'000'000;

// Begin and end tags of a kind of table, and how far the official scanner moves past them.
struct Tags {
  std::vector<size_t> begins, ends;
  size_t begin_step, end_step, end_length, restart_step;
};

// Outermost tables by a stack of begin tags. Tags that stay open are left behind one by one, and
// the scan starts again after each, which is what takes long.
std::vector<Span> match_tags(const Tags& tags, size_t text_size) {
  std::vector<Span> spans;
  size_t steps = 0;
  for (size_t cursor = 0;;) {
    std::vector<size_t> open;
    while (true) {
      const auto begin = std::lower_bound(tags.begins.begin(), tags.begins.end(), cursor);
      const auto end = std::lower_bound(tags.ends.begin(), tags.ends.end(), cursor);
      if (end == tags.ends.end() && (begin == tags.begins.end() || open.empty())) break;
      if (++steps > kMaxTagSteps) throw std::runtime_error("too many tables that are not closed");
      if (begin != tags.begins.end() && (end == tags.ends.end() || *begin < *end)) {
        open.push_back(*begin);
        cursor = *begin + tags.begin_step;
        continue;
      }
      if (!open.empty()) {
        const size_t start = open.back();
        open.pop_back();
        if (open.empty()) spans.push_back({start, std::min(*end + tags.end_length, text_size)});
      }
      cursor = *end + tags.end_step;
    }
    if (open.empty()) return spans;
    cursor = open.front() + tags.restart_step;
  }
}

std::vector<size_t> find_each(std::u32string_view text, std::u32string_view literal) {
  std::vector<size_t> places;
  for (size_t at = text.find(literal); at != text.npos; at = text.find(literal, at + 1))
    places.push_back(at);
  return places;
}

bool is_space(char32_t c) { return metrics::is_python_space(c); }

enum class Star { kNone, kOptional };
enum class Inside { kLine, kStrippedBlock };

// One pass of `\\name\{(.*?)\}` (kLine) or `\\name\s*\{\s*(.*?)\s*\}` with DOTALL (kStrippedBlock).
std::u32string unwrap(std::u32string_view text, std::u32string_view name, Star star,
                      Inside inside) {
  std::u32string out;
  size_t at = 0;
  ForwardFinder closes(text, U"}"), lines(text, U"\n");
  for (size_t hit = text.find(name); hit != text.npos; hit = text.find(name, hit + 1)) {
    if (hit < at) continue;
    size_t open = hit + name.size();
    if (star == Star::kOptional && open < text.size() && text[open] == U'*') ++open;
    if (inside == Inside::kStrippedBlock)
      while (open < text.size() && is_space(text[open])) ++open;
    if (open >= text.size() || text[open] != U'{') continue;
    const size_t close = closes.find(open + 1);
    if (close == text.npos) break;
    if (inside == Inside::kLine && lines.find(open + 1) < close) continue;
    size_t first = open + 1, last = close;
    if (inside == Inside::kStrippedBlock) {
      while (first < last && is_space(text[first])) ++first;
      while (last > first && is_space(text[last - 1])) --last;
    }
    out.append(text.substr(at, hit - at)).append(text.substr(first, last - first));
    at = close + 1;
  }
  return out.append(text.substr(at));
}

}  // namespace

std::vector<Span> find_images(std::u32string_view text) {
  std::vector<Span> images;
  ForwardFinder begins(text, U"!["), middles(text, U"]("), ends(text, U")"), lines(text, U"\n");
  for (size_t begin = begins.find(0); begin != text.npos;) {
    const size_t middle = middles.find(begin + 2);
    if (middle == text.npos) break;
    const size_t end = ends.find(middle + 2);
    if (end != text.npos && lines.find(begin) > end) {
      images.push_back({begin, end + 1});
      begin = begins.find(end + 1);
    } else {
      begin = begins.find(begin + 1);
    }
  }
  return images;
}

std::vector<Span> find_latex_tables(std::u32string_view text) {
  constexpr std::u32string_view kBegin = U"\\begin{table}", kEnd = U"\\end{table}";
  if (text.find(U"\\begin{ta") == text.npos) return {};
  std::vector<Span> spans;
  std::u32string rest(text);
  ForwardFinder begins(text, kBegin), ends(text, kEnd);
  for (size_t begin = begins.find(0); begin != text.npos;) {
    const size_t end = ends.find(begin + kBegin.size());
    if (end == text.npos) break;
    const size_t after = end + kEnd.size();
    spans.push_back({begin, after});
    std::fill(rest.begin() + static_cast<ptrdiff_t>(begin),
              rest.begin() + static_cast<ptrdiff_t>(after), U' ');
    begin = begins.find(after);
  }
  const Tags tabulars{
      find_each(rest, U"\\begin{tabular}"), find_each(rest, U"\\end{tabular}"), 14, 14, 14, 16};
  const std::vector<Span> more = match_tags(tabulars, text.size());
  spans.insert(spans.end(), more.begin(), more.end());
  std::stable_sort(spans.begin(), spans.end(),
                   [](const Span& a, const Span& b) { return a.begin < b.begin; });
  return spans;
}

std::vector<Span> find_html_tables(std::u32string_view text) {
  Tags tables{find_each(text, U"<table"), find_each(text, U"</table>"), 8, 8, 8, 16};
  // An open tag counts if it ends somewhere.
  const size_t last = text.rfind(U'>');
  std::erase_if(tables.begins, [&](size_t begin) { return last == text.npos || last < begin; });
  return match_tags(tables, text.size());
}

std::vector<Span> find_formulas(std::u32string_view text) {
  std::vector<Span> formulas;
  DelimiterScanner scanner(text, {kDoubleDollars, kBrackets, kDollars, kParentheses}, Inner::kText);
  while (const auto match = scanner.next()) formulas.push_back({match->begin, match->end});
  return formulas;
}

void unwrap_commands(std::u32string& text) {
  constexpr std::u32string_view kTitle = U"\\title", kText = U"\\text", kSection = U"\\section";
  if (text.find(kTitle) != text.npos) {
    text = unwrap(text, kTitle, Star::kNone, Inside::kLine);
    text = unwrap(text, kTitle, Star::kNone, Inside::kStrippedBlock);
  }
  if (text.find(kText) != text.npos)
    text = unwrap(text, kText, Star::kNone, Inside::kStrippedBlock);
  if (text.find(kSection) != text.npos) {
    text = unwrap(text, kSection, Star::kOptional, Inside::kLine);
    text = unwrap(text, kSection, Star::kOptional, Inside::kStrippedBlock);
  }
}

}  // namespace dsocr::omnidocbench

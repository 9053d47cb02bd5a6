#include "eval/omnidocbench/text/formula_lines.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/text/environments.h"
#include "eval/omnidocbench/text/latex_strings.h"
#include "eval/omnidocbench/text/regex.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench {
namespace {

std::u32string in_brackets(std::u32string_view line) {
  return std::u32string(U"\\[").append(line) + U"\\]";
}

// A column spec without white space, `|`, `@{..}` and `!{..}`.
std::u32string column_letters(std::u32string_view spec) {
  static const Regex fill(R"([@!]\{[^}]*\}|\||\s)");
  return fill.remove(spec);
}

// What is cut into lines, and where it stands.
struct Block {
  std::u32string_view body;
  std::u32string suffix;  // what follows the environment
  size_t tail = 0;        // place of what follows in the formula
};

// What `\left\{` and `\right.` enclose.
std::u32string_view without_brace(std::u32string_view text, bool& wrapped) {
  static const Regex left(R"(\\left\s*(?:\\\{|\.))"), right(R"(\\right\s*(?:\.|\\\}))");
  wrapped = false;
  if (const auto match = left.match_start(text)) {
    text.remove_prefix(match->end());
    wrapped = true;
  }
  const size_t last = text.rfind(U"\\right");
  if (last != text.npos && right.full_match(text.substr(last))) {
    text = text.substr(0, last);
    wrapped = true;
  }
  return strip(text);
}

bool take_suffix(std::u32string_view& text, std::u32string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

// Spacing commands and blanks at the end.
std::u32string_view without_spacing(std::u32string_view text) {
  for (bool found = true; found;) {
    text = rstrip(text);
    found = false;
    for (const std::u32string_view space :
         {U"\\qquad", U"\\quad", U"\\,", U"\\;", U"\\!", U"\\>", U"\\:", U"~"})
      found = found || take_suffix(text, space);
  }
  return text;
}

// Takes `\tag{..}` off the end.
bool take_tag(std::u32string_view& text) {
  if (!text.ends_with(U'}')) return false;
  const size_t open = text.find_last_of(U"{}", text.size() - 2);
  if (open == text.npos || text[open] != U'{') return false;
  std::u32string_view before = rstrip(text.substr(0, open));
  if (take_suffix(before, U"*")) before = rstrip(before);
  if (!take_suffix(before, U"\\tag")) return false;
  text = before;
  return true;
}

// Takes an equation's number in parentheses or brackets off the end.
bool take_number(std::u32string_view& text) {
  static const Regex number(R"([A-Za-z0-9.\-#]+|(?:\\[A-Za-z#]+)+)"), word("[a-z]{1,3}");
  if (text.empty() || (text.back() != U')' && text.back() != U']')) return false;
  const size_t open = text.rfind(text.back() == U')' ? U'(' : U'[');
  if (open == text.npos) return false;
  const std::u32string_view inside = text.substr(open + 1, text.size() - open - 2);
  if (!number.full_match(inside) || word.full_match(inside)) return false;
  const std::u32string_view before = text.substr(0, open);
  const std::u32string_view near = before.substr(before.size() - std::min<size_t>(10, open));
  if (!before.empty() && !metrics::is_python_space(before.back()) &&
      !contains_any(near, {U"\\qquad", U"\\quad", U"\\,", U"\\;", U"\\!", U"\\>", U"\\:", U"~"}))
    return false;
  text = before;
  return true;
}

// What follows an environment, without labels, tags and numbers.
std::u32string tail_suffix(std::u32string_view tail) {
  static const Regex label(R"(\\label\s*\{[^{}]*\})");
  const std::u32string unlabelled =
      contains(tail, U"\\label") ? label.remove(tail) : std::u32string(tail);
  std::u32string_view text = strip(unlabelled);
  while (take_tag(text) || take_number(text)) text = without_spacing(text);
  return std::u32string(strip(text));
}

bool has_later(const std::vector<std::u32string>& rows, bool (*test)(std::u32string_view)) {
  return rows.size() > 1 && std::any_of(rows.begin() + 1, rows.end(), test);
}

bool explains(std::u32string_view row) {
  static const Regex words(R"(\\(?:text|mathrm|operatorname)\s*\{)");
  return words.found(row);
}

bool is_case_like(std::u32string_view row) {
  static const Regex start(
      R"(\(?\d+\)?|\\(?:Rightarrow|Leftrightarrow|Longrightarrow|Longleftrightarrow|implies)"
      R"(|therefore|uparrow|downarrow|Updownarrow|leftarrow|rightarrow))");
  row = strip(row);
  while (row.starts_with(U'&')) row = lstrip(row.substr(1));
  return start.match_start(strip(strip_tags(row))).has_value();
}

bool has_own_left_side(std::u32string_view row) {
  const size_t cell = top_level_ampersand(row);
  return cell != row.npos && !strip(strip_tags(row.substr(0, cell))).empty();
}

bool has_cells(const std::vector<std::u32string>& rows) {
  return std::any_of(rows.begin(), rows.end(), [](const std::u32string& row) {
    return top_level_ampersand(row) != std::u32string::npos;
  });
}

bool may_split_cases(std::u32string_view body, const std::vector<std::u32string>& rows) {
  return rows.size() >= 2 && !has_cells(rows) && has_logic(body) &&
         (has_nested_environment(body) || has_later(rows, has_logic) || has_later(rows, explains) ||
          has_logic(rows[0]));
}

bool may_split_aligned(std::u32string_view body, const std::vector<std::u32string>& rows,
                       bool wrapped) {
  const bool nested = has_nested_environment(body);
  if (nested && has_later(rows, is_case_like)) return false;
  if (!wrapped) return true;
  return !nested && std::count_if(rows.begin(), rows.end(), has_own_left_side) < 2 &&
         !has_later(rows, explains) && !has_later(rows, is_case_like);
}

bool may_split_columns(const Environment& found, std::u32string_view body,
                       const std::vector<std::u32string>& rows, bool wrapped) {
  const std::u32string letters = column_letters(found.first_group);
  if (letters.empty() || letters.size() > 2 || letters.find_first_not_of(U"lcr") != letters.npos)
    return false;
  if (letters == U"cc") return false;
  if (has_nested_environment(body) && has_later(rows, is_case_like)) return false;
  return !wrapped || letters.find_first_not_of(U'l') != letters.npos || rows.size() < 2;
}

bool may_split(const Environment& found, std::u32string_view body, bool wrapped) {
  const std::vector<std::u32string> rows = split_rows(body);
  if (found.name == U"cases") return may_split_cases(body, rows);
  if (found.name == U"array") return may_split_columns(found, body, rows, wrapped);
  if (found.name.starts_with(U"align")) return may_split_aligned(body, rows, wrapped);
  return true;
}

std::optional<Block> environment_block(std::u32string_view formula, std::u32string_view text) {
  bool wrapped = false;
  const std::u32string_view rest = without_brace(text, wrapped);
  const auto found = multiline_environment(rest);
  if (!found) return std::nullopt;
  const std::u32string_view body =
      rest.substr(found->body_begin, found->body_end - found->body_begin);
  Block block{body, tail_suffix(rest.substr(found->end)), 0};
  if (split_rows(block.suffix).size() > 1 || !may_split(*found, body, wrapped)) return std::nullopt;
  block.tail = static_cast<size_t>(rest.data() - formula.data()) + found->end;
  return block;
}

std::vector<FormulaLine> block_lines(const Block& block, std::u32string_view formula,
                                     size_t start) {
  const size_t hit = formula.find(block.body);
  const size_t offset = start + (hit == formula.npos ? 0 : hit);
  std::vector<FormulaLine> lines;
  size_t cursor = 0;
  for (const std::u32string& row : split_rows(block.body)) {
    const std::u32string untagged = strip_tags(row);
    const std::u32string_view line = strip(untagged);
    if (line.empty()) continue;
    const size_t at = block.body.find(line, cursor);
    if (at != block.body.npos) cursor = at;
    const size_t begin = offset + cursor;
    lines.push_back({std::u32string(line), begin, begin + line.size() - 1});
    cursor += line.size();
  }
  if (lines.size() < 2) return {};
  const std::u32string untagged = strip_tags(block.suffix);
  if (const std::u32string_view suffix = strip(untagged); !suffix.empty()) {
    lines.back().content.append(U" ").append(suffix);
    const size_t at = formula.find(suffix, block.tail);
    if (at != formula.npos) lines.back().end = start + at + suffix.size() - 1;
  }
  for (FormulaLine& line : lines) line.content = in_brackets(line.content);
  return lines;
}

}  // namespace

std::vector<FormulaLine> split_array(std::u32string_view formula, size_t start) {
  constexpr std::u32string_view kOpen = U"\\begin{array}{", kClose = U"\\end{array}";
  const size_t open = formula.find(kOpen);
  if (open == formula.npos) return {};
  const size_t spec = open + kOpen.size();
  const size_t brace = formula.find(U'}', spec);
  const size_t close = brace == formula.npos ? brace : formula.find(kClose, brace + 1);
  if (close == formula.npos) return {};
  const std::u32string letters = column_letters(formula.substr(spec, brace - spec));
  if (letters != U"l" && letters != U"c" && letters != U"r") return {};
  const std::u32string_view body = formula.substr(brace + 1, close - brace - 1);
  std::vector<FormulaLine> lines;
  size_t cursor = 0;
  for (const std::u32string& row : split(body, U"\\\\")) {
    const std::u32string_view line = strip(row);
    if (line.empty()) continue;
    const size_t at = body.find(line, cursor);
    const size_t begin = start + brace + 1 + at;
    lines.push_back({in_brackets(line), begin, begin + line.size() - 1});
    cursor = at + line.size();
  }
  return lines;
}

std::vector<FormulaLine> split_multiline(std::u32string_view formula, size_t start) {
  const std::u32string_view text = strip_delimiters(formula);
  if (!contains(text, U"\\\\")) return {};
  if (const auto block = environment_block(formula, text)) {
    auto lines = block_lines(*block, formula, start);
    if (!lines.empty()) return lines;
  }
  return block_lines({text, {}, 0}, formula, start);
}

std::u32string logic_braces(std::u32string_view formula) {
  constexpr std::u32string_view kOpen = U"\\begin{cases}", kClose = U"\\end{cases}";
  constexpr size_t kMaxNesting = 32, kWindow = 200;
  if (!contains(formula, kOpen)) return std::u32string(formula);
  struct Edit {
    size_t begin, end;
    std::u32string_view with;
  };
  std::vector<Edit> edits;
  std::vector<size_t> open;
  for (size_t at = formula.find(U'\\'); at != formula.npos; at = formula.find(U'\\', at + 1)) {
    const std::u32string_view rest = formula.substr(at);
    if (rest.starts_with(kOpen)) open.push_back(at + kOpen.size());
    if (!rest.starts_with(kClose) || open.empty()) continue;
    const size_t begin = open.back();
    open.pop_back();
    if (open.size() >= kMaxNesting) continue;
    const std::u32string_view body = formula.substr(begin, at - begin);
    const std::u32string_view after = formula.substr(at + kClose.size(), kWindow);
    const auto next = begin_tag(lstrip(after));
    const std::vector<std::u32string> rows = split_rows(body);
    if (rows.size() < 2 || has_cells(rows)) continue;
    if (!has_logic(body) && !has_logic(after) && !(next && is_multiline_environment(*next)))
      continue;
    const std::u32string_view inside = strip(body);
    const auto first = static_cast<size_t>(inside.data() - formula.data());
    edits.push_back({begin - kOpen.size(), first, U"\\left\\{ \\begin{array}{l} "});
    edits.push_back({first + inside.size(), at + kClose.size(), U" \\end{array} \\right."});
  }
  std::sort(edits.begin(), edits.end(),
            [](const Edit& a, const Edit& b) { return a.begin < b.begin; });
  std::u32string out;
  size_t copied = 0;
  for (const Edit& edit : edits) {
    out.append(formula.substr(copied, edit.begin - copied)).append(edit.with);
    copied = edit.end;
  }
  return out.append(formula.substr(copied));
}

}  // namespace dsocr::omnidocbench

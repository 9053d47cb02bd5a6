#include <algorithm>
#include <iterator>
#include <utility>

#include "eval/omnidocbench/cdm/commands.h"
#include "eval/omnidocbench/cdm/parser.h"
#include "eval/omnidocbench/text/strings.h"

// The environments of a formula.
namespace dsocr::omnidocbench::cdm {
namespace {

using Row = std::vector<Tokens>;

/// The delimiters of a matrix, without \left and \right.
struct Fence {
  std::u32string_view name, left, right;
};

constexpr Fence kFences[] = {{U"pmatrix", U"(", U")"},           {U"bmatrix", U"[", U"]"},
                             {U"Bmatrix", U"\\{", U"\\}"},       {U"vmatrix", U"|", U"|"},
                             {U"Vmatrix", U"\\Vert", U"\\Vert"}, {U"cases", U"\\{", U"."}};

const Fence* fence_of(std::u32string_view name) {
  const auto* found = std::find_if(std::begin(kFences), std::end(kFences),
                                   [name](const Fence& fence) { return fence.name == name; });
  return found == std::end(kFences) ? nullptr : found;
}

bool is_array(std::u32string_view name) {
  return name == U"array" || name == U"aligned" || name == U"matrix" || fence_of(name) != nullptr;
}

void append(Tokens& tokens, Tokens more) {
  tokens.insert(tokens.end(), std::make_move_iterator(more.begin()),
                std::make_move_iterator(more.end()));
}

Tokens default_columns(std::u32string_view name, const std::vector<Row>& rows) {
  if (name == U"cases") return {U"l", U"l"};
  size_t count = rows.empty() ? 0 : rows.front().size();
  Tokens columns;
  if (name != U"aligned") return Tokens(count, U"l");
  for (const Row& row : rows) count = std::max(count, row.size());
  for (size_t i = 0; i < count; ++i) columns.emplace_back(i % 2 == 0 ? U"r" : U"l");
  return columns;
}

Tokens print_rows(std::vector<Row> rows) {
  Tokens out;
  bool first_row = true;
  for (Row& row : rows) {
    if (std::all_of(row.begin(), row.end(), [](const Tokens& cell) { return cell.empty(); }))
      continue;
    if (!std::exchange(first_row, false)) out.emplace_back(U"\\\\");
    bool first_cell = true;
    for (Tokens& cell : row) {
      if (!std::exchange(first_cell, false)) out.emplace_back(U"&");
      if (cell.empty()) continue;
      out.emplace_back(U"{");
      append(out, std::move(cell));
      out.emplace_back(U"}");
    }
  }
  return out;
}

}  // namespace

std::u32string FormulaParser::braced_name() {
  skip_blanks();
  const size_t end = text_.find(U'}', at_);
  if (next_token() != U"{" || end == std::u32string_view::npos)
    throw FormulaError("an environment without a name");
  std::u32string name(strip(text_.substr(at_, end - at_)));
  at_ = end + 1;
  return name;
}

Tokens FormulaParser::columns_of_array() {
  bracket_argument({});
  skip_blanks();
  if (peek_token() != U"{") throw FormulaError("an array without columns");
  const Tokens inner = group({}).tokens;
  Tokens columns;
  for (size_t i = 1; i + 1 < inner.size(); ++i) {
    if (inner[i] == U"|") continue;
    if (katex_ && inner[i] != U"l" && inner[i] != U"c" && inner[i] != U"r")
      throw FormulaError("an unknown column");
    columns.push_back(inner[i]);
  }
  return columns;
}

Tokens FormulaParser::array(const std::u32string& name, const Context& context) {
  Tokens columns;
  if (name == U"array") columns = columns_of_array();
  Context cell_context = context;
  cell_context.cell = true;
  cell_context.bracket = false;
  std::vector<Row> rows(1);
  while (true) {
    Tokens cell;
    if (name == U"aligned" && rows.back().size() % 2 == 1) cell = {U"{", U"}"};
    append(cell, sequence(cell_context));
    rows.back().push_back(std::move(cell));
    const auto token = peek_token();
    if (token == U"&") {
      next_token();
    } else if (token == U"\\\\" || token == U"\\cr") {
      next_token();
      if (peek_token() == U"*") next_token();
      bracket_argument(context);
      rows.emplace_back();
    } else {
      break;
    }
  }
  if (rows.size() > 1 && rows.back().size() == 1 && rows.back()[0].empty()) rows.pop_back();
  if (name != U"array") columns = default_columns(name, rows);
  Tokens out{U"\\begin{array}", U"{"};
  append(out, std::move(columns));
  out.emplace_back(U"}");
  append(out, print_rows(std::move(rows)));
  out.emplace_back(U"\\end{array}");
  return out;
}

FormulaParser::Element FormulaParser::environment(const Context& context) {
  const std::u32string name = braced_name();
  Element out;
  if (is_array(name)) {
    const Fence* fence = fence_of(name);
    if (fence) out.tokens.push_back(U"\\left" + std::u32string(fence->left));
    append(out.tokens, array(name, context));
    if (fence) out.tokens.push_back(U"\\right" + std::u32string(fence->right));
  } else {
    if (katex_) throw FormulaError("an unknown environment");
    Context inner = context;
    inner.cell = inner.bracket = false;
    out.tokens.push_back(U"\\begin{" + name + U"}");
    append(out.tokens, sequence(inner));
    out.tokens.push_back(U"\\end{" + name + U"}");
  }
  if (next_token() != U"\\end" || braced_name() != name)
    throw FormulaError("an environment without its end");
  return out;
}

}  // namespace dsocr::omnidocbench::cdm

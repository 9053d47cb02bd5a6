#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "eval/omnidocbench/match/reading_order.h"
#include "eval/omnidocbench/match/rows.h"
#include "eval/omnidocbench/truth.h"
#include "eval/omnidocbench/version.h"

namespace dsocr::omnidocbench {

/// How lines are paired; v1.5 and later can do quick_match only.
enum class MatchMethod { kQuick, kSimple, kNoSplit };

std::span<const std::pair<std::string_view, MatchMethod>> enum_names(MatchMethod);

struct TableRow {
  Row row;
  bool latex = false;  // matched as LaTeX
};

/// The scored rows of a page.
struct PageRows {
  std::vector<Row> texts, formulas;
  std::vector<TableRow> tables;
  std::optional<ReadingOrder> order;
  bool slow_officially = false;  // the official tool may have stopped at its time limit
};

/// Parses a predicted page and pairs it with its ground truth.
PageRows match_page(const TruthPage& page, std::u32string_view prediction, Rules rules,
                    MatchMethod method);

}  // namespace dsocr::omnidocbench

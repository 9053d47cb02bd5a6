#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "eval/omnidocbench/cdm/commands.h"
#include "eval/omnidocbench/version.h"

namespace dsocr::omnidocbench::cdm {

/// More tokens than this have no colour of their own.
inline constexpr size_t kMaxTokens = 18 * 18 * 18 - 1;

/// Red, green and blue of the token `index`: steps of 15, black left out.
std::array<int, 3> token_colour(size_t index);

/// A formula in LaTeX in which each token is set in a colour of its own, `token_colour()`.
struct ColouredFormula {
  std::u32string text;
  std::vector<std::u32string> tokens;
};

/// Wraps each visible token of a normalised formula into \mathcolor (spec: OmniDocBench CDM,
/// section 4). Throws FormulaError when a group has no end or there are more than kMaxTokens.
ColouredFormula colour_tokens(std::u32string_view normalized, Version version);

}  // namespace dsocr::omnidocbench::cdm

#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace dsocr::omnidocbench {

/// A predicted formula, or a line of one, that is to be assigned.
struct FormulaPrediction {
  std::u32string raw, norm;
  std::string kind;   // equation_inline or equation_isolated
  size_t source = 0;  // formulas cut from the same item have the same number
  double start = 0;
};

/// For each truth the predictions that it takes, neighbours mostly, without leaving the order of
/// either side: the cheapest way by dynamic programming (spec: OmniDocBench v1.6/1.7, section 7,
/// "dp"). `gaps`: predictions within a group may be left out.
std::vector<std::vector<size_t>> align_formulas(const std::vector<std::u32string>& truths,
                                                const std::vector<FormulaPrediction>& predictions,
                                                bool gaps);

/// Norms of some predictions, joined by blanks and stripped.
std::u32string joined_norm(const std::vector<FormulaPrediction>& predictions,
                           const std::vector<size_t>& members);

}  // namespace dsocr::omnidocbench

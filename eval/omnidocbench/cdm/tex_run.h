#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "eval/omnidocbench/cdm/boxes.h"
#include "eval/omnidocbench/cdm/tex_document.h"
#include "eval/omnidocbench/cdm/typeset.h"

namespace dsocr::omnidocbench::cdm {

/// What became of a formula in one run of TeX.
enum class RunOutcome {
  kDone,    // boxes, or none when it gives no picture
  kLarger,  // needs larger paper
  kAlone,   // spoils its document
  kAgain,   // nothing is wrong with it but its document was spoilt
};

struct RunResult {
  RunOutcome outcome = RunOutcome::kAgain;
  std::optional<TypesetFormula> formula;
  int paper = 0;  // kLarger: on which to try
};

/// Formulas of one style in one document.
std::vector<RunResult> run_together(std::span<const TypesetJob* const> jobs, const PageStyle& style,
                                    const TypesetConfig& config);

/// One formula in a document of its own: kDone or kLarger.
RunResult run_alone(const TypesetJob& job, const PageStyle& style, const TypesetConfig& config);

}  // namespace dsocr::omnidocbench::cdm

#pragma once

#include "eval/omnidocbench/cdm/cdm.h"
#include "eval/omnidocbench/match/rows.h"

namespace dsocr::omnidocbench::cdm {

/// The texts of a formula row that CDM compares. v1.7 takes delimiters and tags off and has a
/// second reading for matrices, with cells and atoms out of their braces (spec: OmniDocBench
/// v1.6/1.7, section 7).
CdmPair cdm_pair(const Row& row, Version version);

}  // namespace dsocr::omnidocbench::cdm

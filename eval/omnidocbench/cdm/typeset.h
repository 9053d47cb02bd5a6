#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "eval/omnidocbench/cdm/boxes.h"
#include "eval/omnidocbench/version.h"

namespace dsocr::omnidocbench::cdm {

/// A coloured formula in UTF-8 and its tokens, as colour_tokens() makes them.
struct TypesetJob {
  std::string coloured;
  std::vector<std::string> tokens;
};

struct TypesetConfig {
  Version version = Version::k17;
  unsigned num_threads = 1;                       // TeX and Ghostscript run that often at once
  std::string chinese_font = "Noto Sans CJK SC";  // v1.5: has the outlines of Source Han Sans SC
};

/// What typesetting lacks on this machine: programs and LaTeX packages, in words; empty when it has
/// all. Runs a program, so ask once.
std::string missing_for_typesetting(Version version);

/// Names and versions of the programs that typeset, one a line: what boxes depend on besides the
/// formula. Throws std::runtime_error when one is missing.
std::string typesetting_programs(Version version);

/// Typesets formulas with LaTeX, many to a document, and finds the boxes of their tokens by colour
/// (spec: OmniDocBench CDM, section 5). A formula that spoils its document is set alone, and what
/// gives no page or takes more than 30 s alone is nullopt. Formulas are outside input: they can
/// neither run programs nor read files out of TeX's trees. Throws std::runtime_error when a program
/// is missing.
std::vector<std::optional<TypesetFormula>> typeset(std::span<const TypesetJob> jobs,
                                                   const TypesetConfig& config);

}  // namespace dsocr::omnidocbench::cdm

#pragma once

#include <cstddef>
#include <string_view>

namespace dsocr::omnidocbench {

/// Similarity of two tables: 1 - tree edit distance / elements of the larger one. It can be below
/// 0.
struct Teds {
  double score = 0;      // TEDS
  double structure = 0;  // TEDS_structure_only: what is in the cells does not count
};

/// TEDS of two normalised tables (spec: OmniDocBench, section 7), as libxml2's HTML parser reads
/// them. {0, 0} when one text is empty or no whole document with a table right in its body, and for
/// a colspan or rowspan that is no number. Throws std::runtime_error beyond the limits: texts of
/// kMostTedsCharacters, kMostTedsAttributes in a tag, and pairs of tables for which the distances
/// of all cells (kMostCellPairs of different ones, kMostCellSteps) or of the trees
/// (tree_edit_distance.h) would take more than some seconds.
Teds teds(std::u32string_view prediction_html, std::u32string_view truth_html);

inline constexpr size_t kMostTedsCharacters = size_t{1} << 24;
inline constexpr size_t kMostTedsAttributes = 512;
inline constexpr size_t kMostCellPairs = size_t{1} << 24;
inline constexpr size_t kMostCellSteps = 2'000'000'000;  // of 64 characters with one character

}  // namespace dsocr::omnidocbench

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace dsocr::omnidocbench {

/// An ordered tree in post-order; the root comes last.
struct OrderedTree {
  std::vector<uint32_t> labels;    // rows or columns of the table of costs
  std::vector<uint32_t> leftmost;  // index of the first leaf below each node, itself for a leaf

  size_t size() const { return labels.size(); }
  bool operator==(const OrderedTree&) const = default;
};

/// Cost of renaming each label of one tree into each label of the other, row by row, 0..1.
struct RenameCosts {
  std::vector<double> costs;
  size_t num_columns = 0;

  double operator()(uint32_t a, uint32_t b) const { return costs[a * num_columns + b]; }
};

/// Least total cost of turning tree a into tree b by inserting and deleting nodes at cost 1 and
/// renaming them (spec: OmniDocBench, section 7). Trees are not empty. Tables of rows of cells
/// under roots that cost nothing to rename take time size(a) * size(b) and little memory; other
/// trees Zhang and Shasha's. Throws std::runtime_error beyond kMostTreeSteps.
double tree_edit_distance(const OrderedTree& a, const OrderedTree& b, const RenameCosts& costs);

/// The same by Zhang and Shasha, "Simple fast algorithms for the editing distance between trees and
/// related problems" (1989), for any trees. Memory is 16 bytes * size(a) * size(b), at most 512
/// MiB; throws std::runtime_error beyond that and beyond kMostTreeSteps.
double zhang_shasha_distance(const OrderedTree& a, const OrderedTree& b, const RenameCosts& costs);

/// Pairs of nodes, of some 10 nanoseconds each; 17,000 by 17,000 cells.
inline constexpr size_t kMostTreeSteps = 300'000'000;

}  // namespace dsocr::omnidocbench

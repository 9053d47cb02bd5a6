#include "eval/omnidocbench/table/tree_edit_distance.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

namespace dsocr::omnidocbench {
namespace {

constexpr size_t kMostTreePairs = size_t{1} << 25;

[[noreturn]] void refuse() {
  throw std::runtime_error("tree edit distance: the trees are too large");
}

// ---- Tables: a root, blocks below it (rows, or leaves like a caption), leaves below the blocks.

struct Table {
  const OrderedTree& tree;
  struct Block {
    uint32_t begin, node;  // its leaves are [begin, node)
  };
  std::vector<Block> blocks;
};

// Blocks of a tree of height 2 or less; nothing for a deeper one.
std::optional<Table> as_table(const OrderedTree& tree) {
  const size_t num_below_root = tree.size() - 1;
  Table table{tree, {}};
  // From the right: what stands at `node` is a child of the root, and all between it and its first
  // leaf must be leaves.
  for (size_t node = num_below_root; node-- > 0;) {
    const uint32_t begin = tree.leftmost[node];
    for (size_t leaf = begin; leaf < node; ++leaf)
      if (tree.leftmost[leaf] != leaf) return {};
    table.blocks.push_back({begin, static_cast<uint32_t>(node)});
    node = begin;
  }
  std::ranges::reverse(table.blocks);
  return table;
}

// The recursion on the last nodes of two forests: the one is deleted, the other inserted, or they
// are matched, which leaves what is below them and what is left of them. In tables all that is
// below is leaves. The roots are matched: as renaming them costs nothing, no mapping is better
// without that.
class TableDistance {
 public:
  TableDistance(const Table& a, const Table& b, const RenameCosts& costs)
      : a_(a), b_(b), costs_(costs), num_b_(b.tree.size() - 1), alignment_(num_b_) {}

  double run() {
    // [v]: distance between the nodes of a up to some place and the first v nodes of b.
    std::vector<double> before(num_b_ + 1), above, row(num_b_ + 1);
    for (size_t v = 0; v <= num_b_; ++v) before[v] = static_cast<double>(v);
    for (const Table::Block& block : a_.blocks) {
      above = before;
      start_alignments();
      for (uint32_t leaf = block.begin; leaf < block.node; ++leaf) {
        add_leaf(leaf, above, row);
        std::swap(above, row);
      }
      add_block_node(block.node, before, above, row);
      std::swap(before, row);
    }
    return before[num_b_];
  }

 private:
  // Costs of renaming a node of a into each label of b.
  const double* costs_of(uint32_t a) const {
    return &costs_.costs[a_.tree.labels[a] * costs_.num_columns];
  }

  void start_alignments() {
    num_leaves_ = 0;
    for (const Table::Block& block : b_.blocks)
      for (uint32_t v = block.begin; v < block.node; ++v) alignment_[v] = v - block.begin + 1;
  }

  void add_leaf(uint32_t x, const std::vector<double>& above, std::vector<double>& row) {
    const double* costs = costs_of(x);
    const uint32_t* labels = b_.tree.labels.data();
    row[0] = above[0] + 1;
    for (const auto& [begin, node] : b_.blocks) {
      double diagonal = num_leaves_, left = num_leaves_ + 1;
      for (uint32_t v = begin; v < node; ++v) {
        const double rename = costs[labels[v]];
        const double aligned = std::min(std::min(alignment_[v], left) + 1, diagonal + rename);
        diagonal = alignment_[v];
        left = alignment_[v] = aligned;
        row[v + 1] = std::min(std::min(above[v + 1], row[v]) + 1, above[v] + rename);
      }
      const double rename = costs[labels[node]];
      row[node + 1] = std::min(std::min(above[node + 1], row[node]) + 1,
                               above[begin] + (node - begin) + rename);
    }
    ++num_leaves_;
  }

  void add_block_node(uint32_t x, const std::vector<double>& before,
                      const std::vector<double>& above, std::vector<double>& row) {
    const double* costs = costs_of(x);
    const uint32_t* labels = b_.tree.labels.data();
    row[0] = above[0] + 1;
    for (const auto& [begin, node] : b_.blocks) {
      for (uint32_t v = begin; v < node; ++v)
        row[v + 1] = std::min(std::min(above[v + 1], row[v]) + 1,
                              before[v] + num_leaves_ + costs[labels[v]]);
      const double aligned = node > begin ? alignment_[node - 1] : num_leaves_;
      row[node + 1] = std::min(std::min(above[node + 1], row[node]) + 1,
                               before[begin] + aligned + costs[labels[node]]);
    }
  }

  const Table &a_, &b_;
  const RenameCosts& costs_;
  size_t num_b_;
  double num_leaves_ = 0;  // of the block of a so far
  // Of leaf v: distance between these leaves and those of the block of b up to v.
  std::vector<double> alignment_;
};

}  // namespace

double zhang_shasha_distance(const OrderedTree& a, const OrderedTree& b, const RenameCosts& costs) {
  const size_t n = a.size(), m = b.size();
  if (n > kMostTreePairs / m) refuse();
  // A node with a sibling to its left, or the root: the highest one with its first leaf.
  const auto key_roots = [](const OrderedTree& tree, size_t& total_size) {
    std::vector<size_t> roots;
    std::vector<bool> is_seen(tree.size());
    for (size_t node = tree.size(); node-- > 0;) {
      if (is_seen[tree.leftmost[node]]) continue;
      is_seen[tree.leftmost[node]] = true;
      roots.push_back(node);
      total_size += node - tree.leftmost[node] + 1;
    }
    std::ranges::reverse(roots);
    return roots;
  };
  size_t steps_a = 0, steps_b = 0;
  const std::vector<size_t> roots_a = key_roots(a, steps_a), roots_b = key_roots(b, steps_b);
  if (steps_a > kMostTreeSteps / steps_b) refuse();

  std::vector<double> trees(n * m);
  std::vector<double> forest((n + 1) * (m + 1));  // [i][j]: the nodes before i and before j
  const size_t width = m + 1;
  for (const size_t root_a : roots_a) {
    for (const size_t root_b : roots_b) {
      const size_t first_a = a.leftmost[root_a], first_b = b.leftmost[root_b];
      forest[first_a * width + first_b] = 0;
      for (size_t i = first_a; i <= root_a; ++i)
        forest[(i + 1) * width + first_b] = forest[i * width + first_b] + 1;
      for (size_t j = first_b; j <= root_b; ++j)
        forest[first_a * width + j + 1] = forest[first_a * width + j] + 1;
      for (size_t i = first_a; i <= root_a; ++i) {
        for (size_t j = first_b; j <= root_b; ++j) {
          const double edited =
              std::min(forest[i * width + j + 1], forest[(i + 1) * width + j]) + 1;
          double& distance = forest[(i + 1) * width + j + 1];
          if (a.leftmost[i] == first_a && b.leftmost[j] == first_b) {
            distance = std::min(edited, forest[i * width + j] + costs(a.labels[i], b.labels[j]));
            trees[i * m + j] = distance;
          } else {
            distance =
                std::min(edited, forest[a.leftmost[i] * width + b.leftmost[j]] + trees[i * m + j]);
          }
        }
      }
    }
  }
  return trees[n * m - 1];
}

double tree_edit_distance(const OrderedTree& a, const OrderedTree& b, const RenameCosts& costs) {
  if (costs(a.labels.back(), b.labels.back()) == 0) {
    const std::optional<Table> table_a = as_table(a), table_b = as_table(b);
    if (table_a && table_b) {
      if (a.size() > kMostTreeSteps / b.size()) refuse();
      return TableDistance(*table_a, *table_b, costs).run();
    }
  }
  return zhang_shasha_distance(a, b, costs);
}

}  // namespace dsocr::omnidocbench

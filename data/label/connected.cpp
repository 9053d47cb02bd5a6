#include "data/label/connected.h"

#include <algorithm>
#include <numeric>

namespace dsocr::data {

std::vector<std::vector<std::size_t>> connected(
    std::size_t count, std::span<const std::pair<std::size_t, std::size_t>> pairs) {
  std::vector<std::size_t> parents(count);
  std::iota(parents.begin(), parents.end(), std::size_t{0});
  const auto root_of = [&](std::size_t i) {
    while (parents[i] != i) {
      parents[i] = parents[parents[i]];
      i = parents[i];
    }
    return i;
  };
  for (const auto& [a, b] : pairs) {
    const auto [low, high] = std::minmax({root_of(a), root_of(b)});
    parents[high] = low;
  }
  // A root is the least of its group, so that groups come in the order of their first.
  std::vector<std::size_t> group_of_root(count);
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t root = root_of(i);
    if (root == i) {
      group_of_root[i] = groups.size();
      groups.emplace_back();
    }
    groups[group_of_root[root]].push_back(i);
  }
  return groups;
}

}  // namespace dsocr::data

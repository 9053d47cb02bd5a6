#include "eval/omnidocbench/table/teds.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <unordered_map>
#include <vector>

#include "eval/metrics/edit_distance.h"
#include "eval/omnidocbench/table/teds_tree.h"
#include "eval/omnidocbench/table/tree_edit_distance.h"

namespace dsocr::omnidocbench {
namespace {

constexpr size_t kWordBits = 64;

// Contents with their symbols numbered from 0 without gaps, for all cells of two tables.
class Symbols {
 public:
  std::vector<uint32_t> number(const std::vector<uint32_t>& content) {
    std::vector<uint32_t> out;
    out.reserve(content.size());
    for (const uint32_t symbol : content)
      out.push_back(numbers_.emplace(symbol, static_cast<uint32_t>(numbers_.size())).first->second);
    return out;
  }
  size_t size() const { return numbers_.size(); }

 private:
  std::unordered_map<uint32_t, uint32_t> numbers_;
};

// Edit distances from one content to many: Myers' bit vectors when it fits into a word (see
// eval/metrics/edit_distance.cpp), the general algorithm else.
class ContentDistance {
 public:
  explicit ContentDistance(size_t num_symbols) : rows_(num_symbols) {}

  void set_pattern(const std::vector<uint32_t>& pattern) {
    for (const uint32_t symbol : pattern_) rows_[symbol] = 0;
    pattern_ = pattern;
    if (pattern_.size() > kWordBits) {
      long_pattern_.swap(pattern_);
      pattern_.clear();
      return;
    }
    long_pattern_.clear();
    for (size_t i = 0; i < pattern_.size(); ++i) rows_[pattern_[i]] |= uint64_t{1} << i;
  }

  size_t to(const std::vector<uint32_t>& text) const {
    if (!long_pattern_.empty()) return metrics::edit_distance(long_pattern_, text);
    if (pattern_.empty()) return text.size();
    uint64_t up = ~uint64_t{0}, down = 0;
    size_t distance = pattern_.size();
    const uint64_t last = uint64_t{1} << (pattern_.size() - 1);
    for (const uint32_t symbol : text) {
      const uint64_t match = rows_[symbol];
      const uint64_t same = (((match & up) + up) ^ up) | match | down;
      uint64_t plus = down | ~(same | up), minus = up & same;
      if (plus & last) ++distance;
      if (minus & last) --distance;
      plus = plus << 1 | 1;
      minus <<= 1;
      up = minus | ~(same | plus);
      down = plus & same;
    }
    return distance;
  }

 private:
  std::vector<uint64_t> rows_;                    // bit i: place i of the pattern holds the symbol
  std::vector<uint32_t> pattern_, long_pattern_;  // one of them
};

// Costs for the structure alone: other tags or spans.
RenameCosts structure_costs(const TedsTree& a, const TedsTree& b) {
  RenameCosts table;
  table.num_columns = b.labels.size();
  table.costs.reserve(a.labels.size() * b.labels.size());
  for (const TedsLabel& from : a.labels)
    for (const TedsLabel& to : b.labels) table.costs.push_back(from.kind == to.kind ? 0 : 1);
  return table;
}

// Adds to the costs what is between the contents of cells of one kind.
void add_content_costs(RenameCosts& table, const TedsTree& a, const TedsTree& b) {
  Symbols symbols;
  std::vector<std::vector<uint32_t>> contents_a, contents_b;
  size_t length_a = 0, length_b = 0;
  for (const TedsLabel& label : a.labels) {
    contents_a.push_back(symbols.number(label.content));
    length_a += (label.content.size() + kWordBits - 1) / kWordBits;
  }
  for (const TedsLabel& label : b.labels) {
    contents_b.push_back(symbols.number(label.content));
    length_b += label.content.size();
  }
  if (length_b > 0 && length_a > kMostCellSteps / length_b)
    throw std::runtime_error("TEDS: the cells hold too much text");

  ContentDistance distance(symbols.size());
  for (size_t i = 0; i < a.labels.size(); ++i) {
    if (!a.labels[i].is_cell) continue;
    distance.set_pattern(contents_a[i]);
    for (size_t j = 0; j < b.labels.size(); ++j) {
      if (a.labels[i].kind != b.labels[j].kind) continue;
      const size_t longer = std::max(contents_a[i].size(), contents_b[j].size());
      if (longer > 0)
        table.costs[i * table.num_columns + j] =
            static_cast<double>(distance.to(contents_b[j])) / static_cast<double>(longer);
    }
  }
}

}  // namespace

Teds teds(std::u32string_view prediction_html, std::u32string_view truth_html) {
  if (prediction_html.empty() || truth_html.empty()) return {};
  if (std::max(prediction_html.size(), truth_html.size()) > kMostTedsCharacters)
    throw std::runtime_error("TEDS: the table is too long");
  TedsNames names;
  const std::optional<TedsTree> prediction = read_teds_tree(prediction_html, names);
  if (!prediction) return {};
  const std::optional<TedsTree> truth = read_teds_tree(truth_html, names);
  if (!truth) return {};
  const size_t num_elements = std::max(prediction->num_elements, truth->num_elements);
  if (num_elements == 0) return {};  // a division by zero in the official tool
  if (*prediction == *truth) return {1, 1};
  if (prediction->labels.size() > kMostCellPairs / truth->labels.size())
    throw std::runtime_error("TEDS: too many different cells");

  RenameCosts costs = structure_costs(*prediction, *truth);
  const auto score = [&] {
    return 1 - tree_edit_distance(prediction->tree, truth->tree, costs) /
                   static_cast<double>(num_elements);
  };
  Teds result;
  result.structure = score();
  add_content_costs(costs, *prediction, *truth);
  result.score = score();
  return result;
}

}  // namespace dsocr::omnidocbench

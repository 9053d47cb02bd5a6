#include "eval/omnidocbench/table/teds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/table/tree_edit_distance.h"

namespace dsocr::omnidocbench {
namespace {

namespace fs = std::filesystem;
using metrics::decode_utf8;

constexpr double kTolerance = 1e-9;

Teds scored(std::string_view prediction, std::string_view truth) {
  return teds(decode_utf8(prediction), decode_utf8(truth));
}

TEST(Teds, AgreesWithTheEvaluator) {
  const fs::path folder = DSOCR_SHARED_DIR "/golden/omnidocbench/units";
  if (!fs::exists(folder)) GTEST_SKIP() << "no " << folder;
  size_t num_pairs = 0;
  for (const char* version : {"v15", "v17"}) {
    for (const auto& pair :
         nlohmann::json::parse(std::ifstream(folder / version / "teds_pairs.json"))) {
      const Teds score = scored(pair[0].get<std::string>(), pair[1].get<std::string>());
      EXPECT_NEAR(score.score, pair[2].get<double>(), kTolerance);
      EXPECT_NEAR(score.structure, pair[3].get<double>(), kTolerance);
      ++num_pairs;
    }
  }
  EXPECT_GE(num_pairs, 120u);
}

TEST(Teds, AgreesWithTheResults) {
  const fs::path folder = DSOCR_SHARED_DIR "/golden/omnidocbench/result";
  if (!fs::exists(folder)) GTEST_SKIP() << "no " << folder;
  size_t num_rows = 0;
  for (const char* version : {"v10", "v15", "v17"}) {
    for (const auto& set : fs::directory_iterator(folder / version)) {
      const auto rows = nlohmann::json::parse(std::ifstream(set.path() / "table_result.json"));
      for (const auto& row : rows) {
        const auto text = [&](const char* name) {
          const auto norm = row[std::string("norm_") + name].get<std::string>();
          return norm.empty() ? row[name].get<std::string>() : norm;
        };
        const auto& metric = row["metric"];
        if (!metric.contains("TEDS")) continue;
        const Teds score = scored(text("pred"), text("gt"));
        EXPECT_NEAR(score.score, metric["TEDS"].get<double>(), kTolerance);
        EXPECT_NEAR(score.structure, metric.value("TEDS_structure_only", score.structure),
                    kTolerance);
        ++num_rows;
      }
    }
  }
  EXPECT_GT(num_rows, 400u);
}

std::string table(const std::string& rows) {
  return "<html><body><table>" + rows + "</table></body></html>";
}

void expect_teds(const std::string& prediction, const std::string& truth, double score,
                 double structure) {
  const Teds result = scored(table(prediction), table(truth));
  EXPECT_NEAR(result.score, score, kTolerance);
  EXPECT_NEAR(result.structure, structure, kTolerance);
}

TEST(Teds, ScoresCells) {
  const std::string row = "<tr><td>ab</td><td>c</td></tr>";
  expect_teds(row, row, 1, 1);
  expect_teds("<tr><td>ax</td><td>c</td></tr>", row, 1 - 0.5 / 3, 1);
  expect_teds("<tr><td>ab</td></tr>", row, 1 - 1.0 / 3, 1 - 1.0 / 3);
  expect_teds("<tr><td colspan=2>ab</td><td>c</td></tr>", row, 1 - 1.0 / 3, 1 - 1.0 / 3);
  expect_teds("<tr><td colspan=' +1_'>ab</td><td>c</td></tr>", row, 0, 0);
  expect_teds("<tr><td colspan=' +0_1'>ab</td><td>c</td></tr>", row, 1, 1);
  // An inner tag is one symbol at each end, and an element of the table.
  expect_teds("<tr><td><b>ab</b></td><td>c</td></tr>", row, 1 - 0.5 / 4, 1);
  // The cells of two rows in one: both rows go, a new one comes.
  expect_teds("<tr><td>ab</td><td>c</td><td>d</td><td>e</td></tr>",
              "<tr><td>ab</td><td>c</td></tr><tr><td>d</td><td>e</td></tr>", 1 - 3.0 / 6,
              1 - 3.0 / 6);
}

TEST(Teds, LongCellsTakeTheGeneralDistance) {
  const std::string text(100, 'a');
  expect_teds("<tr><td>" + text + "b</td></tr>", "<tr><td>" + text + "</td></tr>",
              1 - 1.0 / 101 / 2, 1);
}

TEST(Teds, NoTableScoresNothing) {
  const std::string row = table("<tr><td>a</td></tr>");
  for (const std::string& other : {std::string(), std::string("<table><tr><td>a</td></tr></table>"),
                                   std::string("<html><body><p>a</p></body></html>"),
                                   table("<tr><td colspan=x>a</td></tr>")}) {
    EXPECT_EQ(scored(other, row).score, 0);
    EXPECT_EQ(scored(row, other).structure, 0);
  }
  EXPECT_EQ(scored(table(""), table("")).score, 0);
}

TEST(Teds, RefusesWhatWouldTakeTooLong) {
  std::string attributes, cells, others;
  for (size_t i = 0; i < 2000; ++i) attributes += " a" + std::to_string(i);
  EXPECT_THROW(scored(table("<tr><td" + attributes + ">"), table("<tr>")), std::runtime_error);
  for (size_t i = 0; i < 20000; ++i) cells += "<td>x</td>";
  EXPECT_THROW(scored(table("<tr>" + cells), table("<tr>" + cells + "<td>")), std::runtime_error);
  EXPECT_NO_THROW(scored(table("<tr>" + cells), table("<tr><td>x")));
}

TEST(Teds, DeepNestingTakesBoundedTime) {
  std::string html = "<html><body>";
  for (size_t i = 0; i < 100'000; ++i) html += "<table><tr><td>";
  EXPECT_LE(scored(html, html).score, 1);
}

// ---- Tree edit distances against plain recursion.

OrderedTree random_tree(std::mt19937& random, size_t num_nodes, uint32_t num_labels,
                        uint32_t first_free_parent) {
  // Parents come after their children: numbered backwards from the root.
  std::vector<std::vector<uint32_t>> children(num_nodes);
  for (uint32_t node = 1; node < num_nodes; ++node)
    children[random() % std::min(node, first_free_parent)].push_back(node);
  OrderedTree tree;
  const auto walk = [&](const auto& self, uint32_t node) -> void {
    const auto begin = static_cast<uint32_t>(tree.size());
    for (const uint32_t child : children[node]) self(self, child);
    tree.leftmost.push_back(begin);
    tree.labels.push_back(node == 0 ? 0 : static_cast<uint32_t>(random() % num_labels));
  };
  walk(walk, 0);
  return tree;
}

// Distance of the forests of the nodes [a_begin, a_end) and [b_begin, b_end).
double plain_distance(const OrderedTree& a, uint32_t a_begin, uint32_t a_end, const OrderedTree& b,
                      uint32_t b_begin, uint32_t b_end, const RenameCosts& costs) {
  if (a_begin == a_end || b_begin == b_end) return (a_end - a_begin) + (b_end - b_begin);
  const uint32_t x = a_end - 1, y = b_end - 1;
  const auto distance = [&](uint32_t i, uint32_t j, uint32_t k, uint32_t l) {
    return plain_distance(a, i, j, b, k, l, costs);
  };
  return std::min(
      {distance(a_begin, x, b_begin, b_end) + 1, distance(a_begin, a_end, b_begin, y) + 1,
       distance(a_begin, a.leftmost[x], b_begin, b.leftmost[y]) +
           distance(a.leftmost[x], x, b.leftmost[y], y) + costs(a.labels[x], b.labels[y])});
}

RenameCosts random_costs(std::mt19937& random, size_t num_labels) {
  RenameCosts costs;
  costs.num_columns = num_labels;
  for (size_t i = 0; i < num_labels * num_labels; ++i)
    costs.costs.push_back(i == 0 ? 0 : static_cast<double>(random() % 5) / 4);
  return costs;
}

TEST(TreeEditDistance, AgreesWithPlainRecursion) {
  std::mt19937 random(1);
  for (size_t i = 0; i < 300; ++i) {
    const RenameCosts costs = random_costs(random, 4);
    const OrderedTree a = random_tree(random, 1 + random() % 7, 4, 9);
    const OrderedTree b = random_tree(random, 1 + random() % 7, 4, 9);
    const double expected = plain_distance(a, 0, static_cast<uint32_t>(a.size()), b, 0,
                                           static_cast<uint32_t>(b.size()), costs);
    EXPECT_NEAR(zhang_shasha_distance(a, b, costs), expected, kTolerance);
    EXPECT_NEAR(tree_edit_distance(a, b, costs), expected, kTolerance);
  }
}

TEST(TreeEditDistance, TablesTakeTheSameDistance) {
  std::mt19937 random(2);
  for (size_t i = 0; i < 3000; ++i) {
    const RenameCosts costs = random_costs(random, 5);
    // Nodes 1 to 3 are below the root, or below each other in some of the trees.
    const OrderedTree a = random_tree(random, 1 + random() % 20, 5, 1 + random() % 4);
    const OrderedTree b = random_tree(random, 1 + random() % 20, 5, 1 + random() % 4);
    EXPECT_NEAR(tree_edit_distance(a, b, costs), zhang_shasha_distance(a, b, costs), kTolerance);
  }
}

}  // namespace
}  // namespace dsocr::omnidocbench

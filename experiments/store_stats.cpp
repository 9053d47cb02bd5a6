#include "experiments/store_stats.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "data/text/tokenizer.h"

namespace dsocr {
namespace {

using nlohmann::ordered_json;
using Counts = std::map<std::string, std::uint64_t>;

struct PageNumbers {
  double tokens, image_kb, megapixels, blocks;
};

reports::Table count_table(const std::string& name, const std::string& title,
                           const Counts& counts) {
  reports::Table table{name, title, {{"value", name}, {"pages", "count"}}, {}};
  for (const auto& [value, count] : counts)
    table.rows.push_back({{"value", value.empty() ? "(not said)" : value}, {"pages", count}});
  return table;
}

double quantile(const std::vector<double>& sorted, double q) {
  const auto at = static_cast<size_t>(std::llround(q * static_cast<double>(sorted.size() - 1)));
  return sorted[at];
}

// Twenty equal steps from the least to the largest value.
reports::Figure histogram(const std::string& name, const std::string& title,
                          const std::vector<double>& sorted) {
  constexpr size_t kSteps = 20;
  const double low = sorted.front(), width = (sorted.back() - low) / kSteps;
  std::vector<size_t> counts(kSteps);
  for (const double value : sorted) {
    const double step = width > 0 ? std::floor((value - low) / width) : 0;
    ++counts[std::min(kSteps - 1, static_cast<size_t>(step))];
  }
  reports::Series series{"pages", "pages", false, {}, /*bars=*/true};
  for (size_t i = 0; i < kSteps; ++i)
    series.points.push_back(
        {low + width * (static_cast<double>(i) + 0.5), static_cast<double>(counts[i]), {}, {}});
  return {name, title, "", {title, {}, {}}, {"pages", 0, {}}, {{"", {series}}}};
}

}  // namespace

reports::Document store_stats(const data::PageStore& store) {
  const auto tokenizer = data::Tokenizer::load(data::default_tokenizer_file());
  std::vector<PageNumbers> numbers(store.num_pages());
  tbb::parallel_for(std::uint64_t{0}, store.num_pages(), [&](std::uint64_t i) {
    const data::PageRecord record = store.record(i);
    numbers[i] = {static_cast<double>(tokenizer.encode(store.text(record)).size()),
                  record.image_bytes / 1e3, record.width * 1e-6 * record.height,
                  static_cast<double>(record.num_blocks)};
  });
  Counts languages, splits, formats, categories, labellers;
  for (std::uint64_t i = 0; i < store.num_pages(); ++i) {
    const data::PageRecord record = store.record(i);
    ++languages[data::language_of(record)];
    ++splits[data::split_of(record)];
    ++formats[data::format_of(record)];
    for (const data::Block& block : store.blocks(record)) {
      ++categories[block.category];
      ++labellers[block.labeller];
    }
  }
  reports::Document document;
  document.title = "Store " + store.path().string();
  reports::Table sizes{"sizes",
                       "Pages",
                       {{"what", "of a page"},
                        {"sum", "sum", 1},
                        {"mean", "mean", 2},
                        {"min", "least", 2},
                        {"p10", "p10", 2},
                        {"median", "median", 2},
                        {"p90", "p90", 2},
                        {"max", "most", 2}},
                       {}};
  const auto add = [&](const std::string& name, const std::string& title,
                       double PageNumbers::*field) {
    std::vector<double> values;
    double sum = 0;
    for (const PageNumbers& page : numbers) {
      values.push_back(page.*field);
      sum += page.*field;
    }
    std::sort(values.begin(), values.end());
    sizes.rows.push_back({{"what", title},
                          {"sum", sum},
                          {"mean", sum / static_cast<double>(values.size())},
                          {"min", values.front()},
                          {"p10", quantile(values, 0.1)},
                          {"median", quantile(values, 0.5)},
                          {"p90", quantile(values, 0.9)},
                          {"max", values.back()}});
    document.figures.push_back(histogram(name, title, values));
  };
  if (!numbers.empty()) {
    add("tokens", "tokens", &PageNumbers::tokens);
    add("image_kb", "image kB", &PageNumbers::image_kb);
    add("megapixels", "megapixels", &PageNumbers::megapixels);
    add("blocks", "blocks", &PageNumbers::blocks);
  }
  document.facts = {{"pages", std::to_string(store.num_pages())},
                    {"date", store.provenance().date},
                    {"licence", store.provenance().licence}};
  document.tables.push_back(std::move(sizes));
  document.tables.push_back(count_table("language", "Languages", languages));
  document.tables.push_back(count_table("split", "Splits", splits));
  document.tables.push_back(count_table("format", "Image formats", formats));
  if (!categories.empty()) {
    document.tables.push_back(count_table("category", "Blocks by category", categories));
    document.tables.push_back(count_table("labeller", "Blocks by labeller", labellers));
  }
  return document;
}

}  // namespace dsocr

#include "experiments/label_summary.h"

#include <algorithm>
#include <functional>
#include <map>

#include "data/label/label_file.h"
#include "data/label/target.h"
#include "data/label/truth.h"
#include "data/text/characters.h"
#include "eval/metrics/bootstrap.h"
#include "eval/metrics/edit_distance.h"

namespace dsocr {
namespace {

using nlohmann::ordered_json;

// Of some parts together, weighted by characters.
struct Sums {
  std::uint64_t parts = 0, kept_parts = 0;
  double characters = 0, kept = 0, known = 0, wrong = 0, kept_known = 0, kept_wrong = 0;

  void add(const LabelledPart& part) {
    const auto length = static_cast<double>(part.length);
    ++parts;
    characters += length;
    if (part.kept) {
      ++kept_parts;
      kept += length;
    }
    if (!part.error) return;
    known += length;
    wrong += *part.error * length;
    if (!part.kept) return;
    kept_known += length;
    kept_wrong += *part.error * length;
  }
};

// Null where there is nothing to divide by.
ordered_json share(double part, double all) {
  return all > 0 ? ordered_json(part / all) : ordered_json();
}

reports::Table table_by(const std::vector<LabelledPart>& parts, const std::string& what,
                        const std::function<std::string(const LabelledPart&)>& key) {
  std::map<std::string, Sums> groups;
  for (const LabelledPart& part : parts) groups[key(part)].add(part);
  reports::Table table{"by_" + what,
                       "Kept and rejected by " + what,
                       {{what, what},
                        {"parts", "parts"},
                        {"kept_parts", "kept"},
                        {"characters", "characters"},
                        {"kept", "kept %", 1, 100},
                        {"error_kept", "wrong in kept %", 2, 100},
                        {"error_all", "wrong in all %", 2, 100}},
                       {}};
  for (const auto& [name, sums] : groups)
    table.rows.push_back({{what, name.empty() ? "not said" : name},
                          {"parts", sums.parts},
                          {"kept_parts", sums.kept_parts},
                          {"characters", sums.characters},
                          {"kept", share(sums.kept, sums.characters)},
                          {"error_kept", share(sums.kept_wrong, sums.kept_known)},
                          {"error_all", share(sums.wrong, sums.known)}});
  return reports::without_empty_columns(std::move(table));
}

// Of a page in the order of its parts.
std::string text_of(const data::PageLabels& labels) {
  std::string text;
  for (const data::LabelRegion& region : labels.regions)
    for (const data::LabelLine& line : region.lines) text += line.text + "\n";
  return text;
}

double distance(const std::string& found, const std::string& truth) {
  return metrics::normalised_edit_distance(data::comparable(data::to_code_points(truth)),
                                           data::comparable(data::to_code_points(found)));
}

ordered_json mean_of(const std::vector<double>& values) {
  constexpr std::size_t kResamples = 1000;
  const auto mean = metrics::PageResampler(values.size(), kResamples, 0).mean_interval(values);
  if (!mean) return {};
  return reports::estimate(mean->mean, std::pair(mean->low, mean->high));
}

}  // namespace

TrueTexts true_texts(const data::PageStore& store) {
  TrueTexts texts;
  for (std::uint64_t i = 0; i < store.num_pages(); ++i) {
    const data::PageRecord record = store.record(i);
    if (std::string text = store.text(record); !text.empty())
      texts.emplace(store.id(record), std::move(text));
  }
  return texts;
}

std::vector<LabelledPart> labelled_parts(const data::PageStore& labelled, const TrueTexts& truth) {
  std::vector<LabelledPart> parts;
  for (std::uint64_t i = 0; i < labelled.num_pages(); ++i) {
    const data::Page page = labelled.page(i);
    const double keep_over = data::noted_threshold(page.meta);
    const auto known = truth.find(page.id);
    const std::u32string text =
        known == truth.end() ? U"" : data::comparable(data::to_code_points(known->second));
    for (const data::Block& block : page.blocks) {
      if (!data::is_layout(block) || block.text.empty()) continue;
      const std::u32string found = data::comparable(data::to_code_points(block.text));
      LabelledPart part{.language = page.language,
                        .category = block.category,
                        .labeller = block.labeller,
                        .confidence = static_cast<double>(block.confidence),
                        .kept = static_cast<double>(block.confidence) >= keep_over,
                        .length = found.size()};
      if (!text.empty()) part.error = data::error_in(found, text);
      parts.push_back(std::move(part));
    }
  }
  return parts;
}

std::vector<std::pair<std::string, double>> label_numbers(const std::vector<LabelledPart>& parts,
                                                          std::uint64_t pages) {
  Sums all;
  for (const LabelledPart& part : parts) all.add(part);
  std::vector<std::pair<std::string, double>> numbers{
      {"pages", static_cast<double>(pages)},
      {"parts", static_cast<double>(all.parts)},
      {"kept", all.characters > 0 ? all.kept / all.characters : 0}};
  if (all.kept_known > 0) numbers.emplace_back("error_kept", all.kept_wrong / all.kept_known);
  if (all.known > 0) numbers.emplace_back("error_all", all.wrong / all.known);
  return numbers;
}

std::vector<reports::Table> label_tables(const std::vector<LabelledPart>& parts) {
  return {table_by(parts, "language", [](const LabelledPart& part) { return part.language; }),
          table_by(parts, "category", [](const LabelledPart& part) { return part.category; }),
          table_by(parts, "labeller", [](const LabelledPart& part) { return part.labeller; })};
}

reports::Table engine_table(const data::PageStore& labelled,
                            const std::vector<std::filesystem::path>& label_files,
                            const data::PageStore& pages) {
  const TrueTexts truth = true_texts(pages);
  reports::Table table{"engines",
                       "Engines",
                       {{"engine", "engine"},
                        {"version", "version"},
                        {"pages", "pages"},
                        {"failed", "without labels"},
                        {"seconds", "s/page", 2},
                        {"edit_distance", "edit distance", 3}},
                       {}};
  for (const std::filesystem::path& path : label_files) {
    const data::LabelFile file(path);
    double seconds = 0;
    std::vector<double> distances;
    for (std::uint64_t i = 0; i < file.num_pages(); ++i) {
      const data::LabelResult result = file.result(i);
      seconds += result.seconds;
      if (const auto known = truth.find(pages.id(pages.record(i))); known != truth.end())
        distances.push_back(distance(text_of(result.labels), known->second));
    }
    table.rows.push_back({{"engine", file.labeller().name},
                          {"version", file.labeller().version},
                          {"pages", file.num_pages()},
                          {"failed", data::num_failed(file)},
                          {"seconds", share(seconds, static_cast<double>(file.num_pages()))},
                          {"edit_distance", mean_of(distances)}});
  }
  std::vector<double> distances;
  for (std::uint64_t i = 0; i < labelled.num_pages(); ++i) {
    const data::PageRecord record = labelled.record(i);
    if (const auto known = truth.find(labelled.id(record)); known != truth.end())
      distances.push_back(distance(labelled.text(record), known->second));
  }
  table.rows.push_back({{"engine", "all together"},
                        {"pages", labelled.num_pages()},
                        {"failed", pages.num_pages() - labelled.num_pages()},
                        {"edit_distance", mean_of(distances)}});
  return reports::without_empty_columns(std::move(table));
}

}  // namespace dsocr

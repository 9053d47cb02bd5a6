#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "eval/omnidocbench/scores.h"

namespace dsocr::omnidocbench {
namespace {

using nlohmann::ordered_json;
using Score = std::function<std::optional<double>(const Sample&)>;

struct Mean {
  double sum = 0;
  size_t count = 0;

  void add(double value) {
    sum += value;
    ++count;
  }
  ordered_json value() const {
    return count == 0 ? ordered_json() : ordered_json(sum / static_cast<double>(count));
  }
};

// Sums of edits and lengths: a rate over all of them.
struct Rate {
  double edits = 0, length = 0;

  void add(const Sample& sample) {
    edits += static_cast<double>(sample.edits);
    length += static_cast<double>(sample.max_length);
  }
};

// By the rules of the official tool a name that is no picture ends at its last underscore.
std::string image_name(const std::string& image) {
  if (image.ends_with(".jpg") || image.ends_with(".png")) return image;
  return image.substr(0, image.rfind('_'));
}

std::vector<std::string> with_all(const std::vector<std::string>& labels) {
  std::vector<std::string> result{"ALL"};
  result.insert(result.end(), labels.begin(), labels.end());
  return result;
}

using Rates = std::map<std::string, Rate>;

Rates rates_by_image(const ElementSamples& element) {
  Rates rates;
  for (const auto& [page, sample] : element.samples) rates[image_name(page->image)].add(*sample);
  return rates;
}

double mean_rate(const Rates& rates) {
  Mean mean;
  for (const auto& [image, rate] : rates)
    if (rate.length > 0) mean.add(rate.edits / rate.length);
  return mean.count == 0 ? std::nan("") : mean.sum / static_cast<double>(mean.count);
}

ordered_json all_edit_distances(const ElementSamples& element, Version version) {
  if (element.samples.empty()) return {{"ALL_page_avg", "NaN"}};
  ordered_json json{{"ALL_page_avg", mean_rate(rates_by_image(element))}};
  if (version == Version::k10) return json;
  Rate whole;
  Mean mean;
  for (const auto& [page, sample] : element.samples) {
    whole.add(*sample);
    if (const auto score = sample->edit_distance()) mean.add(*score);
  }
  json["edit_whole"] = whole.length > 0 ? ordered_json(whole.edits / whole.length) : ordered_json();
  json["edit_sample_avg"] = mean.value();
  return json;
}

// Mean of a score by the attributes of what was scored.
ordered_json by_attribute(const ElementSamples& element, const Score& score) {
  std::map<std::string, Mean> means;
  for (const auto& [page, sample] : element.samples) {
    const auto value = score(*sample);
    if (!value) continue;
    std::set<std::string> labels;
    for (const auto& member : sample->row.truth_labels) labels.insert(member.begin(), member.end());
    for (const std::string& label : labels) means[label].add(*value);
  }
  ordered_json json = ordered_json::object();
  for (const auto& [label, mean] : means) json[label] = mean.value();
  return json;
}

ordered_json attribute_counts(const ElementSamples& element) {
  std::map<std::string, size_t> counts;
  for (const auto& [page, sample] : element.samples) {
    std::set<std::string> labels;
    for (const auto& member : sample->row.truth_labels) labels.insert(member.begin(), member.end());
    for (const std::string& label : labels) ++counts[label];
  }
  ordered_json json = ordered_json::object();
  for (const auto& [label, count] : counts) json[label] = count;
  return json;
}

// Mean over the pages with an attribute of the rate of each page.
std::map<std::string, std::vector<double>> page_rates(const ElementSamples& element) {
  std::map<std::string, Rates> by_label;
  for (const auto& [page, sample] : element.samples)
    for (const std::string& label : with_all(page->labels))
      by_label[label][image_name(page->image)].add(*sample);
  std::map<std::string, std::vector<double>> values;
  for (const auto& [label, rates] : by_label) {
    auto& list = values[label];
    for (const auto& [image, rate] : rates)
      if (rate.length > 0) list.push_back(rate.edits / rate.length);
  }
  return values;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

ordered_json means_of(const std::map<std::string, std::vector<double>>& values) {
  ordered_json json = ordered_json::object();
  for (const auto& [label, list] : values)
    json[label] = list.empty() ? ordered_json() : ordered_json(mean_of(list));
  return json;
}

// Between the pages; one page has none.
ordered_json variances_of(const std::map<std::string, std::vector<double>>& values) {
  ordered_json json = ordered_json::object();
  for (const auto& [label, list] : values) {
    if (list.size() < 2) {
      json[label] = nullptr;
      continue;
    }
    double sum = 0;
    const double mean = mean_of(list);
    for (const double value : list) sum += (value - mean) * (value - mean);
    json[label] = sum / static_cast<double>(list.size() - 1);
  }
  return json;
}

// Means in a page, by label. v1.7 counts pages that have something to score but no score as 0.
std::map<std::string, std::vector<double>> page_means(const std::vector<PageSamples>& pages,
                                                      const ElementSamples& element,
                                                      const Score& score,
                                                      bool (*expected)(const PageSamples&),
                                                      Version version) {
  std::map<std::string, Mean> in_page;
  for (const auto& [page, sample] : element.samples)
    if (const auto value = score(*sample)) in_page[page->image].add(*value);
  std::map<std::string, std::vector<double>> by_label;
  for (const PageSamples& page : pages) {
    const auto it = in_page.find(page.image);
    if (it == in_page.end() && !(version == Version::k17 && expected(page))) continue;
    const double value =
        it == in_page.end() ? 0 : it->second.sum / static_cast<double>(it->second.count);
    for (const std::string& label : with_all(page.labels)) by_label[label].push_back(value);
  }
  return by_label;
}

std::optional<double> edit_score(const Sample& sample) { return sample.edit_distance(); }

std::optional<double> teds_score(const Sample& sample) {
  return sample.teds ? std::optional(sample.teds->score) : std::nullopt;
}

std::optional<double> structure_score(const Sample& sample) {
  return sample.teds ? std::optional(sample.teds->structure) : std::nullopt;
}

std::optional<double> cdm_score(const Sample& sample) { return sample.cdm; }

ordered_json mean_over_samples(const ElementSamples& element, const Score& score) {
  Mean mean;
  for (const auto& [page, sample] : element.samples)
    if (const auto value = score(*sample)) mean.add(*value);
  return {{"all", mean.value()}};
}

bool has_truth_table(const PageSamples& page) { return page.has_truth_table; }
bool has_truth_formula(const PageSamples& page) { return page.has_truth_formula; }

}  // namespace

ordered_json page_edit_distances(const ElementSamples& element) {
  ordered_json json = ordered_json::object();
  for (const auto& [image, rate] : rates_by_image(element))
    json[image] = rate.length > 0 ? ordered_json(rate.edits / rate.length) : ordered_json();
  return json;
}

std::vector<double> page_values(const ElementSamples& element,
                                const std::vector<PageSamples>& pages, const std::string& headline,
                                Version version) {
  const auto means = [&](const Score& score, bool (*expected)(const PageSamples&)) {
    auto by_label = page_means(pages, element, score, expected, version);
    return std::move(by_label["ALL"]);
  };
  if (headline == "table_teds") return means(teds_score, has_truth_table);
  if (headline == "table_teds_s") return means(structure_score, has_truth_table);
  if (headline == "formula_cdm") return means(cdm_score, has_truth_formula);
  return std::move(page_rates(element)["ALL"]);
}

void add_text_overlap(ordered_json& summary, const std::vector<PageSamples>& pages, Version version,
                      const metrics::WordNet* wordnet) {
  const std::vector<ElementSamples> elements = collect_samples(pages, version);
  const std::vector<TextPair> texts = compared_texts(elements.front());
  ordered_json& all = summary.at(elements.front().name).at("all");
  all["BLEU"] = {{"all", corpus_bleu(texts)}};
  all["METEOR"] = {{"all", mean_meteor(texts, wordnet)}};
}

ordered_json summarise(const std::vector<PageSamples>& pages, Version version) {
  ordered_json json = ordered_json::object();
  for (const ElementSamples& element : collect_samples(pages, version)) {
    ordered_json all = ordered_json::object(), group = ordered_json::object(),
                 page = ordered_json::object();
    const auto add = [&](const char* name, const Score& score,
                         bool (*expected)(const PageSamples&)) {
      all[name] = mean_over_samples(element, score);
      group[name] = by_attribute(element, score);
      page[name] = means_of(page_means(pages, element, score, expected, version));
    };
    if (element.name == "table") {
      add("TEDS", teds_score, has_truth_table);
      add("TEDS_structure_only", structure_score, has_truth_table);
    }
    const bool with_cdm =
        element.name == "display_formula" &&
        std::any_of(element.samples.begin(), element.samples.end(),
                    [](const auto& sample) { return sample.second->cdm.has_value(); });
    if (with_cdm) add("CDM", cdm_score, has_truth_formula);
    all["Edit_dist"] = all_edit_distances(element, version);
    const auto rates = page_rates(element);
    if (!rates.empty()) page["Edit_dist"] = means_of(rates);
    if (!rates.empty() && version == Version::k10) page["Edit_dist_var"] = variances_of(rates);
    const ordered_json edits = by_attribute(element, edit_score);
    if (!edits.empty()) group["Edit_dist"] = edits;
    group["sample_count"] = attribute_counts(element);
    json[element.name] = {{"all", all}, {"group", group}, {"page", page}};
  }
  return json;
}

}  // namespace dsocr::omnidocbench

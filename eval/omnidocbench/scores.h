#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "eval/omnidocbench/match/page_match.h"
#include "eval/omnidocbench/table/teds.h"
#include "eval/omnidocbench/text_overlap.h"

namespace dsocr::omnidocbench {

/// A row with its scores (spec: OmniDocBench, section 7).
struct Sample {
  Row row = {};
  size_t edits = 0;       // Levenshtein distance of the two texts
  size_t max_length = 0;  // of the longer text; 0: no score
  std::optional<Teds> teds = {};
  std::optional<double> cdm = {};
  std::vector<double> order = {};  // of a reading order: places as predicted

  std::optional<double> edit_distance() const {
    if (max_length == 0) return std::nullopt;
    return static_cast<double>(edits) / static_cast<double>(max_length);
  }
};

/// Everything that is scored on a page.
struct PageSamples {
  std::string image = {};
  std::vector<std::string> labels = {};  // of the page
  std::vector<Sample> texts = {};
  std::vector<Sample> moved_texts =
      {};  // formulas that were matched to text; behind all other texts
  std::vector<Sample> formulas = {};
  std::vector<Sample> html_tables = {}, latex_tables = {};
  std::vector<Sample> order = {};  // none or one; its row has the places of the truth
  bool has_truth_formula = false, has_truth_table = false;
  std::vector<std::string> notes = {};  // what could not be scored as it should
};

/// Parses, matches and scores a page, but for CDM.
PageSamples score_page(const TruthPage& page, std::u32string_view prediction, Rules rules,
                       MatchMethod method);

/// The samples of an element over all pages, in the official order.
struct ElementSamples {
  std::string name;  // text_block, display_formula, table, reading_order
  std::vector<std::pair<const PageSamples*, const Sample*>> samples = {};
};

std::vector<ElementSamples> collect_samples(const std::vector<PageSamples>& pages, Version version);

/// The texts of an element as the evaluator compares them.
std::vector<TextPair> compared_texts(const ElementSamples& element);

/// {element: {all, group, page}} as the official metric_result.json has it (spec: section 8).
nlohmann::ordered_json summarise(const std::vector<PageSamples>& pages, Version version);

/// The values whose mean is a headline number (text_edit, formula_edit, formula_cdm, table_teds,
/// table_teds_s, table_edit or order_edit), one for each page that has the element.
std::vector<double> page_values(const ElementSamples& element,
                                const std::vector<PageSamples>& pages, const std::string& headline,
                                Version version);

/// Adds BLEU and METEOR of the texts to what summarise() gave.
void add_text_overlap(nlohmann::ordered_json& summary, const std::vector<PageSamples>& pages,
                      Version version, const metrics::WordNet* wordnet);

/// {image: value} of one element, sorted by image: the official *_per_page_edit.json.
nlohmann::ordered_json page_edit_distances(const ElementSamples& element);

}  // namespace dsocr::omnidocbench

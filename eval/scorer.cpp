#include "eval/scorer.h"

#include <algorithm>

#include "configs/build_info.h"
#include "eval/metrics/bleu.h"
#include "eval/metrics/edit_distance.h"
#include "eval/metrics/meteor.h"
#include "eval/metrics/set_overlap.h"

namespace dsocr::eval {
namespace {

using metrics::Tokens;

// Reference first, as everywhere in dsocr::metrics.
PageScores overlap(const Tokens& reference, const Tokens& hypothesis, double edit_dist) {
  const metrics::InternedPair pair = metrics::intern(reference, hypothesis);
  const metrics::SetOverlap sets = metrics::set_overlap(pair);
  PageScores scores;
  scores[Metric::kBleu] = metrics::sentence_bleu(pair);
  scores[Metric::kFMeasure] = sets.f_measure;
  scores[Metric::kPrecision] = sets.precision;
  scores[Metric::kRecall] = sets.recall;
  scores[Metric::kEditDist] = edit_dist;
  return scores;
}

// Read only when a page has Han characters, but missed before the first page is scored.
std::vector<std::filesystem::path> jieba_files(const ScoringConfig& config) {
  const std::filesystem::path folder = config.jieba;
  return {folder / "dict.txt", folder / "hmm.tsv"};
}

}  // namespace

Scorer::Scorer(const ScoringConfig& config) : config_(config) {
  if (config_.jieba.empty()) config_.jieba = (configs::deps_dir() / "share" / "jieba").string();
  for (const auto& file : jieba_files(config_))
    if (!std::filesystem::exists(file))
      throw std::runtime_error("cannot read " + file.string() + ": no such file");
  const bool installed = metrics::WordNet::available(config_.wordnet);
  switch (config_.meteor) {
    case MeteorChoice::kOff:
      return;
    case MeteorChoice::kNoWordnet:
      break;
    case MeteorChoice::kWordnet:
      wordnet_ = std::make_unique<metrics::WordNet>(config_.wordnet);  // says which file is missing
      break;
    case MeteorChoice::kAuto:
      if (installed) wordnet_ = std::make_unique<metrics::WordNet>(config_.wordnet);
      break;
  }
  meteor_label_ = wordnet_ ? "meteor" : "meteor_nowordnet";
}

const metrics::JiebaCutter& Scorer::jieba() const {
  std::call_once(jieba_once_,
                 [&] { jieba_ = std::make_unique<metrics::JiebaCutter>(config_.jieba); });
  return *jieba_;
}

Tokens Scorer::cut(std::u32string_view text, metrics::Segmenter segmenter) const {
  return segmenter == metrics::Segmenter::kJieba ? jieba().cut(text)
                                                 : metrics::split_whitespace(text);
}

TextScores Scorer::score(std::u32string_view target, std::u32string_view prediction) const {
  TextScores result;
  result.segmenter = metrics::choose_segmenter(target, prediction);
  result.len_gt = target.size();
  result.len_pred = prediction.size();
  result.edit_ops = metrics::edit_distance(target, prediction);
  const double edit_dist =
      metrics::normalised_edit_distance(result.edit_ops, target.size(), prediction.size());
  const Tokens reference = cut(target, result.segmenter);
  const Tokens hypothesis = cut(prediction, result.segmenter);
  result.scores = overlap(reference, hypothesis, edit_dist);
  result.swapped = overlap(hypothesis, reference, edit_dist);
  if (!meteor_label_.empty()) {
    result.scores[Metric::kMeteor] = metrics::meteor(reference, hypothesis, wordnet_.get());
    result.swapped[Metric::kMeteor] = metrics::meteor(hypothesis, reference, wordnet_.get());
  }
  if (config_.official_args) std::swap(result.scores, result.swapped);
  return result;
}

PageScores Scorer::score_overlap(std::u32string_view target, std::u32string_view prediction) const {
  const metrics::Segmenter segmenter = metrics::choose_segmenter(target, prediction);
  const double edit_dist = metrics::normalised_edit_distance(target, prediction);
  Tokens reference = cut(target, segmenter);
  Tokens hypothesis = cut(prediction, segmenter);
  if (config_.official_args) std::swap(reference, hypothesis);
  return overlap(reference, hypothesis, edit_dist);
}

std::vector<std::filesystem::path> Scorer::inputs() const {
  std::vector<std::filesystem::path> files;
  if (jieba_) files = jieba_files(config_);
  if (wordnet_)
    for (const char* part : {"noun", "verb", "adj", "adv"})
      for (const std::string& name :
           {"index." + std::string(part), "data." + std::string(part), std::string(part) + ".exc"})
        files.push_back(std::filesystem::path(config_.wordnet) / name);
  return files;
}

nlohmann::ordered_json Scorer::describe() const {
  return {{"orientation", config_.official_args
                              ? "official script: precision is |R and H| / |R|"
                              : "prediction is the hypothesis: precision is |R and H| / |H|"},
          {"official_args", config_.official_args},
          {"meteor", meteor_label_.empty() ? nlohmann::ordered_json(nullptr)
                                           : nlohmann::ordered_json(meteor_label_)},
          {"wordnet", wordnet_ ? wordnet_->version() : ""}};
}

nlohmann::ordered_json to_json(const PageScores& scores, const std::string& meteor_label) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (size_t i = 0; i < kNumMetrics; ++i) {
    const bool is_meteor = i == static_cast<size_t>(Metric::kMeteor);
    if (is_meteor && (meteor_label.empty() || !scores.values[i])) continue;
    json[is_meteor ? meteor_label : kMetricNames[i]] =
        scores.values[i] ? nlohmann::ordered_json(*scores.values[i])
                         : nlohmann::ordered_json(nullptr);
  }
  return json;
}

}  // namespace dsocr::eval

#include "data/label/trust.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>

#include "data/label/align.h"
#include "data/label/logit.h"
#include "data/label/truth.h"

namespace dsocr::data {
namespace {

constexpr double kPenalty = 100;
// Weights of a ScriptTrust.
constexpr std::size_t kNumWeights = 3;
// Lines that are so wrong say nothing.
constexpr double kHopeless = 0.5;
// Characters of the truth beside the line in which its ends may lie.
constexpr std::size_t kAround = 8;

// A line of which the truth is known.
struct KnownLine {
  std::vector<Reading> readings = {};
  VoteNetwork network = {};
  std::size_t best = 0;       // the reading that is nearest to the truth
  std::u32string truth = {};  // that of the line
};

// Nothing for a line that all read alike, or that none of the engines could read.
std::optional<KnownLine> known_line(const std::vector<Reading>& readings,
                                    std::u32string_view truth) {
  KnownLine line{.readings = readings};
  std::vector<PlacedText> texts;
  std::optional<SpanMatch> nearest;
  for (std::size_t r = 0; r < readings.size(); ++r) {
    texts.push_back({readings[r].text, readings[r].places});
    const std::u32string text = comparable(readings[r].text);
    const SpanMatch match = match_span(text, truth);
    if (static_cast<double>(match.distance) > kHopeless * static_cast<double>(text.size()))
      continue;
    // Of two the one that has more of the line.
    const auto right = [&](const SpanMatch& m) {
      return static_cast<double>(m.end - m.begin) - 2 * static_cast<double>(m.distance);
    };
    if (nearest && right(match) <= right(*nearest)) continue;
    nearest = match;
    line.best = r;
  }
  if (!nearest) return std::nullopt;
  line.network = align_texts(texts);
  const std::size_t begin = nearest->begin - std::min(nearest->begin, kAround);
  line.truth = truth.substr(begin, nearest->end + kAround - begin);
  return line;
}

// What the best reading has in some slots.
std::u32string text_between(const KnownLine& line, std::size_t first, std::size_t last) {
  std::u32string text;
  for (std::size_t slot = first; slot < last; ++slot) {
    if (line.network.slots[slot].key[line.best] == kNothing) continue;
    const Cluster& cluster =
        line.network.clusters[line.best][line.network.slots[slot].cluster[line.best]];
    text += line.readings[line.best].text.substr(cluster.begin, cluster.end - cluster.begin);
  }
  return text;
}

// Whether one of the engines does not know the letters: what it has there is no lesson.
bool has_unreadable(const VoteSegment& segment, const KnownLine& line) {
  constexpr auto kOther = static_cast<std::size_t>(ScriptClass::kOther);
  const auto is_unable = [](const Reading& reading) { return reading.trust[kOther] == kUnable; };
  if (std::none_of(line.readings.begin(), line.readings.end(), is_unable)) return false;
  const auto& slots = line.network.slots;
  return std::any_of(slots.begin() + static_cast<std::ptrdiff_t>(segment.first),
                     slots.begin() + static_cast<std::ptrdiff_t>(segment.last),
                     [](const VoteSlot& slot) { return slot.script == ScriptClass::kOther; });
}

class Examples {
 public:
  explicit Examples(std::map<std::string, std::size_t> engines) : engines_(std::move(engines)) {}

  std::size_t num_features() const { return engines_.size() * kNumScriptClasses * kNumWeights + 2; }
  const std::vector<LogitExample>& all() const { return examples_; }

  void add(const KnownLine& line, std::span<const EngineLabels> engines,
           const CharacterModel* model) {
    for (const VoteSegment& segment : segments_of(line.network, line.readings)) {
      const std::u32string before = text_between(line, 0, segment.first);
      const std::u32string behind = text_between(line, segment.last, line.network.slots.size());
      if (has_unreadable(segment, line)) continue;
      LogitExample example;
      std::vector<std::size_t> distances;
      for (const VoteChoice& choice : segment.choices) {
        distances.push_back(
            match_span(comparable(before + choice.text + behind), line.truth).distance);
        example.features.push_back(features_of(choice, line.readings, engines));
        if (model == nullptr) continue;
        example.features.back().end()[-2] = log_likelihood(model, before, choice.text, behind);
        example.features.back().back() = static_cast<double>(choice.text.size());
      }
      const std::size_t least = *std::min_element(distances.begin(), distances.end());
      const auto count = std::count(distances.begin(), distances.end(), least);
      if (static_cast<std::size_t>(count) == distances.size()) continue;
      for (const std::size_t distance : distances)
        example.target.push_back(distance == least ? 1.0 / static_cast<double>(count) : 0);
      examples_.push_back(std::move(example));
    }
  }

 private:
  std::vector<double> features_of(const VoteChoice& choice, std::span<const Reading> readings,
                                  std::span<const EngineLabels> engines) const {
    std::vector<double> features(num_features());
    for (std::size_t r = 0; r < readings.size(); ++r) {
      const std::size_t engine = engines_.at(engine_name(engines[readings[r].engine].engine));
      for (std::size_t script = 0; script < kNumScriptClasses; ++script) {
        double* weight_of = &features[(engine * kNumScriptClasses + script) * kNumWeights];
        weight_of[0] += choice.support[r][script].bias;
        weight_of[1] += choice.support[r][script].slope;
        weight_of[2] += choice.support[r][script].absent;
      }
    }
    return features;
  }

  std::map<std::string, std::size_t> engines_;
  std::vector<LogitExample> examples_;
};

}  // namespace

FittedTrust fit_trust(std::span<const TruthPage> pages) {
  std::map<std::string, std::size_t> engines;
  for (const TruthPage& page : pages)
    for (const EngineLabels& labels : page.engines) engines[engine_name(labels.engine)] = 0;
  std::size_t number = 0;
  for (auto& [name, index] : engines) index = number++;
  Examples examples(engines);
  for (const TruthPage& page : pages) {
    const std::u32string truth = comparable(to_code_points(page.text));
    const auto groups = align_lines(page.engines);
    for (const auto& readings : readings_of(page.engines, groups, {})) {
      if (readings.size() < 2) continue;
      if (const auto line = known_line(readings, truth))
        examples.add(*line, page.engines, page.model);
    }
  }
  std::vector<double> prior(examples.num_features());
  for (std::size_t i = 1; i + 2 < prior.size(); i += kNumWeights) prior[i] = ScriptTrust{}.slope;
  prior.end()[-2] = VoteOptions{}.model_weight;
  prior.back() = VoteOptions{}.length_weight;
  const std::vector<double> weights = fit_logit(examples.all(), prior, kPenalty);
  FittedTrust fitted{.model_weight = std::max(0.0, weights.end()[-2]),
                     .length_weight = weights.back(),
                     .num_differences = examples.all().size()};
  for (const auto& [name, index] : engines) {
    NamedTrust trust{.engine = name};
    for (std::size_t script = 0; script < kNumScriptClasses; ++script) {
      const double* weight_of = &weights[(index * kNumScriptClasses + script) * kNumWeights];
      trust.trust[script] = {.bias = weight_of[0], .slope = weight_of[1], .absent = weight_of[2]};
    }
    fitted.engines.push_back(std::move(trust));
  }
  return fitted;
}

}  // namespace dsocr::data

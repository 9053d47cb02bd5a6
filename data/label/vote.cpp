#include "data/label/vote.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <tuple>

namespace dsocr::data {
namespace {

// Characters behind a choice that it must fit to.
constexpr std::size_t kLookAhead = 8;

std::u32string_view text_at(const VoteNetwork& network, std::span<const Reading> readings,
                            std::size_t slot, std::size_t reading) {
  if (network.slots[slot].key[reading] == kNothing) return {};
  const Cluster& cluster = network.clusters[reading][network.slots[slot].cluster[reading]];
  return std::u32string_view(readings[reading].text)
      .substr(cluster.begin, cluster.end - cluster.begin);
}

// Log odds of the confidence of what a reading has in a slot.
double odds_at(const VoteNetwork& network, std::span<const Reading> readings, std::size_t slot,
               std::size_t reading) {
  const Cluster& cluster = network.clusters[reading][network.slots[slot].cluster[reading]];
  return log_odds(readings[reading].confidence[cluster.begin]);
}

// For each slot of a segment the reading whose text is taken.
using Sources = std::vector<std::size_t>;

// Mean log odds of the characters that each reading has in some slots; nothing where it has none.
std::vector<std::optional<double>> mean_odds(const VoteNetwork& network,
                                             std::span<const Reading> readings, std::size_t first,
                                             std::size_t last) {
  std::vector<std::optional<double>> means(readings.size());
  for (std::size_t r = 0; r < readings.size(); ++r) {
    double sum = 0, count = 0;
    for (std::size_t slot = first; slot < last; ++slot) {
      if (network.slots[slot].key[r] == kNothing) continue;
      sum += odds_at(network, readings, slot, r);
      ++count;
    }
    if (count > 0) means[r] = sum / count;
  }
  return means;
}

VoteChoice choice_of(const VoteNetwork& network, std::span<const Reading> readings,
                     std::size_t first, const Sources& sources) {
  const auto odds = mean_odds(network, readings, first, first + sources.size());
  VoteChoice choice{.support = std::vector<EngineTrust>(readings.size())};
  for (auto& of_reading : choice.support) of_reading.fill({.bias = 0, .slope = 0, .absent = 0});
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const VoteSlot& slot = network.slots[first + i];
    choice.text += text_at(network, readings, first + i, sources[i]);
    for (std::size_t r = 0; r < readings.size(); ++r) {
      if (slot.key[r] != slot.key[sources[i]]) continue;
      ScriptTrust& support = choice.support[r][static_cast<std::size_t>(slot.script)];
      support.bias += odds[r] ? 1 : 0;
      support.slope += odds[r].value_or(0);
      support.absent += odds[r] ? 0 : 1;
    }
  }
  return choice;
}

// For each slot the reading with the character that most trust speaks for.
Sources most_trusted(const VoteNetwork& network, std::span<const Reading> readings,
                     std::size_t first, std::size_t last) {
  Sources sources;
  for (std::size_t slot = first; slot < last; ++slot) {
    std::size_t best = 0;
    double most = 0;
    for (std::size_t r = 0; r < readings.size(); ++r) {
      const double trust = trust_in(choice_of(network, readings, slot, {r}), readings);
      if (r > 0 && trust <= most) continue;
      best = r;
      most = trust;
    }
    sources.push_back(best);
  }
  return sources;
}

VoteSegment segment_of(const VoteNetwork& network, std::span<const Reading> readings,
                       std::size_t first, std::size_t last) {
  VoteSegment segment{first, last};
  const auto add = [&](const Sources& sources) {
    VoteChoice choice = choice_of(network, readings, first, sources);
    for (const VoteChoice& known : segment.choices)
      if (known.text == choice.text) return;
    segment.choices.push_back(std::move(choice));
  };
  for (std::size_t r = 0; r < readings.size(); ++r) add(Sources(last - first, r));
  if (readings.size() > 2) add(most_trusted(network, readings, first, last));
  return segment;
}

// The form of a character that all readings have.
std::u32string_view form_of(const VoteNetwork& network, std::span<const Reading> readings,
                            std::size_t slot, bool wide) {
  std::size_t best = 0;
  const auto rank = [&](std::size_t r) {
    const bool is_wide = sets_no_blanks(text_at(network, readings, slot, r).front());
    const ScriptTrust& trust =
        readings[r].trust[static_cast<std::size_t>(network.slots[slot].script)];
    return std::pair(is_wide == wide,
                     trust.bias + trust.slope * odds_at(network, readings, slot, r));
  };
  for (std::size_t r = 1; r < readings.size(); ++r)
    if (rank(r) > rank(best)) best = r;
  return text_at(network, readings, slot, best);
}

double mean_of(const std::vector<float>& values) {
  if (values.empty()) return 0;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// What the first reading has behind a slot, as far as all agree.
std::u32string text_behind(const VoteNetwork& network, std::span<const Reading> readings,
                           std::size_t slot) {
  std::u32string text;
  while (slot < network.slots.size() && text.size() < kLookAhead && network.slots[slot].agreed())
    text += text_at(network, readings, slot++, 0);
  return text;
}

const VoteChoice& best_choice(const VoteSegment& segment, std::span<const Reading> readings,
                              const VoteOptions& options, std::u32string_view before,
                              std::u32string_view behind) {
  const VoteChoice* best = nullptr;
  double most = 0;
  for (const VoteChoice& choice : segment.choices) {
    double score = trust_in(choice, readings);
    if (options.model != nullptr)
      score += options.model_weight * log_likelihood(options.model, before, choice.text, behind) +
               options.length_weight * static_cast<double>(choice.text.size());
    if (best != nullptr && score <= most) continue;
    best = &choice;
    most = score;
  }
  return *best;
}

std::u32string decode(const VoteNetwork& network, std::span<const Reading> readings,
                      const VoteOptions& options) {
  const auto segments = segments_of(network, readings);
  std::u32string text;
  // A word that is left out leaves its blanks behind.
  const auto append = [&](std::u32string_view next) {
    if (next != U" " || (!text.empty() && text.back() != U' ')) text += next;
  };
  std::size_t slot = 0, segment = 0;
  while (slot < network.slots.size()) {
    if (segment == segments.size() || slot < segments[segment].first) {
      const bool wide = !text.empty() && sets_no_blanks(text.back());
      append(form_of(network, readings, slot++, wide));
      continue;
    }
    const VoteSegment& here = segments[segment++];
    slot = here.last;
    append(best_choice(here, readings, options, text, text_behind(network, readings, slot)).text);
  }
  if (!text.empty() && text.back() == U' ') text.pop_back();
  return text;
}

}  // namespace

double log_odds(double confidence) {
  const double within = std::clamp(confidence, 0.001, 0.999);
  return std::log(within / (1 - within));
}

std::vector<VoteSegment> segments_of(const VoteNetwork& network,
                                     std::span<const Reading> readings) {
  std::vector<VoteSegment> segments;
  const std::size_t count = network.slots.size();
  for (std::size_t first = 0; first < count; ++first) {
    if (network.slots[first].agreed()) continue;
    std::size_t last = first + 1;
    const bool blank = network.slots[first].has(kBlankKey);
    while (!blank && last < count && !network.slots[last].agreed() &&
           !network.slots[last].has(kBlankKey))
      ++last;
    segments.push_back(segment_of(network, readings, first, last));
    first = last - 1;
  }
  return segments;
}

double trust_in(const VoteChoice& choice, std::span<const Reading> readings) {
  double sum = 0;
  for (std::size_t r = 0; r < readings.size(); ++r) {
    for (std::size_t script = 0; script < kNumScriptClasses; ++script) {
      const ScriptTrust& trust = readings[r].trust[script];
      const ScriptTrust& support = choice.support[r][script];
      sum +=
          trust.bias * support.bias + trust.slope * support.slope + trust.absent * support.absent;
    }
  }
  return sum;
}

double log_likelihood(const CharacterModel* model, std::u32string_view before,
                      std::u32string_view choice, std::u32string_view behind) {
  if (model == nullptr) return 0;
  std::u32string text(choice);
  text += behind.substr(0, kLookAhead);
  return -std::log(2.0) * model->bits(before, text);
}

Voted vote(std::span<const Reading> readings, const VoteOptions& options) {
  if (readings.empty()) return {};
  std::vector<Reading> sorted(readings.begin(), readings.end());
  std::sort(sorted.begin(), sorted.end(), [](const Reading& a, const Reading& b) {
    return std::tie(a.text, a.confidence) < std::tie(b.text, b.confidence);
  });
  std::vector<PlacedText> texts;
  Voted voted;
  for (const Reading& reading : sorted) {
    texts.push_back({reading.text, reading.places});
    voted.confidence += mean_of(reading.confidence) / static_cast<double>(sorted.size());
  }
  const VoteNetwork network = align_texts(texts);
  voted.text = decode(network, sorted, options);
  double sum = 0;
  for (std::size_t a = 0; a < sorted.size(); ++a)
    for (std::size_t b = a + 1; b < sorted.size(); ++b) sum += agreement_of(network, a, b);
  const std::size_t pairs = sorted.size() * (sorted.size() - 1) / 2;
  if (pairs > 0) voted.agreement = sum / static_cast<double>(pairs);
  return voted;
}

}  // namespace dsocr::data

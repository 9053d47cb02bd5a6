#include "data/label/vote_network.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "data/error.h"

namespace dsocr::data {
namespace {

// Numbers for characters to compare.
class Keys {
 public:
  std::vector<std::uint32_t> of(std::u32string_view text, const std::vector<Cluster>& clusters) {
    std::vector<std::uint32_t> keys;
    for (const Cluster& cluster : clusters) {
      const std::u32string form =
          comparable(text.substr(cluster.begin, cluster.end - cluster.begin));
      const auto next = static_cast<std::uint32_t>(numbers_.size() + kBlankKey + 1);
      keys.push_back(form.empty() ? kBlankKey : numbers_.try_emplace(form, next).first->second);
    }
    return keys;
  }

 private:
  std::map<std::u32string, std::uint32_t> numbers_;
};

// A difference of one character; a blank against a character is worse than two.
constexpr std::uint32_t kDifference = 32, kForbidden = 3 * kDifference;
// Of a pair for each thickness of the line that its characters lie apart. Within a word their
// places are only guessed, but of two ways as cheap the one that fits better should win.
constexpr float kFarCost = 4;

std::uint32_t cost_of_pair(const VoteSlot& slot, std::uint32_t key, float place) {
  std::uint32_t cost = 0;
  if (!slot.has(key)) cost = slot.has(kBlankKey) || key == kBlankKey ? kForbidden : kDifference;
  const float apart = std::abs(slot.place - place);
  if (apart > 0)  // false for places that are not known
    cost += static_cast<std::uint32_t>(std::min<float>(kFarCost * apart, kForbidden));
  return cost;
}

enum class Step : std::uint8_t { kBoth, kSlotOnly, kTextOnly };

// A table of so many steps takes a tenth of a gigabyte.
constexpr std::size_t kMostSteps = 100'000'000;

// The cheapest way through both; of equals, pairs come as late as they can.
std::vector<Step> cheapest_path(const std::vector<VoteSlot>& slots,
                                const std::vector<std::uint32_t>& keys,
                                const std::vector<float>& places) {
  const std::size_t width = keys.size() + 1;
  if (slots.size() + 1 > kMostSteps / width)
    throw DataError("", "", "a line of a label is too long to compare with others",
                    /*recoverable=*/true);
  std::vector<Step> steps((slots.size() + 1) * width, Step::kTextOnly);
  std::vector<std::uint32_t> above(width), row(width);
  for (std::size_t j = 0; j < width; ++j) above[j] = static_cast<std::uint32_t>(j) * kDifference;
  for (std::size_t i = 1; i <= slots.size(); ++i) {
    const VoteSlot& slot = slots[i - 1];
    const std::uint32_t skip = slot.has(kNothing) ? 0 : kDifference;
    row[0] = above[0] + skip;
    steps[i * width] = Step::kSlotOnly;
    for (std::size_t j = 1; j < width; ++j) {
      const std::uint32_t both = above[j - 1] + cost_of_pair(slot, keys[j - 1], places[j - 1]);
      const std::uint32_t slot_only = above[j] + skip, text_only = row[j - 1] + kDifference;
      row[j] = std::min({both, slot_only, text_only});
      steps[i * width + j] = row[j] == both        ? Step::kBoth
                             : row[j] == slot_only ? Step::kSlotOnly
                                                   : Step::kTextOnly;
    }
    std::swap(above, row);
  }
  std::vector<Step> path;
  for (std::size_t i = slots.size(), j = keys.size(); i > 0 || j > 0;) {
    path.push_back(steps[i * width + j]);
    if (path.back() != Step::kTextOnly) --i;
    if (path.back() != Step::kSlotOnly) --j;
  }
  std::reverse(path.begin(), path.end());
  return path;
}

std::vector<float> places_of(const PlacedText& text, const std::vector<Cluster>& clusters) {
  std::vector<float> places(clusters.size(), std::numeric_limits<float>::quiet_NaN());
  if (text.places.empty()) return places;
  for (std::size_t i = 0; i < clusters.size(); ++i) places[i] = text.places[clusters[i].begin];
  return places;
}

ScriptClass hardest(ScriptClass a, ScriptClass b) {
  for (const ScriptClass script :
       {ScriptClass::kOther, ScriptClass::kHan, ScriptClass::kLatin, ScriptClass::kBlank})
    if (a == script || b == script) return script;
  return ScriptClass::kCommon;
}

// A slot in which none of the network's texts has anything, before one that is there.
VoteSlot empty_slot(const VoteNetwork& network, std::size_t before, std::size_t num_texts) {
  VoteSlot slot{.key = std::vector<std::uint32_t>(num_texts, kNothing)};
  for (std::size_t text = 0; text < num_texts; ++text)
    slot.cluster.push_back(before < network.slots.size() ? network.slots[before].cluster[text]
                                                         : network.clusters[text].size());
  return slot;
}

}  // namespace

bool VoteSlot::has(std::uint32_t wanted) const {
  return std::find(key.begin(), key.end(), wanted) != key.end();
}

bool VoteSlot::agreed() const {
  return std::all_of(key.begin(), key.end(), [&](std::uint32_t other) { return other == key[0]; });
}

VoteNetwork align_texts(std::span<const PlacedText> texts) {
  VoteNetwork network;
  Keys numbers;
  for (std::size_t t = 0; t < texts.size(); ++t) {
    network.clusters.push_back(clusters_of(texts[t].text));
    const auto keys = numbers.of(texts[t].text, network.clusters[t]);
    const auto places = places_of(texts[t], network.clusters[t]);
    std::vector<VoteSlot> slots;
    std::size_t next_slot = 0, cluster = 0;
    for (const Step step : cheapest_path(network.slots, keys, places)) {
      slots.push_back(step == Step::kTextOnly ? empty_slot(network, next_slot, t)
                                              : network.slots[next_slot++]);
      VoteSlot& slot = slots.back();
      slot.cluster.push_back(cluster);
      slot.key.push_back(step == Step::kSlotOnly ? kNothing : keys[cluster]);
      if (step == Step::kSlotOnly) continue;
      const char32_t c = texts[t].text[network.clusters[t][cluster].begin];
      slot.script = hardest(slot.script, script_class(c));
      if (std::isnan(slot.place)) slot.place = places[cluster];
      ++cluster;
    }
    network.slots = std::move(slots);
  }
  std::u32string all;
  for (const PlacedText& text : texts) all += text.text;
  const ScriptClass main = main_script_class(all);
  for (VoteSlot& slot : network.slots)
    if (slot.script == ScriptClass::kCommon) slot.script = main;
  return network;
}

double agreement_of(const VoteNetwork& network, std::size_t a, std::size_t b) {
  const std::size_t longer = std::max(network.clusters[a].size(), network.clusters[b].size());
  if (longer == 0) return 1;
  const auto differ =
      std::count_if(network.slots.begin(), network.slots.end(),
                    [&](const VoteSlot& slot) { return slot.key[a] != slot.key[b]; });
  return std::max(0.0, 1 - static_cast<double>(differ) / static_cast<double>(longer));
}

}  // namespace dsocr::data

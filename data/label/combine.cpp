#include "data/label/combine.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "data/label/plausibility.h"
#include "data/label/regions.h"

namespace dsocr::data {
namespace {

// The engines in an order of their own, so that theirs does not matter.
std::vector<EngineLabels> sorted(std::span<const EngineLabels> engines) {
  std::vector<EngineLabels> out(engines.begin(), engines.end());
  std::stable_sort(out.begin(), out.end(), [](const EngineLabels& a, const EngineLabels& b) {
    return std::tie(a.engine.name, a.engine.version) < std::tie(b.engine.name, b.engine.version);
  });
  return out;
}

bool is_lower(char32_t c) { return script_class(c) == ScriptClass::kLatin && c >= U'a'; }

// Text of lines; a hyphen at the end of a line goes when the next line goes on in small letters.
void append_line(std::u32string& text, const std::u32string& line) {
  const bool wrapped = text.size() > 1 && !line.empty() && is_lower(line.front()) &&
                       (text.back() == U'-' || text.back() == U'\u00AD') &&
                       is_lower(text[text.size() - 2]);
  if (!wrapped) return append_text(text, line);
  text.pop_back();
  text += line;
}

RegionFeatures features_of(const CombinedRegion& region, const CharacterModel* model,
                           const std::vector<int>& scripts) {
  RegionFeatures features{.category = region.category, .script = main_script_class(region.text)};
  for (const VotedLine& line : region.lines) {
    const auto length = static_cast<double>(line.text.size());
    features.length += length;
    features.agreement += length * line.agreement;
    features.confidence += length * line.confidence;
    features.num_engines += length * static_cast<double>(line.num_engines);
    if (model != nullptr) features.bits += length * model->bits_per_character(line.text);
  }
  const double length = std::max(features.length, 1.0);
  features.agreement /= length;
  features.confidence /= length;
  features.num_engines /= length;
  features.bits /= length;
  features.foreign = foreign_share(region.text, scripts);
  return features;
}

}  // namespace

CombinedPage combine(std::span<const EngineLabels> engines, const CombineOptions& options) {
  const std::vector<EngineLabels> in_order = sorted(engines);
  const auto lines = vote_lines(in_order, options.trust, options.vote);
  CombinedPage page;
  std::u32string all;
  for (const LineRegion& part : regions_of(in_order, lines)) {
    CombinedRegion region{.category = part.category, .box = part.box};
    for (const std::size_t i : part.lines) {
      append_line(region.text, lines[i].text);
      region.lines.push_back(lines[i]);
    }
    all += region.text;
    page.regions.push_back(std::move(region));
  }
  const std::vector<int> scripts = main_scripts(all);
  for (CombinedRegion& region : page.regions) {
    region.features = features_of(region, options.vote.model, scripts);
    region.score = region.features.agreement * region.features.confidence;
  }
  return page;
}

}  // namespace dsocr::data

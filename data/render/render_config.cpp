#include "data/render/render_config.h"

#include <array>

namespace dsocr::data {

using std::pair;
using std::string_view;

std::span<const pair<string_view, TextFormat>> enum_names(TextFormat) {
  static constexpr std::array<pair<string_view, TextFormat>, 2> kNames{
      {{"plain", TextFormat::kPlain}, {"markdown", TextFormat::kMarkdown}}};
  return kNames;
}

std::span<const pair<string_view, Distortion>> enum_names(Distortion) {
  static constexpr std::array<pair<string_view, Distortion>, 4> kNames{
      {{"none", Distortion::kNone},
       {"swap", Distortion::kSwap},
       {"shuffle", Distortion::kShuffle},
       {"substitute", Distortion::kSubstitute}}};
  return kNames;
}

std::span<const pair<string_view, Generator>> enum_names(Generator) {
  static constexpr std::array<pair<string_view, Generator>, 3> kNames{
      {{"none", Generator::kNone}, {"random", Generator::kRandom}, {"salad", Generator::kSalad}}};
  return kNames;
}

std::span<const pair<string_view, Alignment>> enum_names(Alignment) {
  static constexpr std::array<pair<string_view, Alignment>, 4> kNames{
      {{"start", Alignment::kStart},
       {"centre", Alignment::kCentre},
       {"end", Alignment::kEnd},
       {"justify", Alignment::kJustify}}};
  return kNames;
}

std::span<const pair<string_view, Writing>> enum_names(Writing) {
  static constexpr std::array<pair<string_view, Writing>, 2> kNames{
      {{"horizontal", Writing::kHorizontal}, {"vertical", Writing::kVertical}}};
  return kNames;
}

}  // namespace dsocr::data

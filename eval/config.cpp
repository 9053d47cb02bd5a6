#include "eval/config.h"

#include <array>

namespace dsocr::eval {

std::span<const std::pair<std::string_view, MeteorChoice>> enum_names(MeteorChoice) {
  static constexpr std::array<std::pair<std::string_view, MeteorChoice>, 4> kNames{
      {{"auto", MeteorChoice::kAuto},
       {"wordnet", MeteorChoice::kWordnet},
       {"no_wordnet", MeteorChoice::kNoWordnet},
       {"off", MeteorChoice::kOff}}};
  return kNames;
}

}  // namespace dsocr::eval

#pragma once

#include <array>
#include <span>
#include <string_view>
#include <utility>

namespace dsocr::omnidocbench {

/// Which official evaluator is reproduced (spec: OmniDocBench, section 1): v1.0, v1.5, or v1.6/1.7,
/// which give the same numbers.
enum class Version { k10, k15, k17 };

inline std::span<const std::pair<std::string_view, Version>> enum_names(Version) {
  using Entry = std::pair<std::string_view, Version>;
  static constexpr std::array kNames{Entry{"1.0", Version::k10}, Entry{"1.5", Version::k15},
                                     Entry{"1.7", Version::k17}};
  return kNames;
}

/// The rules of an evaluator, as it has them or without its known defects (README.md lists them).
struct Rules {
  Version version;
  bool corrected = false;

  // NOLINTNEXTLINE(google-explicit-constructor): an evaluator as it is, unless it is said.
  constexpr Rules(Version version_as_it_is, bool without_defects = false)
      : version(version_as_it_is), corrected(without_defects) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  constexpr operator Version() const { return version; }
};

}  // namespace dsocr::omnidocbench

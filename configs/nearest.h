#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace dsocr::configs {

/// Least number of byte insertions, deletions, replacements and swaps of neighbours that turn `a`
/// into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate closest to a mistyped name, ignoring ASCII case; the first of equals. Nothing when
/// even the closest one differs in more than a third of its letters.
std::optional<std::string> nearest(std::string_view name, std::span<const std::string> candidates);

/// The end of an error message about an unknown name: "did you mean 'steps'?" when one is near,
/// else "valid: a, b, c".
std::string suggestion(std::string_view name, std::span<const std::string> candidates);

}  // namespace dsocr::configs

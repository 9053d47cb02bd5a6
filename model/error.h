#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace dsocr::model {

/// Weights that cannot be read, written or used. what() is "<file or folder>: <reason>".
class WeightsError : public std::runtime_error {
 public:
  WeightsError(const std::filesystem::path& file, const std::string& reason,
               std::vector<std::string> names = {})
      : std::runtime_error(file.string() + ": " + reason), names_(std::move(names)) {}

  /// The tensors at fault, all of them; empty when the error is not about tensors.
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
};

/// "a, b, c" for a message: at most 10, then "and N more".
inline std::string first_few(std::span<const std::string> items) {
  constexpr std::size_t kShown = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(items.size(), kShown); ++i) {
    if (i > 0) text += ", ";
    text += items[i];
  }
  if (items.size() > kShown) text += " and " + std::to_string(items.size() - kShown) + " more";
  return text;
}

}  // namespace dsocr::model

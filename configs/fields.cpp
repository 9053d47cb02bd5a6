#include "configs/fields.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace dsocr::configs {
namespace {

// Whole bounds without ".0": they mostly limit whole numbers.
std::string bound(double value) {
  if (value == std::floor(value) && std::abs(value) < 1e15) {
    return std::to_string(static_cast<long long>(value));
  }
  return nlohmann::json(value).dump();
}

}  // namespace

std::string bounds_text(const Constraint& constraint) {
  std::string text;
  const auto add = [&text](const char* sign, double value) {
    if (std::isinf(value)) return;
    text += (text.empty() ? "" : " and ") + std::string(sign) + bound(value);
  };
  add("> ", constraint.above);
  add(">= ", constraint.min);
  add("< ", constraint.below);
  add("<= ", constraint.max);
  return text;
}

}  // namespace dsocr::configs

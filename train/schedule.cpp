#include "train/schedule.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace dsocr::train {

std::span<const std::pair<std::string_view, ScheduleKind>> enum_names(ScheduleKind) {
  static constexpr std::array<std::pair<std::string_view, ScheduleKind>, 4> kNames{
      {{"constant", ScheduleKind::kConstant},
       {"linear", ScheduleKind::kLinear},
       {"cosine", ScheduleKind::kCosine},
       {"step", ScheduleKind::kStep}}};
  return kNames;
}

double rate_share(const ScheduleConfig& schedule, std::int64_t step, std::int64_t steps) {
  if (step < schedule.warmup)
    return static_cast<double>(step + 1) / static_cast<double>(schedule.warmup);
  const std::int64_t after = step - schedule.warmup;
  const std::int64_t all = schedule.length > 0 ? schedule.length : steps;
  const std::int64_t length = std::max<std::int64_t>(1, all - 1 - schedule.warmup);
  const double done = std::min(1.0, static_cast<double>(after) / static_cast<double>(length));
  switch (schedule.kind) {
    case ScheduleKind::kConstant:
      return 1;
    case ScheduleKind::kLinear:
      return 1 - (1 - schedule.end) * done;
    case ScheduleKind::kCosine:
      return schedule.end + (1 - schedule.end) * (1 + std::cos(std::numbers::pi * done)) / 2;
    case ScheduleKind::kStep: {
      const std::int64_t falls = after / schedule.every;
      return std::pow(schedule.factor, static_cast<double>(falls));
    }
  }
  return 1;
}

}  // namespace dsocr::train

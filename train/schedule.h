#pragma once

#include <cstdint>

#include "train/config.h"

namespace dsocr::train {

/// Share of the learning rate at a step from 0: rises evenly over the warm-up (1 / warmup at step
/// 0), then falls as the kind says, to `end` at the last of `steps`, or of the schedule's own
/// length.
double rate_share(const ScheduleConfig& schedule, std::int64_t step, std::int64_t steps);

}  // namespace dsocr::train

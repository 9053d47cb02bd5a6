#pragma once

#include <filesystem>

#include "reports/document.h"
#include "train/config.h"

namespace dsocr::train {

/// The report of a run from its metrics.jsonl: loss, learning rate, norm of the gradients and
/// throughput over the steps, and how it ended.
reports::Document loss_curves(const std::filesystem::path& metrics, const TrainConfig& config);

}  // namespace dsocr::train

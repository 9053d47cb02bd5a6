#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "configs/error.h"
#include "configs/fields.h"
#include "configs/view.h"

namespace dsocr::configs {

// A config with one field of every kind.

struct RunConfig {
  VisionMode mode = VisionMode::kBase;
  std::uint64_t num_pages = 0;
  std::string name = "run";

  template <class V>
  void fields(V& v) {
    v("mode", mode, "vision mode", {.required = true});
    v("num_pages", num_pages, "pages to read, 0 for all");
    v("name", name, "title in the report", {.min_items = 1});
  }
};

struct ScheduleConfig {
  double peak = 0.5;
  std::int32_t warmup = 10;

  template <class V>
  void fields(V& v) {
    v("peak", peak, "highest rate", {.max = 1, .above = 0});
    v("warmup", warmup, "steps of linear rise", {.min = 0});
  }
};

struct SampleConfig {
  std::int64_t steps = 100;
  bool shuffle = true;
  ScheduleConfig schedule = {.peak = 0.25, .warmup = 10};
  std::optional<double> clip;
  std::vector<double> edges = {0.5, 1};
  std::vector<RunConfig> runs;

  template <class V>
  void fields(V& v) {
    v("steps", steps, "optimizer steps", {.min = 1, .max = 1000});
    v("shuffle", shuffle, "mix the pages");
    v("schedule", schedule, "learning rate");
    v("clip", clip, "gradient norm limit", {.above = 0});
    v("edges", edges, "bucket edges", {.below = 10});
    v("runs", runs, "what to run");
  }
};

/// what() of the ConfigError that `action` throws; "no error" when it throws none.
inline std::string config_error(const std::function<void()>& action) {
  try {
    action();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace dsocr::configs

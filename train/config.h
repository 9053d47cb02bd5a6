#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/pipeline/page_loader.h"

namespace dsocr::train {

enum class ScheduleKind { kConstant, kLinear, kCosine, kStep };
std::span<const std::pair<std::string_view, ScheduleKind>> enum_names(ScheduleKind);

struct ScheduleConfig {
  ScheduleKind kind = ScheduleKind::kCosine;
  std::int64_t warmup = 0;
  double end = 0.1;
  std::int64_t every = 1000;
  double factor = 0.5;

  template <class V>
  void fields(V& v) {
    v("kind", kind, "how the rate falls after the warm-up");
    v("warmup", warmup, "steps in which it rises from 0", {.min = 0});
    v("end", end, "linear and cosine: share of the rate at the last step", {.min = 0, .max = 1});
    v("every", every, "step: steps between two falls", {.min = 1});
    v("factor", factor, "step: what each fall leaves", {.max = 1, .above = 0});
  }
};

/// Parameters whose name matches, in place of the values for all.
struct GroupConfig {
  std::string pattern = {};
  double rate = 1;
  std::optional<double> weight_decay = {};

  template <class V>
  void fields(V& v) {
    v("pattern", pattern, "names of parameters, with * and ?", {.required = true});
    v("rate", rate, "times the learning rate", {.min = 0});
    v("weight_decay", weight_decay, "null: as for all", {.min = 0});
  }
};

struct OptimizerConfig {
  double rate = 1e-4;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double weight_decay = 0.01;
  double clip = 1;
  std::vector<GroupConfig> groups = {};

  template <class V>
  void fields(V& v) {
    v("rate", rate, "learning rate at its highest", {.min = 0});
    v("beta1", beta1, "decay of the mean gradient", {.min = 0, .below = 1});
    v("beta2", beta2, "decay of the mean square", {.min = 0, .below = 1});
    v("epsilon", epsilon, "added to the root", {.above = 0});
    v("weight_decay", weight_decay, "AdamW's, of weights with two axes and more", {.min = 0});
    v("clip", clip, "norm that gradients are cut to, 0: never", {.min = 0});
    v("groups", groups, "other values for some parameters; the first that matches counts");
  }
};

struct CheckpointConfig {
  std::int64_t every = 500;
  std::int64_t keep = 2;

  template <class V>
  void fields(V& v) {
    v("every", every, "steps between two checkpoints, 0: only at the end", {.min = 0});
    v("keep", keep, "checkpoints that stay, the newest", {.min = 1});
  }
};

struct ValidationConfig {
  std::string store = {};
  std::int64_t every = 500;
  std::uint64_t pages = 64;

  template <class V>
  void fields(V& v) {
    v("store", store, "pages that are never trained on, empty: none");
    v("every", every, "steps between two looks", {.min = 1});
    v("pages", pages, "the first so many of it", {.min = 1});
  }
};

struct TrainConfig {
  std::string model = {};
  std::string dtype = "float32";
  std::string device = "cpu";
  data::LoaderConfig data = {};
  std::int64_t steps = 1000;
  std::int64_t accumulation = 1;
  std::vector<std::string> freeze = {};
  OptimizerConfig optimizer = {};
  ScheduleConfig schedule = {};
  CheckpointConfig checkpoint = {};
  ValidationConfig validation = {};
  std::int64_t log_every = 10;
  std::uint64_t seed = 0;

  template <class V>
  void fields(V& v) {
    v("model", model, "checkpoint folder to start from; `dsocr model init` makes a random one",
      {.min_items = 1, .required = true});
    v("dtype", dtype, "of weights and activations: float32, or bfloat16 with float32 masters");
    v("device", device, "cpu, cuda or cuda:N");
    v("data", data, "pages to train on", {.required = true});
    v("steps", steps, "updates of the weights", {.min = 1});
    v("accumulation", accumulation, "batches of a step", {.min = 1});
    v("freeze", freeze, "names of parameters that stay as they are, with * and ?");
    v("optimizer", optimizer, "AdamW");
    v("schedule", schedule, "learning rate over the steps");
    v("checkpoint", checkpoint, "when to keep what");
    v("validation", validation, "pages to look at in between");
    v("log_every", log_every, "steps between two lines of metrics.jsonl", {.min = 1});
    v("seed", seed, "order and augmentation of the pages");
  }
};

}  // namespace dsocr::train

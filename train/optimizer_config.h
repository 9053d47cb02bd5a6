#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsocr::train {

enum class ScheduleKind { kConstant, kLinear, kCosine, kStep };
std::span<const std::pair<std::string_view, ScheduleKind>> enum_names(ScheduleKind);

struct ScheduleConfig {
  ScheduleKind kind = ScheduleKind::kCosine;
  std::int64_t warmup = 0;
  double end = 0.1;
  std::int64_t length = 0;
  std::int64_t every = 1000;
  double factor = 0.5;

  template <class V>
  void fields(V& v) {
    v("kind", kind, "how the rate falls after the warm-up");
    v("warmup", warmup, "steps in which it rises from 0", {.min = 0});
    v("end", end, "linear and cosine: share of the rate at the last step", {.min = 0, .max = 1});
    v("length", length, "linear and cosine: the last of so many steps; 0: of the run", {.min = 0});
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

}  // namespace dsocr::train

#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "model/deepseek_ocr.h"
#include "model/weights/safetensors.h"
#include "train/config.h"

namespace dsocr::train {

/// AdamW (Loshchilov and Hutter, arXiv 1711.05101) by libtorch's fused kernel, over the parameters
/// that need a gradient. Moments are float32; of parameters in bfloat16 a float32 master is updated
/// and rounded. Weight decay spares norms, biases and other vectors.
class AdamW {
 public:
  /// Throws configs::ConfigError for a group that matches no parameter.
  AdamW(const model::DeepseekOcrImpl& model, const OptimizerConfig& config);

  /// Gradients become zeros, and there is one for every parameter.
  void zero_gradients();

  /// Cuts the gradients to the norm of the config and returns the norm that they had; a norm that
  /// is not finite leaves them as they are.
  double clip_gradients();

  /// One update; `rate_share` scales the learning rate of all groups.
  void step(double rate_share);

  /// Moments, masters and the number of updates, by name; and back. Throws std::runtime_error for
  /// those of other parameters.
  std::vector<model::NamedTensor> state() const;
  void set_state(const model::SafetensorsFile& file);

  std::int64_t num_parameters() const;

 private:
  struct Parameter {
    std::string name;
    torch::Tensor weight, master, mean, square;  // master: the weight itself in float32
  };
  struct Group {
    double rate, weight_decay;
    std::vector<Parameter> parameters = {};
  };

  template <class Visit>
  void for_each(Visit visit) const;

  OptimizerConfig config_;
  std::vector<Group> groups_;
  torch::Tensor num_steps_;  // float32 scalar, as the kernel wants it
};

}  // namespace dsocr::train

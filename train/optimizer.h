#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/deepseek_ocr.h"
#include "model/weights/safetensors.h"
#include "train/optimizer_config.h"
#include "train/parallel/shards.h"

namespace dsocr::train {

/// L2 norms of the gradients, of all and of those of each part (model::part_of).
struct GradientNorms {
  double total = 0;
  std::map<std::string, double> parts = {};
};

/// AdamW (Loshchilov and Hutter, arXiv 1711.05101) by libtorch's fused kernel, over the parameters
/// that need a gradient. Moments are float32; of parameters in bfloat16 a float32 master is updated
/// and rounded. Weight decay spares norms, biases and other vectors.
///
/// In a group every rank has the same gradients and makes the same update; with `sharded` each
/// makes it for its own range of all elements and has the state of these alone.
class AdamW {
 public:
  /// Throws configs::ConfigError for a group that matches no parameter. The group must outlive it.
  AdamW(const model::DeepseekOcrImpl& model, const OptimizerConfig& config, Group& group,
        bool sharded);

  /// Gradients become zeros, and there is one for every parameter.
  void zero_gradients();

  /// Cuts the gradients to the norm of the config and returns the norms that they had; one that is
  /// not finite leaves them as they are.
  GradientNorms clip_gradients();

  /// One update; `rate_share` scales the learning rate of all groups.
  void step(double rate_share);

  /// Moments, masters and the number of updates, by name, the same for any number of ranks; and
  /// back. All ranks call state(), only rank 0 gets the tensors. Throws std::runtime_error for
  /// those of other parameters, and GroupError.
  std::vector<model::NamedTensor> state() const;
  void set_state(const model::SafetensorsFile& file);

  std::int64_t num_parameters() const { return shards_.num_elements(); }
  std::vector<torch::Tensor> parameters() const;

 private:
  struct Parameter {
    std::string name;
    torch::Tensor weight;
  };
  // What of one parameter this rank updates, flat: views of the tensors below and of the weight.
  struct Piece {
    Shards::Piece of;
    torch::Tensor weight, master, mean, square;
  };
  struct Setting {
    double rate, weight_decay;
    std::vector<std::size_t> pieces = {};
  };

  void add_piece(const Shards::Piece& piece, std::int64_t at);
  int owner() const { return sharded_ ? group_.rank() : 0; }

  OptimizerConfig config_;
  Group& group_;
  bool sharded_;
  std::vector<Parameter> parameters_ = {};
  Shards shards_;
  std::vector<Piece> pieces_ = {};
  std::vector<Setting> settings_ = {};
  // Of this rank's range, float32, flat; masters only where a weight is not float32 itself.
  torch::Tensor mean_, square_, master_;
  torch::Tensor num_steps_;  // float32 scalar, as the kernel wants it
};

}  // namespace dsocr::train

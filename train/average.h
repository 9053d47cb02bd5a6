#pragma once

#include <vector>

#include "model/deepseek_ocr.h"
#include "model/weights/safetensors.h"

namespace dsocr::train {

/// Exponential average of the trained weights over the steps (Polyak and Juditsky 1992), float32.
class WeightAverage {
 public:
  /// Starts at the weights as they are.
  WeightAverage(const model::DeepseekOcrImpl& model, double decay);

  /// average = d average + (1 - d) weight, where d is the decay, smaller in the first steps: at
  /// most (1 + steps) / (10 + steps), so that the first weights are soon forgotten.
  void update(std::int64_t steps);

  /// The network has the average in place of its weights while this lives, rounded to its dtype.
  class InPlace {
   public:
    explicit InPlace(WeightAverage* average);  // null: nothing happens
    ~InPlace();
    InPlace(const InPlace&) = delete;
    InPlace& operator=(const InPlace&) = delete;

   private:
    WeightAverage* average_;
    std::vector<torch::Tensor> weights_;
  };

  /// By name; and back. Throws std::runtime_error for the average of other weights.
  std::vector<model::NamedTensor> state() const;
  void set_state(const model::SafetensorsFile& file);

 private:
  struct Item {
    std::string name;
    torch::Tensor weight, average;
  };
  double decay_;
  std::vector<Item> items_;
};

}  // namespace dsocr::train

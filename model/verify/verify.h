#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dsocr::model {

/// One number or tensor of a golden folder against ours.
struct Check {
  std::string case_name;   // file or object it comes from: single, train_all
  std::string name;        // logits, grad.lm_head.weight
  double max_abs = 0;      // largest absolute difference
  double max_rel = 0;      // max_abs / largest absolute value of the reference
  std::string limit = {};  // "1e-04 + 1e-04 |x|", "equal"
  bool ok = false;
  std::string note = {};  // why a check could not be made
};

/// Holds the network against a folder laid out as tests/golden/model (its README says what each
/// tensor is): a checkpoint, and beside it cases CASE.safetensors with `input_ids`, optional pixels
/// and any of the tensors that a pass goes through, greedy token lists, and expected.json with
/// scalars and training steps. Everything in the folder is checked; a tensor that nothing here
/// computes is a failed check. float32 on any device. Throws WeightsError when the folder has no
/// checkpoint or no case.
std::vector<Check> verify_model(const std::filesystem::path& folder,
                                c10::Device device = c10::kCPU);

}  // namespace dsocr::model

#pragma once

#include <torch/torch.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/deepseek_ocr.h"
#include "model/verify/verify.h"
#include "model/weights/safetensors.h"

namespace dsocr::model {

/// |ours - theirs| <= absolute + relative * |theirs|.
struct Limit {
  double absolute;
  double relative;
};
inline constexpr Limit kActivationLimit{1e-4, 1e-4};
inline constexpr Limit kGradientLimit{1e-5, 1e-5};
inline constexpr Limit kLossLimit{1e-6, 1e-6};

/// Makes the checks of one case.
class Checks {
 public:
  Checks(std::string case_name, std::vector<Check>& out)
      : case_name_(std::move(case_name)), out_(out) {}

  /// Whole numbers must be equal, floats within the limit; shapes must agree.
  void tensor(const std::string& name, const torch::Tensor& ours, const torch::Tensor& theirs,
              Limit limit);
  void number(const std::string& name, double ours, double theirs, Limit limit);
  /// Lists of ids, or whole numbers.
  void equal(const std::string& name, const nlohmann::json& ours, const nlohmann::json& theirs);
  void failed(const std::string& name, const std::string& note);

 private:
  std::string case_name_;
  std::vector<Check>& out_;
};

/// The page of a case file: pixel_global_u8 or pixel_global, pixel_tiles_u8, images_spatial_crop.
std::vector<PageInput> case_pages(const SafetensorsFile& file);

/// One case file in inference.
void verify_case(DeepseekOcrImpl& model, const SafetensorsFile& file,
                 const nlohmann::json& expected, Checks checks);

/// The training steps of expected.json, with the tensors of train.safetensors where it is there.
void verify_training(DeepseekOcrImpl& model, const std::filesystem::path& folder,
                     const nlohmann::json& expected, std::vector<Check>& out);

}  // namespace dsocr::model

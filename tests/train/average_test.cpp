#include "train/average.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"
#include "tests/support/tiny_model.h"

namespace dsocr::train {
namespace {

const char* const kName = "lm_head.weight";

void set_all(model::DeepseekOcrImpl& network, double value) {
  const torch::NoGradGuard no_grad;
  for (torch::Tensor& weight : network.parameters()) weight.fill_(value);
}

double weight_of(const model::DeepseekOcr& network) {
  return test::parameter(network, kName)[0][0].item<double>();
}

TEST(WeightAverage, FollowsTheWeightsAndStandsInForThem) {
  model::DeepseekOcr network = test::tiny_model();
  const std::vector<std::string> frozen{"model.*"};
  model::freeze(*network, frozen);
  set_all(*network, 0);
  WeightAverage average(*network, 0.5);
  set_all(*network, 1);
  average.update(1);  // decay 2 / 11
  const double first = 9.0 / 11;
  average.update(1000);
  const double second = 0.5 * first + 0.5;
  {
    const WeightAverage::InPlace in_place(&average);
    EXPECT_NEAR(weight_of(network), second, 1e-6);
    EXPECT_EQ(test::parameter(network, "model.norm.weight")[0].item<double>(), 1);
  }
  EXPECT_EQ(weight_of(network), 1);
  ASSERT_EQ(average.state().size(), 1u);
  EXPECT_EQ(average.state()[0].name, kName);
}

TEST(WeightAverage, OfBfloat16IsFloat32AndComesBack) {
  const test::TempDir dir;
  model::DeepseekOcr network = test::tiny_model();
  for (torch::Tensor& weight : network->parameters()) weight.set_data(weight.to(torch::kBFloat16));
  model::freeze(*network, {});
  set_all(*network, 1);
  WeightAverage average(*network, 0.999);
  set_all(*network, 1.0078125);
  for (int i = 0; i < 10; ++i) average.update(100000);
  const torch::Tensor value = average.state()[0].tensor;
  EXPECT_EQ(value.scalar_type(), torch::kFloat32);
  EXPECT_NEAR(value.flatten()[0].item<double>(), 1.0078125 - 0.0078125 * std::pow(0.999, 10), 1e-6);
  model::write_safetensors(dir.path() / "average.safetensors", average.state());
  WeightAverage again(*network, 0.999);
  again.set_state(model::SafetensorsFile(dir.path() / "average.safetensors"));
  EXPECT_TRUE(torch::equal(again.state()[0].tensor, value));
  const WeightAverage::InPlace nothing(nullptr);
  EXPECT_EQ(weight_of(network), 1.0078125);
}

}  // namespace
}  // namespace dsocr::train

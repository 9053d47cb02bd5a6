#include <gtest/gtest.h>

#include "configs/error.h"
#include "model/generate/decoding.h"
#include "model/verify/verify.h"
#include "model/weights/load.h"
#include "tests/support/read_json.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"
#include "tests/support/tiny_model.h"

namespace dsocr::model {
namespace {

// The network on a GPU against golden data and against itself on the CPU.
class Cuda : public testing::Test {
 protected:
  void SetUp() override {
    // Not by loading libtorch's CUDA part: that takes seconds.
    if (!std::filesystem::exists("/dev/nvidia0")) GTEST_SKIP() << "this machine has no GPU";
    device_ = find_device("cuda");
  }
  torch::Device device_ = torch::kCPU;
};

TEST_F(Cuda, TheGoldenFolderPasses) {
  const std::vector<Check> checks = verify_model(test::golden_dir() / "model", device_);
  for (const Check& check : checks)
    EXPECT_TRUE(check.ok) << check.case_name << " " << check.name << ": " << check.max_abs << " "
                          << check.note;
  EXPECT_GT(checks.size(), 800u);
}

TEST_F(Cuda, GeneratesWhatTheCpuDoes) {
  ModelConfig sliding = test::tiny_config();
  sliding.decoder.sliding_window = 6;
  sliding.decoder.attention = {AttentionType::kSlidingWindow, AttentionType::kFull,
                               AttentionType::kSlidingWindow};
  const std::vector<Prompt> prompts{
      {.key = 0, .ids = test::tiny_prompt(0, 3, 1)},
      {.key = 1, .ids = test::tiny_prompt(1, 20, 2), .pages = {test::tiny_page(1)}},
      {.key = 2, .ids = test::tiny_prompt(0, 70, 3)}};
  for (const ModelConfig& config : {test::tiny_config(), sliding}) {
    DeepseekOcr network = test::tiny_model(config);
    DeepseekOcr on_gpu = test::tiny_model(config);
    on_gpu->to(device_);
    const DecodingConfig decoding{.max_new_tokens = 24, .stop_on_eos = false, .batch = 3};
    size_t next = 0, answered = 0;
    generate(*on_gpu, decoding,
             {.next = [&]() -> std::optional<Prompt> {
                if (next == prompts.size()) return std::nullopt;
                return prompts[next++];
              },
              .done =
                  [&](std::uint64_t key, const Answer& answer) {
                    ++answered;
                    EXPECT_EQ(answer.ids, generate(*network, decoding, prompts[key]).ids) << key;
                  }});
    EXPECT_EQ(answered, prompts.size());
  }
}

TEST_F(Cuda, Bfloat16IsCloseToFloat32) {
  const torch::NoGradGuard no_grad;
  const test::TempDir dir;
  DeepseekOcr network = test::tiny_model();
  save_model(*network, dir.path() / "model");
  DeepseekOcr on_gpu =
      load_model(dir.path() / "model", {.device = device_, .dtype = torch::kBFloat16});
  const SequenceBatch batch{.ids_BT = test::id_tensor(test::tiny_prompt(1, 12, 4)).unsqueeze(0),
                            .pages = {{test::tiny_page(5)}}};
  const torch::Tensor expected = network->forward(batch).logits_BTV;
  const torch::Tensor ours = on_gpu->forward(batch).logits_BTV.to(torch::kCPU);
  EXPECT_LT(test::distance(ours, expected), 0.1 * expected.abs().max().item<double>());

  // All experts at once, as they are loaded, and one by one.
  DeepseekOcr one_by_one = test::tiny_model();
  one_by_one->to(device_, torch::kBFloat16);
  const torch::Tensor others = one_by_one->forward(batch).logits_BTV.to(torch::kCPU);
  EXPECT_LT(test::distance(ours, others), 0.02 * expected.abs().max().item<double>());
}

TEST_F(Cuda, SavesWhatItLoads) {
  const test::TempDir dir;
  save_model(*test::tiny_model(), dir.path() / "a");
  save_model(*load_model(dir.path() / "a", {.device = device_}), dir.path() / "b");
  const DeepseekOcr first = load_model(dir.path() / "a"), second = load_model(dir.path() / "b");
  const auto others = second->named_parameters();
  for (const auto& item : first->named_parameters())
    EXPECT_TRUE(item.value().equal(others[item.key()])) << item.key();
}

TEST_F(Cuda, AGpuThatIsNotThereIsRefused) {
  EXPECT_NE(test::thrown_message([] { find_device("cuda:99"); }).find("is not there"),
            std::string::npos);
}

}  // namespace
}  // namespace dsocr::model

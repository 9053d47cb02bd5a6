#include "model/lora.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "configs/build_info.h"
#include "configs/error.h"
#include "configs/process.h"
#include "model/generate/decoding.h"
#include "tests/support/read_json.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"
#include "tests/support/tiny_model.h"

namespace dsocr::model {
namespace {

using nlohmann::json;

const LoraConfig kAll{.rank = 3, .alpha = 6, .targets = {"*"}};

// Adapters that change something.
void fill(DeepseekOcrImpl& network) {
  const torch::NoGradGuard no_grad;
  std::uint64_t seed = 0;
  for (auto& item : network.named_parameters())
    if (is_adapter(item.key()))
      item.value().copy_(test::random_tensor(item.value().sizes(), ++seed).sub(0.5));
}

torch::Tensor logits(DeepseekOcrImpl& network) {
  const torch::NoGradGuard no_grad;
  SequenceBatch batch{.ids_BT = test::id_tensor(test::tiny_prompt(1, 9, 5)).unsqueeze(0),
                      .pages = {{test::tiny_page(2)}}};
  return network.forward(batch).logits_BTV;
}

std::vector<std::int32_t> reading(DeepseekOcrImpl& network) {
  return generate(network, {.max_new_tokens = 12, .stop_on_eos = false},
                  {.ids = test::tiny_prompt(1, 4, 7), .pages = {test::tiny_page(3)}})
      .ids;
}

void write_json(const std::filesystem::path& file, const json& content) {
  std::ofstream(file) << content.dump();
}

// A network in base/ and an adapter of it.
std::filesystem::path save_adapter(const std::filesystem::path& parent) {
  auto folder = parent / "adapter";
  std::filesystem::create_directories(folder);
  save_model(*test::tiny_model(), parent / "base");
  DeepseekOcr network = load_model(parent / "base");
  add_lora(*network, {.rank = 2, .targets = {"q_proj"}}, 1);
  save_lora(*network, parent / "base", folder);
  return folder;
}

TEST(Lora, ANewAdapterChangesNothingAndIsTrainedAlone) {
  DeepseekOcr network = test::tiny_model();
  const torch::Tensor before = logits(*network);
  add_lora(*network, kAll, 1);
  EXPECT_LT(test::distance(logits(*network), before), 1e-5);
  std::size_t trained = 0;
  for (const auto& item : network->named_parameters()) {
    EXPECT_EQ(item.value().requires_grad(), is_adapter(item.key())) << item.key();
    trained += item.value().requires_grad();
  }
  // Linear layers: SAM 2 x 4, CLIP 2 x 4, projector, head; decoder 3 x 4 attention, 3 dense, and in
  // two layers 6 experts and the shared ones, 3 each.
  EXPECT_EQ(trained, 2 * (8 + 8 + 1 + 1 + 12 + 3 + 2 * 7 * 3));
  const torch::Tensor a = test::parameter(network, "lm_head.lora_A.weight");
  EXPECT_LE(a.abs().max().item<double>(), 1 / std::sqrt(32.0));
  EXPECT_GT(a.std().item<double>(), 0.08);
}

TEST(Lora, TargetsAreTheNamesOfLayers) {
  const auto adapted = [](const std::vector<std::string>& targets) {
    DeepseekOcr network = test::tiny_model();
    add_lora(*network, {.rank = 2, .targets = targets}, 1);
    std::vector<std::string> names;
    for (const auto& item : network->named_parameters())
      if (item.key().ends_with(".lora_A.weight"))
        names.push_back(item.key().substr(0, item.key().size() - 14));
    return names;
  };
  EXPECT_EQ(adapted({"lm_head", "model.layers.1.self_attn.q_proj"}),
            (std::vector<std::string>{"model.layers.1.self_attn.q_proj", "lm_head"}));
  EXPECT_EQ(adapted({"model.layers.*.experts.5.up_proj"}),
            (std::vector<std::string>{"model.layers.1.mlp.experts.5.up_proj",
                                      "model.layers.2.mlp.experts.5.up_proj"}));
  for (const std::string& name : adapted(LoraConfig().targets))
    EXPECT_TRUE(name.starts_with("model.layers.")) << name;
  EXPECT_EQ(test::thrown_message([&] {
              adapted({"q_proj", "proj_q"});
            }),
            "config: lora.targets: no linear layer is called like 'proj_q'");
}

TEST(Lora, MergedWeightsComputeTheSame) {
  DeepseekOcr network = test::tiny_model();
  const torch::Tensor before = logits(*network);
  add_lora(*network, kAll, 1);
  fill(*network);
  const torch::Tensor adapted = logits(*network);
  EXPECT_GT(test::distance(adapted, before), 0.1);
  const auto ids = reading(*network);
  merge_lora(*network);
  EXPECT_FALSE(network->lora);
  for (const auto& item : network->named_parameters()) EXPECT_FALSE(is_adapter(item.key()));
  EXPECT_LT(test::distance(logits(*network), adapted), 1e-5 * adapted.abs().max().item<double>());
  EXPECT_EQ(reading(*network), ids);
}

TEST(Lora, IsReadBackFromPeftsFormat) {
  const test::TempDir dir;
  save_model(*test::tiny_model(), dir.path() / "base");
  DeepseekOcr network = load_model(dir.path() / "base");
  add_lora(*network, {.rank = 3, .alpha = 6, .dropout = 0.1, .targets = {"q_proj", "*experts*"}},
           1);
  fill(*network);
  std::filesystem::create_directories(dir.path() / "adapter");
  save_lora(*network, dir.path() / "base", dir.path() / "adapter");
  const json config = test::read_json(dir.path() / "adapter" / "adapter_config.json");
  EXPECT_EQ(config["peft_type"], "LORA");
  EXPECT_EQ(config["r"], 3);
  EXPECT_TRUE(config["lora_alpha"].is_number_integer());
  EXPECT_EQ(config["target_modules"][0], "q_proj");
  const SafetensorsFile file(dir.path() / "adapter" / "adapter_model.safetensors");
  EXPECT_TRUE(file.contains("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"));
  EXPECT_EQ(file.metadata().at("format"), "pt");

  DeepseekOcr again = load_model(dir.path() / "adapter");
  EXPECT_TRUE(torch::equal(logits(*again), logits(*network)));
  EXPECT_EQ(reading(*again), reading(*network));
  // Saved again it is the same, whether targets were names or patterns.
  std::filesystem::create_directories(dir.path() / "second");
  save_lora(*again, dir.path() / "base", dir.path() / "second");
  EXPECT_EQ(test::read_json(dir.path() / "second" / "adapter_config.json"), config);
  const auto files = model_files(dir.path() / "adapter");
  EXPECT_EQ(files.size(), 4u);
  EXPECT_EQ(files[0], dir.path() / "base" / "config.json");
}

TEST(Lora, RefusesWhatWouldComputeSomethingElse) {
  const test::TempDir dir;
  const auto folder = save_adapter(dir.path());
  const json good = test::read_json(folder / "adapter_config.json");
  const auto message = [&] { return test::thrown_message([&] { load_model(folder); }); };
  const std::string file = (folder / "adapter_config.json").string() + ": ";
  for (const auto& [key, value, reason] :
       {std::tuple{"use_dora", json(true), "use_dora is not supported"},
        {"use_rslora", json(true), "use_rslora is not supported"},
        {"bias", json("all"), "bias is not supported"},
        {"modules_to_save", json({"lm_head"}), "modules_to_save is not supported"},
        {"rank_pattern", json({{"q_proj", 4}}), "rank_pattern is not supported"},
        {"peft_type", json("IA3"), "is no LoRA adapter"},
        {"r", json("two"), "is damaged: "},
        {"base_model_name_or_path", json("deepseek-ai/DeepSeek-OCR"),
         "is an adapter of 'deepseek-ai/DeepSeek-OCR', which is no folder with a model here"}}) {
    json bad = good;
    bad[key] = value;
    write_json(folder / "adapter_config.json", bad);
    EXPECT_TRUE(message().starts_with(file + reason)) << message();
  }
  write_json(folder / "adapter_config.json", good);
  const auto weights = folder / "adapter_model.safetensors";
  const std::string name = "base_model.model.model.layers.9.self_attn.q_proj.lora_A.weight";
  write_safetensors(weights, std::vector<NamedTensor>{{name, torch::zeros({2, 32})}});
  EXPECT_EQ(message(),
            weights.string() + ": " + name + " belongs to no linear layer of the network");
  write_safetensors(weights, {});
  EXPECT_EQ(message(), weights.string() + ": has no adapters");
}

// A relative base is found beside the adapter too, so that both can be moved.
TEST(Lora, FindsItsBaseBesideIt) {
  const test::TempDir dir;
  const auto folder = save_adapter(dir.path());
  json config = test::read_json(folder / "adapter_config.json");
  config["base_model_name_or_path"] = "../base";
  write_json(folder / "adapter_config.json", config);
  EXPECT_EQ(load_model(folder)->lora->rank, 2);
}

TEST(Lora, DropoutDependsOnThePassAlone) {
  DeepseekOcr network = test::tiny_model();
  add_lora(*network, {.rank = 3, .alpha = 6, .dropout = 0.5, .targets = {"*_proj"}}, 1);
  fill(*network);
  const torch::Tensor sure = logits(*network);
  EXPECT_TRUE(torch::equal(logits(*network), sure));
  network->train();
  const auto in_pass = [&](std::uint64_t pass) {
    set_dropout_pass(*network, pass);
    return logits(*network);
  };
  const torch::Tensor first = in_pass(1);
  EXPECT_FALSE(torch::equal(in_pass(2), first));
  EXPECT_TRUE(torch::equal(in_pass(1), first));
}

TEST(Lora, PeftReadsAndMergesWhatIsSaved) {
  const auto python = configs::deps_dir() / "venv" / "bin" / "python";
  if (!std::filesystem::exists(python)) GTEST_SKIP() << "no " << python;
  const test::TempDir dir;
  save_model(*test::tiny_model(), dir.path() / "base");
  DeepseekOcr network = load_model(dir.path() / "base");
  add_lora(*network, {.rank = 3, .alpha = 6, .targets = {"q_proj", "gate_proj", "*.sam_model.*"}},
           1);
  fill(*network);
  std::filesystem::create_directories(dir.path() / "adapter");
  save_lora(*network, dir.path() / "base", dir.path() / "adapter");
  const auto script = configs::build_info().source_dir / "tests/model/merge_with_peft.py";
  const configs::ProcessResult result =
      configs::run_process({python.string(), script.string(), (dir.path() / "adapter").string(),
                            (dir.path() / "merged.safetensors").string()});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  // 3 layers' q_proj, SAM's 2 x 4, gate_proj of one dense layer and of 2 x 7 experts.
  EXPECT_EQ(result.out, "adapted layers: 26\n");
  merge_lora(*network);
  const SafetensorsFile merged(dir.path() / "merged.safetensors");
  std::size_t compared = 0;
  for (const auto& item : network->named_parameters()) {
    if (!merged.contains(item.key())) continue;
    EXPECT_LT(test::distance(merged.tensor(item.key()), item.value()), 1e-6) << item.key();
    ++compared;
  }
  EXPECT_EQ(compared, merged.names().size());
  EXPECT_GT(compared, 60u);
}

}  // namespace
}  // namespace dsocr::model

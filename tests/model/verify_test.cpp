#include "model/verify/verify.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <functional>

#include "model/error.h"
#include "model/weights/safetensors.h"
#include "tests/support/read_json.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::model {
namespace {

using nlohmann::json;
using Strings = std::vector<std::string>;

TEST(VerifyModel, TheGoldenFolderPasses) {
  const std::vector<Check> checks = verify_model(test::golden_dir() / "model");
  for (const Check& check : checks)
    EXPECT_TRUE(check.ok) << check.case_name << " " << check.name << ": " << check.max_abs << " "
                          << check.note;
  EXPECT_GT(checks.size(), 800u);
}

// A part of the golden folder that a test spoils.
class VerifyModelCanFail : public testing::Test {
 protected:
  // The checkpoint, these case files, and these objects of expected.json.
  void copy(const Strings& cases, const Strings& objects) {
    const auto golden = test::golden_dir() / "model";
    Strings files{"config.json", "model.safetensors.index.json"};
    files.insert(files.end(), shards_.begin(), shards_.end());
    for (const std::string& name : cases) files.push_back(name + ".safetensors");
    for (const std::string& file : files)
      std::filesystem::copy_file(golden / file, dir_.path() / file);
    const json all = test::read_json(golden / "expected.json");
    for (const std::string& name : objects) expected_[name] = all.at(name);
  }
  // Rewrites a safetensors file; `change` sees every tensor and may add some.
  void rewrite(const std::string& file,
               const std::function<void(std::vector<NamedTensor>&)>& change) {
    std::vector<NamedTensor> tensors;
    {
      const SafetensorsFile old(dir_.path() / file);
      for (const std::string& name : old.names())
        tensors.push_back({name, old.tensor(name).clone()});
    }
    change(tensors);
    write_safetensors(dir_.path() / file, tensors);
  }
  void change(const std::string& file, const std::string& name,
              const std::function<void(at::Tensor&)>& change) {
    size_t found = 0;
    rewrite(file, [&](std::vector<NamedTensor>& tensors) {
      for (NamedTensor& item : tensors)
        if (item.name == name) change(item.tensor), ++found;
    });
    EXPECT_EQ(found, 1u) << name;
  }
  // "case name" of every check that is not ok, with its note.
  Strings failures() {
    dir_.write("expected.json", expected_.dump());
    Strings failed;
    for (const Check& check : verify_model(dir_.path()))
      if (!check.ok)
        failed.push_back(check.case_name + " " + check.name +
                         (check.note.empty() ? "" : ": " + check.note));
    return failed;
  }
  bool fails(const Strings& failed, const std::string& check) {
    return std::find(failed.begin(), failed.end(), check) != failed.end();
  }

  const test::TempDir dir_;
  const Strings shards_{"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"};
  json expected_ = json::object();
};

TEST_F(VerifyModelCanFail, OnAnotherWeight) {
  copy({"text"}, {"text"});
  EXPECT_EQ(failures(), Strings{});
  size_t found = 0;
  for (const std::string& shard : shards_)
    rewrite(shard, [&](std::vector<NamedTensor>& tensors) {
      for (NamedTensor& item : tensors)
        if (item.name == "model.layers.1.self_attn.v_proj.weight")
          item.tensor[3][5] += 0.1, ++found;
    });
  ASSERT_EQ(found, 1u);
  const Strings failed = failures();
  EXPECT_TRUE(fails(failed, "text decoder.layer1.attn"));
  EXPECT_TRUE(fails(failed, "text logits"));
  EXPECT_TRUE(fails(failed, "text greedy_logits"));
  for (const std::string& check : failed)
    EXPECT_FALSE(check.starts_with("text decoder.layer0")) << check << " comes before it";
}

TEST_F(VerifyModelCanFail, OnAnotherGoldenTensor) {
  copy({"text"}, {"text"});
  const std::string file = "text.safetensors";
  change(file, "decoder.layer1.mlp", [](at::Tensor& tensor) { tensor[0][3][7] += 1e-3; });
  change(file, "decoder.layer0.out", [](at::Tensor& tensor) { tensor[0][0][0] = NAN; });
  change(file, "decoder.layer2.topk_idx", [](at::Tensor& tensor) { tensor[0][0] += 1; });
  change(file, "decoder.final_norm",
         [](at::Tensor& tensor) { tensor = tensor.slice(1, 0, 4).clone(); });
  change(file, "greedy_tokens_64", [](at::Tensor& tensor) { tensor[63] += 1; });
  rewrite(file, [](std::vector<NamedTensor>& tensors) {
    for (const char* name : {"decoder.layer9.out", "greedy_sum"})
      tensors.push_back({name, at::ones({2})});
  });
  Strings failed = failures();
  std::sort(failed.begin(), failed.end());
  EXPECT_EQ(failed,
            (Strings{"text decoder.final_norm: shape [1, 10, 64], not [1, 4, 64]",
                     "text decoder.layer0.out", "text decoder.layer1.mlp",
                     "text decoder.layer2.topk_idx", "text decoder.layer9.out: unknown tensor",
                     "text greedy_sum: unknown tensor", "text greedy_tokens_64"}));
}

TEST_F(VerifyModelCanFail, OnOtherPixels) {
  copy({"single"}, {"single"});
  change("single.safetensors", "pixel_global_u8",
         [](at::Tensor& tensor) { tensor[0][0].fill_(255); });
  const Strings failed = failures();
  for (const char* check : {"pixel_global", "global.sam.patch_embed", "image_tokens", "logits"})
    EXPECT_TRUE(fails(failed, std::string("single ") + check)) << check;
}

TEST_F(VerifyModelCanFail, OnOtherExpectations) {
  copy({"text"}, {"text"});
  json& text = expected_["text"];
  text["greedy"][3] = text["greedy"][3].get<int>() + 1;
  text["norepeat2"].push_back(4);
  text["window"]["tokens"][63] = -1;
  text["n_image_tokens"] = 1;
  text["seq_len"] = 11;
  Strings failed = failures();
  std::sort(failed.begin(), failed.end());
  EXPECT_EQ(failed,
            (Strings{"text greedy: differs at 3 of 20", "text n_image_tokens: differs",
                     "text norepeat2: differs at " + std::to_string(text["norepeat2"].size() - 1) +
                         " of " + std::to_string(text["norepeat2"].size()),
                     "text seq_len: differs", "text window.tokens: differs at 63 of 64"}));
}

TEST_F(VerifyModelCanFail, OnAMissingExpectation) {
  copy({"text"}, {"text"});
  expected_["text"].erase("window");
  EXPECT_EQ(failures(),
            Strings{"text greedy_tokens_window_ngram2_w6: expected.json has no window"});
}

TEST_F(VerifyModelCanFail, OnOtherLossesAndGradients) {
  copy({"tiled", "train"}, {"tiled", "train_all"});
  json& step = expected_["train_all"];
  step["ce_loss"] = step["ce_loss"].get<double>() + 1e-4;
  step["aux_losses"][1] = 0.1;
  step["aux_losses"].push_back(0.1);
  json& norms = step["grad_norm"];
  norms["lm_head.weight"] = norms["lm_head.weight"].get<double>() * 1.001;
  norms["model.norm.weight"] = nullptr;
  norms["model.vision_model.embeddings.patch_embedding.weight"] = 0.0;
  norms["model.layers.7.mlp"] = 1.0;
  change("train.safetensors", "grad.model.norm.weight",
         [](at::Tensor& tensor) { tensor[0] += 1e-3; });
  rewrite("train.safetensors", [](std::vector<NamedTensor>& tensors) {
    for (const char* name : {"grad.model.nothing", "hidden"})
      tensors.push_back({name, at::ones({2})});
  });
  Strings failed = failures();
  // The tensors of a step that is not there are not computed.
  std::erase_if(failed, [](const std::string& check) {
    return check.starts_with("train batch2.logits_valid") && check.ends_with(": unknown tensor");
  });
  std::sort(failed.begin(), failed.end());
  const std::string of = "train_all grad_norm.";
  EXPECT_EQ(failed, (Strings{"train hidden: unknown tensor", "train_all aux_losses.1",
                             "train_all ce_loss", "train_all grad.model.norm.weight",
                             "train_all grad.model.nothing: no such parameter",
                             of + "lm_head.weight", of + "model.layers.7.mlp: no such parameter",
                             of + "model.norm.weight: differs",
                             of + "model.vision_model.embeddings.patch_embedding.weight: differs",
                             "train_all num_aux_losses: differs"}));
}

TEST_F(VerifyModelCanFail, WhenATrainingStepIsNotThere) {
  copy({"text", "train"}, {"text"});
  const Strings failed = failures();
  EXPECT_TRUE(fails(failed, "train logits: unknown tensor"));
  EXPECT_TRUE(fails(failed, "train grad.lm_head.weight: unknown tensor"));
}

TEST_F(VerifyModelCanFail, WithoutACase) {
  copy({}, {});
  EXPECT_EQ(test::thrown_message([&] { verify_model(dir_.path()); }),
            dir_.path().string() + ": has no case: no *.safetensors with input_ids");
  dir_.write("expected.json", "[]");
  EXPECT_EQ(test::thrown_message([&] { verify_model(dir_.path()); }),
            (dir_.path() / "expected.json").string() + ": is not a JSON object");
}

TEST_F(VerifyModelCanFail, WithoutACheckpoint) {
  copy({"text"}, {"text"});
  std::filesystem::remove(dir_.path() / shards_[1]);
  EXPECT_THROW(verify_model(dir_.path()), WeightsError);
  const test::TempDir empty;
  EXPECT_THROW(verify_model(empty.path()), WeightsError);
}

}  // namespace
}  // namespace dsocr::model

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "configs/error.h"
#include "model/deepseek_ocr.h"
#include "model/init.h"
#include "tests/support/thrown.h"
#include "tests/support/tiny_model.h"

namespace dsocr::model {
namespace {

using Strings = std::vector<std::string>;

SequenceBatch one(const std::vector<std::int32_t>& ids, std::vector<PageInput> pages = {}) {
  return {.ids_BT = test::id_tensor(ids).unsqueeze(0), .pages = {std::move(pages)}};
}

Strings trained(DeepseekOcr network) {
  Strings names;
  for (const auto& item : network->named_parameters())
    if (item.value().requires_grad()) names.push_back(item.key());
  return names;
}

PageInput tiled_page(std::uint64_t seed) {
  PageInput page = test::tiny_page(seed);
  page.tiles = test::random_tensor({2, 3, 64, 64}, seed + 1).mul(256).to(torch::kUInt8);
  page.columns = 2;
  return page;
}

TEST(Freeze, TrainsWhatNoPatternNames) {
  DeepseekOcr network = test::tiny_model();
  const size_t all = network->named_parameters().size();
  freeze(*network, {});
  // All but the patch embedding of CLIP, which no pass uses.
  EXPECT_EQ(trained(network).size(), all - 1);
  EXPECT_FALSE(test::parameter(network, "model.vision_model.embeddings.patch_embedding.weight")
                   .requires_grad());

  freeze(*network, Strings{"model.sam_model.*", "model.vision_model.*", "*.gate.weight"});
  for (const std::string& name : trained(network)) {
    EXPECT_FALSE(name.starts_with("model.sam_model.")) << name;
    EXPECT_FALSE(name.starts_with("model.vision_model.")) << name;
    EXPECT_FALSE(name.ends_with(".gate.weight")) << name;
  }
  EXPECT_TRUE(test::parameter(network, "model.projector.layers.weight").requires_grad());
  EXPECT_TRUE(test::parameter(network, "lm_head.weight").requires_grad());

  // The last call counts, and ? is one character.
  freeze(*network, Strings{"model.layers.?.mlp.experts.0.*"});
  EXPECT_EQ(trained(network).size(), all - 1 - size_t{2} * 3);
  freeze(*network, Strings{"lm_head.weight"});
  EXPECT_EQ(trained(network).size(), all - 2);
}

TEST(Freeze, RefusesPatternsThatMatchNothing) {
  DeepseekOcr network = test::tiny_model();
  EXPECT_EQ(test::thrown_message([&] {
              freeze(*network, Strings{"lm_head.*", "model.sam.*"});
            }),
            "config: freeze: no parameter is called like 'model.sam.*'");
  EXPECT_THROW(freeze(*network, Strings{"head.weight"}), configs::ConfigError);
}

TEST(Network, GradientsReachEveryParameter) {
  ModelConfig config = test::tiny_config();
  config.decoder.num_experts_per_token = 6;  // no expert is idle
  DeepseekOcr network = test::tiny_model(config);
  std::vector<std::int32_t> ids{0};
  const PageInput page = tiled_page(1);
  ids.insert(ids.end(), static_cast<size_t>(network->encode_page(page).size(0)), 95);
  for (const std::int32_t id : test::random_ids(60, 2)) ids.push_back(id);
  freeze(*network, {});
  network->train();
  const DeepseekOcrImpl::Result result = network->forward(one(ids, {page}));
  ASSERT_EQ(result.aux_losses.size(), 2u);
  torch::Tensor total = result.logits_BTV.square().mean();
  for (const torch::Tensor& aux : result.aux_losses) total = total + aux;
  total.backward();
  for (const auto& item : network->named_parameters()) {
    const torch::Tensor& gradient = item.value().grad();
    if (item.key() == "model.vision_model.embeddings.patch_embedding.weight") {
      EXPECT_FALSE(gradient.defined());
      continue;
    }
    ASSERT_TRUE(gradient.defined()) << item.key();
    EXPECT_TRUE(gradient.isfinite().all().item<bool>()) << item.key();
    EXPECT_GT(gradient.abs().max().item<double>(), 0) << item.key();
  }
}

TEST(Network, FrozenPartsGetNoGradients) {
  DeepseekOcr network = test::tiny_model();
  freeze(*network, Strings{"model.layers.*"});
  network->forward(one(test::tiny_prompt(1, 5, 1), {test::tiny_page(1)}))
      .logits_BTV.sum()
      .backward();
  for (const auto& item : network->named_parameters()) {
    if (!item.key().starts_with("model.layers.")) continue;
    EXPECT_FALSE(item.value().grad().defined()) << item.key();
  }
  EXPECT_TRUE(test::parameter(network, "model.sam_model.pos_embed").grad().defined());
}

TEST(Network, Bfloat16IsCloseToFloat32) {
  const torch::NoGradGuard no_grad;
  DeepseekOcr wide = test::tiny_model(), narrow = test::tiny_model();
  narrow->to(torch::kBFloat16);
  EXPECT_EQ(narrow->dtype(), torch::kBFloat16);
  const SequenceBatch batch = one(test::tiny_prompt(1, 40, 3), {test::tiny_page(4)});
  const torch::Tensor theirs = wide->forward(batch).logits_BTV;
  const torch::Tensor ours = narrow->forward(batch).logits_BTV;
  EXPECT_EQ(ours.scalar_type(), torch::kFloat32);
  EXPECT_LT((ours - theirs).norm().item<double>(), 5e-2 * theirs.norm().item<double>());
  EXPECT_GT(test::distance(ours, theirs), 0);

  KvCache cache(narrow->config.decoder, torch::dtype(torch::kBFloat16));
  const torch::Tensor ids = test::id_tensor(test::tiny_prompt(0, 6, 1)).unsqueeze(0);
  EXPECT_EQ(narrow->prefill(narrow->embed(ids, {}), cache).scalar_type(), torch::kFloat32);
  EXPECT_EQ(narrow->step(torch::tensor({int64_t{5}}), cache).scalar_type(), torch::kFloat32);
}

TEST(Network, PadsAtTheEndOnly) {
  const torch::NoGradGuard no_grad;
  DeepseekOcr network = test::tiny_model();
  std::vector<std::int32_t> a = test::tiny_prompt(1, 20, 1), b = test::tiny_prompt(2, 4, 2);
  const std::vector<PageInput> pages_a{test::tiny_page(1)};
  const std::vector<PageInput> pages_b{test::tiny_page(2), test::tiny_page(3)};
  const torch::Tensor alone_a = network->forward(one(a, pages_a)).logits_BTV[0];
  const torch::Tensor alone_b = network->forward(one(b, pages_b)).logits_BTV[0];
  const auto length = static_cast<std::int64_t>(b.size());
  ASSERT_LT(b.size(), a.size());
  b.resize(a.size(), 2);
  torch::Tensor mask = torch::ones({2, static_cast<std::int64_t>(a.size())}, torch::kBool);
  mask[1].slice(0, length).fill_(false);
  const torch::Tensor logits =
      network
          ->forward({.ids_BT = torch::stack({test::id_tensor(a), test::id_tensor(b)}),
                     .mask_BT = mask,
                     .pages = {pages_a, pages_b}})
          .logits_BTV;
  EXPECT_LT(test::distance(logits[0], alone_a), 1e-5);
  EXPECT_LT(test::distance(logits[1].narrow(0, 0, length), alone_b), 1e-5);
}

TEST(Network, VisionTokensStandInTheOrderOfThePages) {
  const torch::NoGradGuard no_grad;
  DeepseekOcr network = test::tiny_model();
  const torch::Tensor first = network->encode_page(test::tiny_page(1));
  const torch::Tensor second = network->encode_page(test::tiny_page(2));
  ASSERT_EQ(first.sizes(), (std::vector<std::int64_t>{7, 32}));
  // Text before, between and after; the second sequence is text only.
  std::vector<std::int32_t> ids{0, 5};
  ids.insert(ids.end(), 7, 95);
  ids.push_back(6);
  ids.insert(ids.end(), 7, 95);
  ids.push_back(7);
  const torch::Tensor batch = torch::stack({test::id_tensor(ids), torch::full({18}, 9)});
  const std::vector<torch::Tensor> images{torch::cat({first, second}), torch::Tensor()};
  const torch::Tensor x = network->embed(batch, images);
  const torch::Tensor table = test::parameter(network, "model.embed_tokens.weight");
  EXPECT_TRUE(torch::equal(x[0].narrow(0, 2, 7), first));
  EXPECT_TRUE(torch::equal(x[0].narrow(0, 10, 7), second));
  for (const auto& [position, id] : {std::pair{0, 0}, {1, 5}, {9, 6}, {17, 7}})
    EXPECT_TRUE(torch::equal(x[0][position], table[id])) << position;
  EXPECT_TRUE(torch::equal(x[1], table[9].expand({18, 32})));
  // Right in sum, wrong by sequence.
  const std::vector<torch::Tensor> swapped{torch::Tensor(), images[0]};
  EXPECT_ANY_THROW(network->embed(batch, swapped));
}

TEST(Network, RefusesWrongShapes) {
  const torch::NoGradGuard no_grad;
  DeepseekOcr network = test::tiny_model();
  PageInput page = tiled_page(1);
  page.rows = 2;
  const std::string message = test::thrown_message([&] { network->encode_page(page); });
  EXPECT_NE(message.find("expected 2 x 2 tiles"), std::string::npos) << message;
  EXPECT_ANY_THROW(network->encode_page({.global = torch::zeros({3, 100, 100}, torch::kUInt8)}));
  EXPECT_ANY_THROW(network->encode_page({.global = torch::zeros({3, 64, 128}, torch::kUInt8)}));
  EXPECT_ANY_THROW(network->forward({.ids_BT = torch::zeros({5}, torch::kInt64)}));
  KvCache cache(network->config.decoder, torch::dtype(torch::kFloat32));
  network->prefill(network->embed(torch::zeros({1, 3}, torch::kInt64), {}), cache);
  EXPECT_ANY_THROW(network->step(torch::zeros({2}, torch::kInt64), cache));
}

// The released model has as many heads of keys as of queries, so no golden number shows this.
TEST(Network, GroupedHeadsEqualRepeatedOnes) {
  const torch::NoGradGuard no_grad;
  ModelConfig config = test::tiny_config();
  config.decoder.num_kv_heads = 2;
  DeepseekOcr grouped = test::tiny_model(config), plain = test::tiny_model();
  const auto sources = grouped->named_parameters();
  for (auto& item : plain->named_parameters()) {
    torch::Tensor source = sources[item.key()];
    if (item.key().find(".k_proj") != std::string::npos ||
        item.key().find(".v_proj") != std::string::npos)
      source = source.view({2, 8, 32}).repeat_interleave(2, 0).reshape({32, 32});
    item.value().set_data(source.clone());
  }
  const SequenceBatch batch = one(test::tiny_prompt(1, 30, 4), {test::tiny_page(5)});
  EXPECT_LT(test::distance(grouped->forward(batch).logits_BTV, plain->forward(batch).logits_BTV),
            1e-5);
}

// Bits of all parameters by name.
std::map<std::string, torch::Tensor> drawn(const ModelConfig& config, std::uint64_t seed) {
  DeepseekOcr network(config);
  init_weights(*network, seed, torch::kFloat32);
  std::map<std::string, torch::Tensor> values;
  for (const auto& item : network->named_parameters()) values[item.key()] = item.value();
  return values;
}

TEST(Init, DependsOnSeedNameAndShapeOnly) {
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto first = drawn(test::tiny_config(), 1);
  at::set_num_threads(2);
  const auto again = drawn(test::tiny_config(), 1), other = drawn(test::tiny_config(), 2);
  at::set_num_threads(threads);
  ModelConfig deeper = test::tiny_config();
  deeper.decoder.num_layers = 4;
  deeper.decoder.num_experts = 9;
  const auto more = drawn(deeper, 1);
  size_t equal = 0;
  for (const auto& [name, value] : first) {
    EXPECT_TRUE(torch::equal(value, again.at(name))) << name;
    const bool constant = value.min().equal(value.max());
    EXPECT_EQ(torch::equal(value, other.at(name)), constant) << name;
    if (value.sizes() == more.at(name).sizes()) {
      EXPECT_TRUE(torch::equal(value, more.at(name))) << name;
      ++equal;
    }
  }
  EXPECT_EQ(equal, first.size() - 2) << "only the two routers have another shape";
  EXPECT_FALSE(torch::equal(first.at("model.layers.1.self_attn.q_proj.weight"),
                            first.at("model.layers.2.self_attn.q_proj.weight")));
}

TEST(Init, HasTheDocumentedStatistics) {
  ModelConfig config = test::tiny_config();
  config.decoder.vocab_size = 4000;
  config.decoder.num_experts = 300;
  const auto values = drawn(config, 3);
  const auto deviation = [&](const char* name) { return values.at(name).std().item<double>(); };
  EXPECT_NEAR(deviation("lm_head.weight"), 0.02, 2e-4);  // of 128,000 values
  EXPECT_NEAR(values.at("lm_head.weight").mean().item<double>(), 0, 2e-4);
  EXPECT_GT(values.at("lm_head.weight").abs().max().item<double>(), 0.07) << "not cut off";
  EXPECT_NEAR(deviation("model.layers.1.mlp.gate.weight"), 1 / std::sqrt(3 * 32.0), 3e-3);
  EXPECT_LE(values.at("model.layers.1.mlp.gate.weight").abs().max().item<double>(),
            1 / std::sqrt(32.0));
  EXPECT_NEAR(deviation("model.image_newline"), 1 / std::sqrt(32.0), 0.06);
  EXPECT_NEAR(deviation("model.sam_model.pos_embed"), 0.02, 2e-3);
  EXPECT_TRUE(values.at("model.projector.layers.bias").eq(0).all().item<bool>());
  EXPECT_TRUE(values.at("model.norm.weight").eq(1).all().item<bool>());
  EXPECT_TRUE(values.at("model.sam_model.neck.1.weight").eq(1).all().item<bool>());
  DeepseekOcr network(test::tiny_config());
  init_weights(*network, 3, torch::kBFloat16);
  EXPECT_EQ(network->dtype(), torch::kBFloat16);
}

// Channel c of the patch in row y and column x below a token is its channel
// 32 c_2 + 8 c_1 + c, where c_1 is the patch's place among two by two, c_2 that of the two by two.
TEST(Init, VisionTokensStartAsTheirPatchesSideBySide) {
  ModelConfig config = test::tiny_config();
  config.sam.neck_size = 2;
  config.sam.downsample_sizes = {8, 32};
  config.clip.hidden_size = 32;
  DeepseekOcr network(config);
  init_weights(*network, 1, torch::kFloat32);
  pass_vision_through(*network);
  network->eval();
  const torch::NoGradGuard no_grad;
  torch::Tensor neck, tokens;
  network->encode_views(test::random_tensor({1, 3, 128, 128}, 7),
                        Trace([&](const std::string& name, const torch::Tensor& value) {
                          if (name == "sam.neck") neck = value[0];
                          if (name == "projector.out") tokens = value[0];
                        }));
  ASSERT_EQ(neck.sizes(), (std::vector<std::int64_t>{2, 8, 8}));
  ASSERT_EQ(tokens.sizes(), (std::vector<std::int64_t>{4, 32}));
  torch::Tensor expected = torch::empty({4, 32});
  for (std::int64_t y = 0; y < 8; ++y)
    for (std::int64_t x = 0; x < 8; ++x)
      for (std::int64_t channel = 0; channel < 2; ++channel) {
        const std::int64_t outer = y % 4 / 2 * 2 + x % 4 / 2, inner = y % 2 * 2 + x % 2;
        expected[y / 4 * 2 + x / 4][8 * outer + 2 * inner + channel] = neck[channel][y][x];
      }
  EXPECT_LT(test::distance(tokens, expected), 0.3);
  EXPECT_GT(neck.abs().max().item<double>(), 0.9);

  for (const std::int64_t size : {24, 48}) {
    config.sam.downsample_sizes = {8, size};
    config.clip.hidden_size = size;
    DeepseekOcr other(config);
    init_weights(*other, 1, torch::kFloat32);
    EXPECT_THROW(pass_vision_through(*other), configs::ConfigError) << size;
  }
}

TEST(Init, TakesTheEncoderOfAnotherNetwork) {
  ModelConfig config = test::tiny_config();
  DeepseekOcr from(config), to(config);
  init_weights(*from, 1, torch::kBFloat16);
  init_weights(*to, 2, torch::kFloat32);
  take_encoder(*to, *from);
  EXPECT_EQ(to->dtype(), torch::kFloat32);
  const auto same = [&](const char* name) {
    return torch::equal(test::parameter(to, name), test::parameter(from, name).to(torch::kFloat32));
  };
  EXPECT_TRUE(same("model.sam_model.net_3.weight"));
  EXPECT_TRUE(same("model.projector.layers.weight"));
  EXPECT_TRUE(same("model.vision_model.embeddings.class_embedding"));
  EXPECT_FALSE(same("model.image_newline"));
  EXPECT_FALSE(same("lm_head.weight"));

  config.sam.neck_size *= 2;
  DeepseekOcr other(config);
  init_weights(*other, 1, torch::kFloat32);
  const std::string message = test::thrown_message([&] { take_encoder(*other, *from); });
  EXPECT_NE(message.find("model.sam_model.neck"), std::string::npos) << message;
}

}  // namespace
}  // namespace dsocr::model

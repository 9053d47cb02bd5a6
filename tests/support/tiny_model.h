#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "model/deepseek_ocr.h"
#include "model/init.h"
#include "model/weights/load.h"

namespace dsocr::test {

/// DeepSeek-OCR at a size that runs in milliseconds: 3 layers, 6 experts, 96 ids, the last one the
/// image token. A page of 128 pixels has 7 placeholders.
inline model::ModelConfig tiny_config() {
  model::ModelConfig config;
  config.sam = {.image_size = 128,
                .hidden_size = 16,
                .num_layers = 2,
                .num_heads = 2,
                .intermediate_size = 32,
                .window_size = 3,
                .global_layers = {1},
                .neck_size = 8,
                .downsample_sizes = {12, 16}};
  config.clip = {.image_size = 28,
                 .hidden_size = 16,
                 .num_layers = 2,
                 .num_heads = 2,
                 .intermediate_size = 32};
  config.decoder = {.vocab_size = 96,
                    .hidden_size = 32,
                    .num_layers = 3,
                    .num_heads = 4,
                    .num_kv_heads = 4,
                    .intermediate_size = 48,
                    .num_experts = 6,
                    .num_experts_per_token = 2,
                    .expert_size = 16,
                    .max_positions = 1024};
  config.image_token_id = 95;
  return config;
}

/// A float32 network with weights large enough that every token depends on all before it.
inline model::DeepseekOcr tiny_model(const model::ModelConfig& config = tiny_config(),
                                     std::uint64_t seed = 1) {
  model::DeepseekOcr network(config);
  model::init_weights(*network, seed, torch::kFloat32);
  const torch::NoGradGuard no_grad;
  for (torch::Tensor& parameter : network->parameters())
    if (parameter.dim() > 1) parameter.mul_(4);
  network->eval();
  return network;
}

inline torch::Tensor parameter(const model::DeepseekOcr& network, const std::string& name) {
  return network->named_parameters()[name];
}

/// Random values in [0, 1) that depend on the seed only.
inline torch::Tensor random_tensor(at::IntArrayRef shape, std::uint64_t seed) {
  return torch::rand(shape, at::make_generator<at::CPUGeneratorImpl>(seed),
                     torch::dtype(torch::kFloat32));
}

/// Text ids of tiny_config(): none of bos, eos and image token.
inline std::vector<std::int32_t> random_ids(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::int32_t> ids;
  while (ids.size() < count) ids.push_back(static_cast<std::int32_t>(2 + random() % 93));
  return ids;
}

/// Noise of 128 x 128 pixels.
inline model::PageInput tiny_page(std::uint64_t seed) {
  return {.global = random_tensor({3, 128, 128}, seed).mul(256).to(torch::kUInt8)};
}
inline constexpr std::size_t kTinyPageTokens = 7;

/// bos, the placeholders of `pages` tiny pages, then `count` text ids.
inline std::vector<std::int32_t> tiny_prompt(std::size_t pages, std::size_t count,
                                             std::uint64_t seed) {
  std::vector<std::int32_t> ids{0};
  ids.insert(ids.end(), pages * kTinyPageTokens, 95);
  for (const std::int32_t id : random_ids(count, seed)) ids.push_back(id);
  return ids;
}

inline torch::Tensor id_tensor(const std::vector<std::int32_t>& ids) {
  return torch::tensor(ids, torch::kInt32).to(torch::kInt64);
}

/// Largest absolute difference; of unequal shapes infinite.
inline double distance(const torch::Tensor& a, const torch::Tensor& b) {
  if (a.sizes() != b.sizes()) return INFINITY;
  return (a.to(torch::kFloat64) - b.to(torch::kFloat64)).abs().max().item<double>();
}

/// Saves a network with DeepSeek-OCR's vocabulary that writes only these ids, eos among them if it
/// should end; which ones depends on the page.
inline void save_writer(const std::filesystem::path& folder, const std::vector<std::int32_t>& ids) {
  model::ModelConfig config = tiny_config();
  config.decoder.vocab_size = 129280;
  config.image_token_id = 128815;
  model::DeepseekOcr network = tiny_model(config);
  const torch::NoGradGuard no_grad;
  // The first channel is the same large number in every text token, so in the head it is a bias.
  network->model->embed_tokens->weight.select(1, 0).fill_(1);
  torch::Tensor head = network->lm_head->weight;
  head.mul_(20).select(1, 0).fill_(-20);
  for (const std::int32_t id : ids) head[id][0] = 0;
  model::save_model(*network, folder);
}

}  // namespace dsocr::test

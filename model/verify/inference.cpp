#include <map>
#include <set>

#include "model/generate/decoding.h"
#include "model/verify/compare.h"

namespace dsocr::model {
namespace {

using nlohmann::json;

const std::set<std::string> kInputs{"input_ids", "images_spatial_crop", "pixel_global_u8",
                                    "pixel_tiles_u8"};

/// What a case starts from.
struct Inputs {
  torch::Tensor ids_1T;
  std::vector<PageInput> pages;
  torch::Tensor image_tokens;  // undefined without pages
  std::vector<std::int32_t> prompt() const {
    const torch::Tensor ids = ids_1T[0].to(torch::kInt32).contiguous();
    return {ids.data_ptr<std::int32_t>(), ids.data_ptr<std::int32_t>() + ids.numel()};
  }
};

std::vector<std::int32_t> generate_ids(DeepseekOcrImpl& model, const Inputs& inputs,
                                       std::int64_t count, NgramBlock ngram) {
  const DecodingConfig config{
      .max_new_tokens = count, .ngram = std::move(ngram), .stop_on_eos = false};
  return generate(model, config, {.ids = inputs.prompt(), .image_tokens = inputs.image_tokens}).ids;
}

// The blocker that a list of this name was made with; the name's end says which.
NgramBlock ngram_of(const std::string& name, const json& expected) {
  if (name.find("norepeat") != std::string::npos)
    return {.size = std::stoll(name.substr(name.find("norepeat") + 8))};
  if (name.find("window_ngram") == std::string::npos) return {};
  const json& window = expected.at("window");
  return {window.at("ngram_size"), window.at("window_size"),
          window.at("whitelist").get<std::vector<std::int64_t>>()};
}

// The logits that each of `ids` was chosen from: [n, V].
torch::Tensor greedy_logits(DeepseekOcrImpl& model, const Inputs& inputs,
                            const torch::Tensor& ids) {
  KvCache cache(model.config.decoder, torch::dtype(model.dtype()).device(model.device()));
  std::vector<torch::Tensor> logits{
      model.prefill(model.embed(inputs.ids_1T, {&inputs.image_tokens, 1}), cache)};
  for (std::int64_t i = 0; i + 1 < ids.size(0); ++i)
    logits.push_back(model.step(ids.narrow(0, i, 1).to(torch::kInt64), cache));
  return torch::cat(logits);
}

void verify_generation(DeepseekOcrImpl& model, const Inputs& inputs, const SafetensorsFile& file,
                       const json& expected, Checks& checks) {
  for (const std::string& name : file.names()) {
    if (name == "greedy_logits") {
      checks.tensor(name, greedy_logits(model, inputs, file.tensor("greedy_tokens")),
                    file.tensor(name), kActivationLimit);
    } else if (name.find("window_ngram") != std::string::npos && !expected.contains("window")) {
      checks.failed(name, "expected.json has no window");
    } else if (name.starts_with("greedy_tokens")) {
      const torch::Tensor theirs = file.tensor(name);
      const auto ours = generate_ids(model, inputs, theirs.numel(), ngram_of(name, expected));
      checks.tensor(name, torch::tensor(ours, torch::kInt32), theirs, kActivationLimit);
    }
  }
  if (expected.contains("greedy"))
    checks.equal(
        "greedy",
        generate_ids(model, inputs, static_cast<std::int64_t>(expected["greedy"].size()), {}),
        expected["greedy"]);
  if (expected.contains("norepeat2"))
    checks.equal("norepeat2",
                 generate_ids(model, inputs,
                              static_cast<std::int64_t>(expected["norepeat2"].size()), {.size = 2}),
                 expected["norepeat2"]);
  if (expected.contains("window")) {
    const json& theirs = expected["window"].at("tokens");
    checks.equal("window.tokens",
                 generate_ids(model, inputs, static_cast<std::int64_t>(theirs.size()),
                              ngram_of("window_ngram", expected)),
                 theirs);
  }
}

}  // namespace

std::vector<PageInput> case_pages(const SafetensorsFile& file) {
  const bool bytes = file.contains("pixel_global_u8");
  if (!bytes && !file.contains("pixel_global")) return {};
  PageInput page{.global = file.tensor(bytes ? "pixel_global_u8" : "pixel_global")[0]};
  if (file.contains("pixel_tiles_u8")) {
    page.tiles = file.tensor("pixel_tiles_u8");
    const torch::Tensor crop = file.tensor("images_spatial_crop").to(torch::kInt64);
    page.columns = crop[0][0].item<std::int64_t>();
    page.rows = crop[0][1].item<std::int64_t>();
  }
  return {page};
}

void verify_case(DeepseekOcrImpl& model, const SafetensorsFile& file, const json& expected,
                 Checks checks) {
  const torch::NoGradGuard no_grad;
  Inputs inputs{file.tensor("input_ids").to(torch::kInt64), case_pages(file), torch::Tensor()};
  std::map<std::string, torch::Tensor> seen;
  const Trace trace([&](const std::string& name, const torch::Tensor& value) {
    if (file.contains(name)) seen[name] = value;
    if (name == "image_tokens") inputs.image_tokens = value;
  });
  seen["logits"] =
      model.forward({.ids_BT = inputs.ids_1T, .pages = {inputs.pages}}, trace).logits_BTV;
  const torch::Tensor is_image = inputs.ids_1T.eq(model.config.image_token_id);
  seen["images_seq_mask"] = is_image;
  if (!inputs.pages.empty()) {
    const torch::Tensor pixels = normalise(inputs.pages[0].global.unsqueeze(0), torch::kFloat32);
    seen["pixel_global"] = pixels;
    seen["pixel_global_stride16"] = pixels.slice(2, 0, {}, 16).slice(3, 0, {}, 16);
  }
  for (const std::string& name : file.names()) {
    if (kInputs.contains(name) || name == "greedy_logits" || name.starts_with("greedy_tokens"))
      continue;
    if (name == "logits_tail") {
      const torch::Tensor theirs = file.tensor(name);
      const torch::Tensor& all = seen["logits"];
      checks.tensor(name, all.narrow(1, all.size(1) - theirs.size(1), theirs.size(1)), theirs,
                    kActivationLimit);
      continue;
    }
    const auto it = seen.find(name);
    if (it == seen.end())
      checks.failed(name, "unknown tensor");
    else
      checks.tensor(name, it->second, file.tensor(name), kActivationLimit);
  }
  if (expected.contains("n_image_tokens"))
    checks.equal("n_image_tokens", is_image.sum().item<std::int64_t>(), expected["n_image_tokens"]);
  if (expected.contains("seq_len"))
    checks.equal("seq_len", inputs.ids_1T.size(1), expected["seq_len"]);
  verify_generation(model, inputs, file, expected, checks);
}

}  // namespace dsocr::model

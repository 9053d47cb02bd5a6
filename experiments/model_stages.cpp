#include "experiments/model_stages.h"

#include <torch/torch.h>

#include "configs/error.h"
#include "configs/view.h"
#include "model/generate/decoding.h"
#include "model/weights/load.h"

// B rows, S pixels and s tokens per side, D decoder hidden size, T tokens, V vocabulary.
namespace dsocr {
namespace {

// The bytes [3, S, S] of a picture that any program can make.
torch::Tensor picture(std::int64_t side) {
  const torch::Tensor at = torch::arange(side);
  const torch::Tensor x = at.view({1, 1, side}), y = at.view({1, side, 1});
  const torch::Tensor c = torch::arange(3).view({3, 1, 1});
  const torch::Tensor mixed = torch::bitwise_right_shift(x * y, 4);
  return (x * 3 + y * 5 + c * 85 + mixed).bitwise_and(255).to(torch::kUInt8);
}

void require_positions(const char* option, std::size_t prompt, std::int64_t new_tokens,
                       const model::ModelConfig& config) {
  const std::int64_t length = static_cast<std::int64_t>(prompt) + new_tokens;
  if (length > config.decoder.max_positions)
    throw configs::ConfigError(
        option, "prompt and new tokens are " + std::to_string(length) + ", and the decoder has " +
                    std::to_string(config.decoder.max_positions) + " positions");
}

torch::Tensor prompt_ids(const StageInputs& inputs, const model::ModelConfig& config) {
  const std::int64_t side = configs::tokens_per_side(inputs.view_side);
  std::vector<std::int64_t> ids(static_cast<size_t>(side * (side + 1) + 2), config.image_token_id);
  ids[0] = 0;
  // Any ids but that of the image.
  for (std::int64_t i = 0; i < inputs.prompt_tokens; ++i) {
    const std::int64_t id = (1000 + 37 * i) % (config.decoder.vocab_size / 2);
    ids.push_back(id == config.image_token_id ? id + 1 : id);
  }
  require_positions("new-tokens", ids.size(), inputs.new_tokens, config);
  require_positions("page-tokens", ids.size(), inputs.page_tokens, config);
  return torch::tensor(ids, torch::kInt64).unsqueeze(0);
}

model::LoadOptions load_options(const StageInputs& inputs) {
  model::LoadOptions options{.device = model::find_device(inputs.device)};
  if (inputs.dtype.empty()) return options;
  options.dtype = model::parse_dtype(inputs.dtype);
  if (!options.dtype)
    throw configs::ConfigError("dtype", "must be float32 or bfloat16, not '" + inputs.dtype + "'");
  return options;
}

std::vector<double> numbers(const torch::Tensor& values) {
  const torch::Tensor flat = values.to(torch::kCPU, torch::kFloat64).flatten().contiguous();
  return {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
}

std::vector<double> magnitudes(const torch::Tensor& vectors) {
  return numbers(vectors.to(torch::kFloat64).abs().mean(-1));
}

}  // namespace

struct ModelStages::Parts {
  StageInputs inputs;
  model::DeepseekOcr network;
  torch::Tensor pixels_B3SS;
  model::Prompt prompt;      // stands for all rows: they are the same
  torch::Tensor prompt_1TD;  // embedded

  // encode_page for several views at once.
  torch::Tensor image_tokens() {
    const torch::Tensor features = network->encode_views(pixels_B3SS);
    const std::int64_t rows = features.size(0), width = features.size(2);
    const std::int64_t side = configs::tokens_per_side(inputs.view_side);
    const torch::Tensor ends = network->model->image_newline.expand({rows, side, 1, width});
    const torch::Tensor last = network->model->view_seperator.expand({rows, 1, width});
    const torch::Tensor lines = torch::cat({features.view({rows, side, side, width}), ends}, 2);
    return torch::cat({lines.flatten(1, 2), last}, 1);
  }

  model::KvCache cache() const {
    return {network->config.decoder, torch::dtype(network->dtype()).device(network->device())};
  }

  // Logits [B, V] after the prompts.
  torch::Tensor fill(model::KvCache& cache) {
    std::vector<torch::Tensor> logits;
    for (std::int64_t row = 0; row < inputs.batch; ++row)
      logits.push_back(network->prefill(prompt_1TD, cache));
    return torch::cat(logits);
  }

  double timed(const std::function<void()>& work) const {
    return seconds_of([&] {
      work();
      if (network->device().is_cuda()) torch::cuda::synchronize(network->device().index());
    });
  }

  // `work` returns the seconds of its parts.
  StageRun repeat(std::int64_t amount, const Done& done,
                  const std::function<std::vector<double>()>& work) const {
    const torch::NoGradGuard no_grad;
    work();
    done();
    const PeakMemory peak;
    std::vector<double> seconds;
    for (size_t i = 0; i < inputs.repeats; ++i) {
      const std::vector<double> parts = work();
      seconds.insert(seconds.end(), parts.begin(), parts.end());
      done();
    }
    return {Timings(std::move(seconds)),
            static_cast<double>(amount),
            network->device().is_cpu() ? peak.bytes() : std::nullopt,
            {}};
  }
};

ModelStages::ModelStages(const StageInputs& inputs) {
  const torch::NoGradGuard no_grad;
  parts_ = std::make_unique<Parts>(
      Parts{inputs, model::load_model(inputs.folder, load_options(inputs)), {}, {}, {}});
  model::DeepseekOcr& network = parts_->network;
  const torch::Tensor ids = prompt_ids(inputs, network->config);
  const torch::Tensor view = picture(inputs.view_side);
  const torch::Tensor page = network->encode_page({.global = view});
  const torch::Tensor ids_T = ids.squeeze(0).to(torch::kInt32);
  parts_->prompt.ids.assign(ids_T.const_data_ptr<std::int32_t>(),
                            ids_T.const_data_ptr<std::int32_t>() + ids_T.numel());
  parts_->prompt.pages.push_back({.global = view});
  parts_->prompt_1TD = network->embed(ids, {&page, 1});
  parts_->pixels_B3SS = model::normalise(view, network->dtype())
                            .to(network->device())
                            .expand({inputs.batch, -1, -1, -1})
                            .contiguous();
}

ModelStages::~ModelStages() = default;

std::string ModelStages::dtype() const { return model::dtype_name(parts_->network->dtype()); }

StageRun ModelStages::encode(const Done& done) {
  torch::Tensor tokens_BTD;
  StageRun run = parts_->repeat(parts_->inputs.batch, done, [&]() -> std::vector<double> {
    return {parts_->timed([&] { tokens_BTD = parts_->image_tokens(); })};
  });
  run.values = magnitudes(tokens_BTD[-1]);
  return run;
}

StageRun ModelStages::prefill(const Done& done) {
  torch::Tensor logits_BV;
  const std::int64_t tokens = parts_->inputs.batch * parts_->prompt_1TD.size(1);
  StageRun run = parts_->repeat(tokens, done, [&]() -> std::vector<double> {
    return {parts_->timed([&] {
      model::KvCache cache = parts_->cache();
      logits_BV = parts_->fill(cache);
    })};
  });
  run.values = magnitudes(logits_BV.narrow(0, 0, 1));
  return run;
}

StageRun ModelStages::decode(const Done& done) {
  std::vector<torch::Tensor> chosen;
  StageRun run = parts_->repeat(parts_->inputs.batch, done, [&] {
    std::vector<double> seconds;
    model::KvCache cache = parts_->cache();
    chosen = {parts_->fill(cache).argmax(-1)};
    for (std::int64_t i = 0; i < parts_->inputs.new_tokens; ++i) {
      torch::Tensor next;
      seconds.push_back(
          parts_->timed([&] { next = parts_->network->step(chosen.back(), cache).argmax(-1); }));
      chosen.push_back(next);
    }
    return seconds;
  });
  run.values = numbers(torch::stack(chosen).select(1, 0));
  return run;
}

StageRun ModelStages::pages(const Done& done) {
  const std::int64_t batch = parts_->inputs.batch;
  const model::DecodingConfig decoding{
      .max_new_tokens = parts_->inputs.page_tokens, .stop_on_eos = false, .batch = batch};
  std::vector<std::int32_t> first;
  StageRun run = parts_->repeat(batch, done, [&]() -> std::vector<double> {
    std::int64_t next = 0;
    model::GenerationClient client;
    client.next = [&]() -> std::optional<model::Prompt> {
      if (next == batch) return std::nullopt;
      model::Prompt prompt = parts_->prompt;
      prompt.key = static_cast<std::uint64_t>(next++);
      return prompt;
    };
    client.done = [&](std::uint64_t key, const model::Answer& answer) {
      if (key == 0) first = answer.ids;
    };
    return {parts_->timed([&] { model::generate(*parts_->network, decoding, client); })};
  });
  run.values.assign(first.begin(), first.end());
  return run;
}

}  // namespace dsocr

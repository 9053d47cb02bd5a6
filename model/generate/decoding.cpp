#include "model/generate/decoding.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>

#include "configs/seed.h"
#include "model/generate/loop.h"
#include "model/generate/ngram_block.h"
#include "model/generate/sampling.h"

namespace dsocr::model {
namespace {

using Clock = std::chrono::steady_clock;

// Of a decoder of at most this size the caches of a CPU hold most, and a step is so short that
// threads wait for each other longer than they work: each then writes sequences of its own.
constexpr std::size_t kSmallDecoderBytes = std::size_t{64} << 20;

/// One sequence in the batch; its index in the list is its row in the cache.
struct Sequence {
  std::uint64_t key;
  std::vector<std::int32_t> tokens;  // prompt and answer
  std::int64_t prompt_tokens;
  std::mt19937_64 random;
  std::vector<float> probabilities = {};  // of the answer
  LoopDetector loop = {};
  std::int64_t loop_period = 0;
  double first_token_s = 0;
};

class Batch {
 public:
  Batch(DeepseekOcrImpl& model, const DecodingConfig& config, const GenerationClient& client)
      : model_(model),
        config_(config),
        client_(client),
        cache_(model.config.decoder, torch::dtype(model.dtype()).device(model.device())) {}

  // With `limit` sequences at most, to the end or until `stopped`.
  void run(std::int64_t limit, const std::atomic<bool>& stopped) {
    const torch::NoGradGuard no_grad;
    bool more = true;
    while (!stopped) {
      while (more && static_cast<std::int64_t>(sequences_.size()) < limit) more = start();
      if (sequences_.empty()) return;
      step();
    }
  }

 private:
  // False when there are no more prompts.
  bool start() {
    std::optional<Prompt> prompt = client_.next();
    if (!prompt) return false;
    const auto started = Clock::now();
    const auto length = static_cast<std::int64_t>(prompt->ids.size());
    TORCH_CHECK(length > 0 && length < model_.config.decoder.max_positions, "a prompt of ", length,
                " tokens does not fit into the ", model_.config.decoder.max_positions,
                " positions of the decoder");
    torch::Tensor image_tokens = prompt->image_tokens;
    if (!image_tokens.defined()) image_tokens = model_.encode_pages(prompt->pages);
    const torch::Tensor ids = torch::tensor(prompt->ids, torch::kInt32).to(torch::kInt64);
    const torch::Tensor logits =
        model_.prefill(model_.embed(ids.unsqueeze(0), {&image_tokens, 1}), cache_);
    sequences_.push_back(
        {prompt->key, std::move(prompt->ids), length,
         std::mt19937_64(configs::derive_seed(config_.seed, "generate", prompt->key))});
    accept(sequences_.size() - 1, logits.to(torch::kCPU)[0]);
    sequences_.back().first_token_s = std::chrono::duration<double>(Clock::now() - started).count();
    finish(sequences_.size() - 1);
    return true;
  }

  void step() {
    std::vector<std::int64_t> last;
    for (const Sequence& sequence : sequences_) last.push_back(sequence.tokens.back());
    const torch::Tensor logits =
        model_.step(torch::tensor(last, torch::kInt64), cache_).to(torch::kCPU);
    for (size_t row = 0; row < sequences_.size(); ++row)
      accept(row, logits[static_cast<std::int64_t>(row)]);
    // From the end, so that the row that fills a gap has been looked at.
    for (size_t row = sequences_.size(); row-- > 0;) finish(row);
  }

  void accept(size_t row, torch::Tensor logits_V) {
    Sequence& sequence = sequences_[row];
    std::span<const std::int32_t> searched = sequence.tokens;
    if (config_.ngram.window > 0)
      searched = searched.subspan(static_cast<size_t>(sequence.prompt_tokens));
    const std::vector<std::int32_t> blocked = blocked_tokens(config_.ngram, searched);
    if (!blocked.empty()) {
      logits_V = logits_V.clone();
      for (const std::int32_t id : blocked)
        logits_V.data_ptr<float>()[id] = -std::numeric_limits<float>::infinity();
    }
    logits_V = logits_V.contiguous();
    const std::int32_t id = choose_token(logits_V, config_.sampling, sequence.random);
    sequence.tokens.push_back(id);
    sequence.probabilities.push_back(probability_of(logits_V, id));
    sequence.loop_period = sequence.loop.push(id).value_or(0);
    if (client_.token) client_.token(sequence.key, id);
  }

  std::optional<StopReason> stop_reason(const Sequence& sequence) const {
    const auto length = static_cast<std::int64_t>(sequence.tokens.size());
    if (config_.stop_on_eos && sequence.tokens.back() == model_.config.eos_token_id)
      return StopReason::kEos;
    if (config_.stop_on_loop && sequence.loop_period > 0) return StopReason::kLoop;
    if (length - sequence.prompt_tokens >= config_.max_new_tokens ||
        length >= model_.config.decoder.max_positions)
      return StopReason::kLength;
    return std::nullopt;
  }

  // Hands the answer over and frees the row when the sequence is complete.
  void finish(size_t row) {
    const std::optional<StopReason> reason = stop_reason(sequences_[row]);
    if (!reason) return;
    Sequence sequence = std::move(sequences_[row]);
    cache_.remove_row(static_cast<std::int64_t>(row));
    if (row + 1 != sequences_.size()) sequences_[row] = std::move(sequences_.back());
    sequences_.pop_back();
    client_.done(sequence.key,
                 {.ids = {sequence.tokens.begin() + sequence.prompt_tokens, sequence.tokens.end()},
                  .probabilities = std::move(sequence.probabilities),
                  .reason = *reason,
                  .prompt_tokens = sequence.prompt_tokens,
                  .first_token_s = sequence.first_token_s,
                  .loop_period = sequence.loop_period});
  }

  DeepseekOcrImpl& model_;
  const DecodingConfig& config_;
  const GenerationClient& client_;
  KvCache cache_;
  std::vector<Sequence> sequences_;
};

std::int64_t num_workers(const DeepseekOcrImpl& model, const DecodingConfig& config) {
  const std::int64_t most = std::min<std::int64_t>(at::get_num_threads(), config.batch);
  if (most == 1 || !model.device().is_cpu()) return 1;
  std::size_t bytes = 0;
  for (const torch::Tensor& parameter : model.model->layers->parameters())
    bytes += parameter.nbytes();
  return bytes <= kSmallDecoderBytes ? most : 1;
}

// torch's threads of everybody who asks from now on; as many as before at the end.
class OneThreadEach {
 public:
  OneThreadEach() { at::set_num_threads(1); }
  ~OneThreadEach() { at::set_num_threads(before_); }
  OneThreadEach(const OneThreadEach&) = delete;
  OneThreadEach& operator=(const OneThreadEach&) = delete;

 private:
  int before_ = at::get_num_threads();
};

// One caller at a time, and nobody asks again after the end.
GenerationClient locked(const GenerationClient& client, std::mutex& mutex) {
  GenerationClient result;
  result.next = [&, ended = false]() mutable {
    const std::lock_guard lock(mutex);
    std::optional<Prompt> prompt;
    if (!ended) prompt = client.next();
    ended = !prompt;
    return prompt;
  };
  result.done = [&](std::uint64_t key, Answer answer) {
    const std::lock_guard lock(mutex);
    client.done(key, std::move(answer));
  };
  if (client.token)
    result.token = [&](std::uint64_t key, std::int32_t id) {
      const std::lock_guard lock(mutex);
      client.token(key, id);
    };
  return result;
}

}  // namespace

void generate(DeepseekOcrImpl& model, const DecodingConfig& config,
              const GenerationClient& client) {
  std::atomic<bool> stopped = false;
  const std::int64_t workers = num_workers(model, config);
  if (workers == 1) return Batch(model, config, client).run(config.batch, stopped);
  std::mutex mutex;
  const GenerationClient shared = locked(client, mutex);
  std::exception_ptr error;
  const auto work = [&](std::int64_t worker) {
    try {
      Batch(model, config, shared)
          .run((worker + 1) * config.batch / workers - worker * config.batch / workers, stopped);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!error) error = std::current_exception();
      stopped = true;
    }
  };
  {
    const OneThreadEach one_thread_each;
    std::vector<std::jthread> others;
    for (std::int64_t worker = 1; worker < workers; ++worker) others.emplace_back(work, worker);
    work(0);
  }
  if (error) std::rethrow_exception(error);
}

Answer generate(DeepseekOcrImpl& model, const DecodingConfig& config, Prompt prompt) {
  std::optional<Prompt> waiting = std::move(prompt);
  std::optional<Answer> result;
  generate(model, config,
           {.next = [&] { return std::exchange(waiting, std::nullopt); },
            .done = [&](std::uint64_t, Answer answer) { result = std::move(answer); }});
  return std::move(*result);
}

}  // namespace dsocr::model

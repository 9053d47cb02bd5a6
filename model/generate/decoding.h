#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "model/deepseek_ocr.h"
#include "model/generate/config.h"

namespace dsocr::model {

/// What a sequence starts from: ids with placeholders, and the pages that stand there, in order.
struct Prompt {
  std::uint64_t key = 0;  // names the sequence: its random draws depend on the seed and on this
  std::vector<std::int32_t> ids;
  std::vector<PageInput> pages = {};
  torch::Tensor image_tokens = {};  // their vectors [N, D] instead, where they are known already
};

enum class StopReason { kEos, kLength, kLoop };

struct Answer {
  std::vector<std::int32_t> ids;     // with the eos that ended it
  std::vector<float> probabilities;  // of each, among what was not forbidden
  StopReason reason;
  std::int64_t prompt_tokens;
  double first_token_s;          // from the start of its encoding to its first token
  std::int64_t loop_period = 0;  // tokens, 0 when the answer does not end in a loop
};

/// Where generation takes its prompts from and puts its answers.
struct GenerationClient {
  /// The next prompt, nothing at the end. Called when a place in the batch is free.
  std::function<std::optional<Prompt>()> next;
  /// An answer is complete. Answers come in the order in which they end.
  std::function<void(std::uint64_t key, Answer answer)> done;
  /// Every token as it is chosen; may be empty.
  std::function<void(std::uint64_t key, std::int32_t id)> token = {};
};

/// Writes an answer to every prompt. A sequence joins the batch when another ends; prompts are
/// encoded one by one and rows are not padded, so a sequence sees nothing of its neighbours. On a
/// CPU each of torch's threads writes a part of the batch when the decoder is small; the client is
/// then called from them, by one at a time. An answer ends at eos, after max_new_tokens, or when
/// prompt and answer fill the decoder's max_positions. Throws c10::Error when a prompt leaves no
/// position for an answer, or when placeholders and pages do not fit each other.
void generate(DeepseekOcrImpl& model, const DecodingConfig& config, const GenerationClient& client);

/// The same for one prompt.
Answer generate(DeepseekOcrImpl& model, const DecodingConfig& config, Prompt prompt);

}  // namespace dsocr::model

#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "data/text/tokenizer.h"

namespace dsocr::data {

inline constexpr std::string_view kImageToken = "<image>";
inline constexpr std::string_view kBosToken = "<\uFF5Cbegin\u2581of\u2581sentence\uFF5C>";
inline constexpr std::string_view kEosToken = "<\uFF5Cend\u2581of\u2581sentence\uFF5C>";

/// Ids of a prompt (spec: model, section 6.1): bos, then the text without the white space around
/// it, where the i-th "<image>" stands as num_image_tokens[i] copies of its id. The trained prompts
/// have no blank at the end; a blank would be a token of its own. Throws DataError when the text
/// does not have one "<image>" for each count, or when the tokenizer lacks bos or "<image>".
std::vector<int32_t> encode_prompt(const Tokenizer& tokenizer, std::string_view text,
                                   std::span<const size_t> num_image_tokens);

/// How prompt and answer of a training sample become ids (spec: model, sections 9.2 and 9.3):
/// kOfficial has the prompt of encode_prompt(), the text as it is, eos; kUnsloth keeps the white
/// space around the prompt and takes it from the text, then has a blank of its own and eos;
/// kMsSwift keeps prompt and text as they are, then eos.
enum class SampleConvention { kOfficial, kUnsloth, kMsSwift };
std::span<const std::pair<std::string_view, SampleConvention>> enum_names(SampleConvention);

struct SampleIds {
  std::vector<int32_t> prompt;
  std::vector<int32_t> answer;  // learnt
};

/// `spelled`: the answer is the ids of each character of the text on its own, as subword
/// regularization with every merge dropped has it (Provilkov et al. 2020, BPE-dropout); special
/// tokens stay.
/// Throws DataError as encode_prompt() does, when the tokenizer lacks eos, and when the text has
/// bos, eos or "<image>" in it: such a page cannot be learnt (recoverable).
SampleIds encode_sample(const Tokenizer& tokenizer, SampleConvention convention,
                        std::string_view prompt, std::span<const size_t> num_image_tokens,
                        std::string_view text, bool spelled = false);

}  // namespace dsocr::data

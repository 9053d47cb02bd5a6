#pragma once

#include <cstdint>
#include <span>
#include <string_view>
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

}  // namespace dsocr::data

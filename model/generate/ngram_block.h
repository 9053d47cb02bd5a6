#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/generate/config.h"

namespace dsocr::model {

/// Ids that would repeat an n-gram if they came next, sorted, each once. `tokens` are the generated
/// ones when the block has a window, else prompt and generated. As in the originals, size 1 forbids
/// nothing with a window and every earlier token without one.
std::vector<std::int32_t> blocked_tokens(const NgramBlock& block,
                                         std::span<const std::int32_t> tokens);

}  // namespace dsocr::model

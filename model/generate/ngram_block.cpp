#include "model/generate/ngram_block.h"

#include <algorithm>

namespace dsocr::model {

std::vector<std::int32_t> blocked_tokens(const NgramBlock& block,
                                         std::span<const std::int32_t> tokens) {
  const auto length = static_cast<std::int64_t>(tokens.size());
  const std::int64_t size = block.size;
  std::vector<std::int32_t> blocked;
  if (size <= 0 || length < size || (block.window > 0 && size == 1)) return blocked;
  const auto prefix = tokens.last(static_cast<size_t>(size - 1));
  const std::int64_t first =
      block.window > 0 ? std::max<std::int64_t>(0, length - block.window) : 0;
  for (std::int64_t i = first; i + size <= length; ++i) {
    const auto ngram = tokens.subspan(static_cast<size_t>(i), static_cast<size_t>(size));
    if (std::equal(prefix.begin(), prefix.end(), ngram.begin())) blocked.push_back(ngram.back());
  }
  std::sort(blocked.begin(), blocked.end());
  blocked.erase(std::unique(blocked.begin(), blocked.end()), blocked.end());
  std::erase_if(blocked, [&](std::int32_t id) {
    return std::find(block.allowed.begin(), block.allowed.end(), id) != block.allowed.end();
  });
  return blocked;
}

}  // namespace dsocr::model

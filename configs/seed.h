#pragma once

#include <cstdint>
#include <string_view>

namespace dsocr::configs {

/// The seed of one stage ("data.shuffle") and one index in it (an epoch, a sample) for a run whose
/// root seed is `root`. The same three values give the same seed on every platform and release:
/// the first 8 bytes, read big-endian, of SHA-256(root ++ index ++ stage), where root and index are
/// 8 big-endian bytes and stage is its UTF-8 bytes. Different stages get unrelated seeds.
std::uint64_t derive_seed(std::uint64_t root, std::string_view stage, std::uint64_t index = 0);

}  // namespace dsocr::configs

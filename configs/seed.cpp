#include "configs/seed.h"

#include <string>

#include "configs/sha256.h"

namespace dsocr::configs {
namespace {

void append_big_endian(std::string& bytes, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>((value >> shift) & 0xff);
}

}  // namespace

std::uint64_t derive_seed(std::uint64_t root, std::string_view stage, std::uint64_t index) {
  std::string bytes;
  append_big_endian(bytes, root);
  append_big_endian(bytes, index);
  bytes += stage;  // last, so that its length needs no mark
  const auto sum = sha256(bytes);
  std::uint64_t seed = 0;
  for (int i = 0; i < 8; ++i) seed = seed << 8 | sum[static_cast<std::size_t>(i)];
  return seed;
}

}  // namespace dsocr::configs

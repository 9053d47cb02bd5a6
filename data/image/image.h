#pragma once

#include <cstdint>
#include <vector>

namespace dsocr::data {

/// A picture in memory: 8-bit RGB, rows from top to bottom without padding between them.
struct Image {
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::vector<std::uint8_t> rgb = {};  // height x width x 3

  bool operator==(const Image&) const = default;
};

}  // namespace dsocr::data

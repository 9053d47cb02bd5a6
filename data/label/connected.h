#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace dsocr::data {

/// Things 0..count-1 in groups, each of all that pairs join directly or through others; groups and
/// what is in them in growing order.
std::vector<std::vector<std::size_t>> connected(
    std::size_t count, std::span<const std::pair<std::size_t, std::size_t>> pairs);

}  // namespace dsocr::data

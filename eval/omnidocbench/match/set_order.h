#pragma once

#include <cstddef>
#include <vector>

namespace dsocr::omnidocbench {

/// The order in which CPython 3.11 iterates over set(range(count)) - removed: the official
/// evaluator breaks ties by it (spec: OmniDocBench, section 5.9). `removed` has no value twice and
/// none from `count` on.
std::vector<size_t> set_difference_order(size_t count, const std::vector<size_t>& removed);

}  // namespace dsocr::omnidocbench

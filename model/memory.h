#pragma once

#include <cstdint>

namespace dsocr::model {

/// Bytes that this process may still take: the least of what the machine has available, the limit
/// of its control group, and its address space limit (ulimit -v).
std::int64_t available_memory();

}  // namespace dsocr::model

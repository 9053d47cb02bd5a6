#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "model/deepseek_ocr.h"

namespace dsocr::model {

struct PartSize {
  std::int64_t parameters = 0;
  std::int64_t active = 0;  // that one token passes, as the paper counts: routed experts in part
  std::int64_t bytes = 0;
};

/// The part that a parameter belongs to, by its name.
std::string part_of(const std::string& parameter);

/// The parts of a network as the paper names them (spec: model, section 1.3), in the order of a
/// page's way through it.
struct Inventory {
  std::vector<std::pair<std::string, PartSize>> parts;
  PartSize total;
};
Inventory take_inventory(const DeepseekOcrImpl& model);

}  // namespace dsocr::model

#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "eval/engine.h"

namespace dsocr::eval {

/// What an engine may be made from; an engine takes what it needs.
struct EngineSource {
  std::filesystem::path predictions;
};

struct EngineEntry {
  std::string_view name;
  std::string_view doc;
  std::unique_ptr<OcrEngine> (*make)(const EngineSource& source);
};

/// Every engine; a new one is a file pair and a line in this table.
std::span<const EngineEntry> engines();

/// Throws configs::ConfigError with the nearest name for one that is not in the table.
std::unique_ptr<OcrEngine> make_engine(const std::string& name, const EngineSource& source);

}  // namespace dsocr::eval

#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "configs/view.h"
#include "data/text/clean_up.h"
#include "eval/engine.h"
#include "eval/read/config.h"

namespace dsocr::eval {

class PageReader;

/// What an engine may be made from; an engine takes what it needs.
struct EngineSource {
  std::filesystem::path predictions = {};
  NetworkConfig network = {};
  std::optional<configs::VisionMode> mode = {};
  /// What makes Markdown of the network's output.
  std::string (*clean_up)(std::string_view output) = data::clean_up_image;
  size_t threads = 1;
  /// The loaded network, put here by the first engine that needs one: engines of one benchmark
  /// share it.
  std::shared_ptr<PageReader> reader = {};
};

struct EngineEntry {
  std::string_view name;
  std::string_view doc;
  std::unique_ptr<OcrEngine> (*make)(EngineSource& source);
  bool needs_network = false;  // libtorch and what stands on it
};

/// The part of a program that knows networks; a program that starts without libtorch has its own.
/// `require_network` is called before anything is written for an engine that needs one.
void require_network();
std::unique_ptr<OcrEngine> make_model_engine(EngineSource& source);

/// Every engine; a new one is a file pair and a line in this table.
std::span<const EngineEntry> engines();

/// These throw configs::ConfigError with the nearest name for one that is not in the table.
const EngineEntry& find_engine(const std::string& name);
std::unique_ptr<OcrEngine> make_engine(const std::string& name, EngineSource& source);

}  // namespace dsocr::eval

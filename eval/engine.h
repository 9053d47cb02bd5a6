#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "configs/view.h"

namespace dsocr::eval {

/// One page to be read.
struct PageRequest {
  std::string id;               // unique within the benchmark: the image's file name
  std::filesystem::path image;  // empty when the benchmark has no images at hand
  std::string prompt;           // with the literal <image> where the page goes
};

/// What an engine read on a page.
struct Transcript {
  std::string text = {};  // UTF-8
  std::optional<std::string> failure =
      {};               // why the page could not be read; scored as an empty text
  bool absent = false;  // with `failure`: nobody has tried to read the page
  std::optional<configs::PageSize> page_size = {};  // pixels of the page image, where known
  std::optional<double> font_px = {};               // font height in the page image, where known
};

/// Whatever turns pages into text; the only thing that a benchmark sees of a model.
class OcrEngine {
 public:
  virtual ~OcrEngine() = default;

  /// Called once with every page of the benchmark before any work. Throws data::DataError when the
  /// engine cannot serve exactly these pages.
  virtual void check_pages(std::span<const std::string> ids) const = 0;

  /// One transcript per request, in the same order. A page that fails carries its reason and does
  /// not stop the others.
  virtual std::vector<Transcript> transcribe(std::span<const PageRequest> pages) = 0;

  /// For the report: "engine", its name; "prompt" and "decoding", how the texts came to be (null
  /// where that means nothing); and whatever else it has.
  virtual nlohmann::ordered_json describe() const = 0;

  /// Files that the transcripts depend on (predictions, weights), for the manifest.
  virtual std::vector<std::filesystem::path> inputs() const { return {}; }
};

}  // namespace dsocr::eval

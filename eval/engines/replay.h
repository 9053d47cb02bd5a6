#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "eval/engine.h"

namespace dsocr::eval {

/// Predictions that some model made earlier, read from a file: a JSON array or JSON Lines of
/// {"image": ..., "pred": ...}, optionally with "width", "height" and "font_px" of the page image.
class ReplayEngine : public OcrEngine {
 public:
  /// Throws data::DataError naming file, record and reason: unreadable, not JSON, invalid UTF-8, a
  /// field missing or mistyped, a page twice.
  explicit ReplayEngine(std::filesystem::path predictions);

  /// Throws data::DataError when a page is missing or does not belong to the benchmark.
  void check_pages(std::span<const std::string> ids) const override;
  std::vector<Transcript> transcribe(std::span<const PageRequest> pages) override;
  nlohmann::ordered_json describe() const override;
  std::vector<std::filesystem::path> inputs() const override { return {file_}; }

 private:
  std::filesystem::path file_;
  std::vector<std::string> ids_;  // in the file's order
  std::unordered_map<std::string, Transcript> transcripts_;
};

}  // namespace dsocr::eval

#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "eval/engine.h"

namespace dsocr::eval {

/// Pages that some model wrote earlier, a Markdown file for each in one folder, named as the
/// official OmniDocBench evaluator looks for them (spec: OmniDocBench, section 2.2). A page without
/// a file is absent; one that is not UTF-8 fails.
class ReplayFolderEngine : public OcrEngine {
 public:
  /// Throws data::DataError for a folder that cannot be read or that holds no Markdown.
  explicit ReplayFolderEngine(std::filesystem::path folder);

  /// Throws data::DataError when not one of the pages has a file.
  void check_pages(std::span<const std::string> ids) const override;
  std::vector<Transcript> transcribe(std::span<const PageRequest> pages) override;
  /// "unused_files" counts files that belong to no page, "predictions_sha256" stands for the names
  /// and texts of all others.
  nlohmann::ordered_json describe() const override;

 private:
  std::filesystem::path folder_;
  // After transcribe():
  std::vector<std::string> unused_;
  std::string sha256_;
};

}  // namespace dsocr::eval

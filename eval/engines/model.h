#pragma once

#include <memory>
#include <string>

#include "configs/view.h"
#include "eval/engine.h"
#include "eval/read/page_reader.h"

namespace dsocr::eval {

/// DeepSeek-OCR itself reads the page images (spec: model).
class ModelEngine : public OcrEngine {
 public:
  /// `clean_up` makes Markdown of what the network writes.
  ModelEngine(std::shared_ptr<PageReader> reader, configs::VisionMode mode,
              std::string (*clean_up)(std::string_view output))
      : reader_(std::move(reader)), mode_(mode), clean_up_(clean_up) {}

  void check_pages(std::span<const std::string>) const override {}
  /// A page without an image, or whose image cannot be decoded, fails.
  std::vector<Transcript> transcribe(std::span<const PageRequest> pages) override;
  nlohmann::ordered_json describe() const override;
  std::vector<std::filesystem::path> inputs() const override { return reader_->inputs(); }

 private:
  std::shared_ptr<PageReader> reader_;
  configs::VisionMode mode_;
  std::string (*clean_up_)(std::string_view output);
  std::string prompt_;  // of the pages that were read last
};

}  // namespace dsocr::eval

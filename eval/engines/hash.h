#pragma once

#include "eval/engine.h"

namespace dsocr::eval {

/// Answers every page with words made from a hash of its id and prompt: always the same, no
/// weights, no images. Shows that a benchmark and its report work before any model is there.
class HashEngine : public OcrEngine {
 public:
  void check_pages(std::span<const std::string>) const override {}
  std::vector<Transcript> transcribe(std::span<const PageRequest> pages) override;
  nlohmann::ordered_json describe() const override {
    return {{"engine", "hash"}, {"prompt", nullptr}, {"decoding", nullptr}};
  }
};

}  // namespace dsocr::eval

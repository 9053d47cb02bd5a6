#pragma once

#include <cstdint>
#include <string>

#include "configs/view.h"
#include "model/generate/config.h"

namespace dsocr::eval {

/// A network and how it writes.
struct NetworkConfig {
  std::string folder = {};
  std::string device = "cpu";
  std::string dtype = {};
  int64_t max_tiles = 9;
  model::DecodingConfig decoding = {
      .ngram = {.size = 30, .window = 90, .allowed = {128821, 128822}}};

  template <class V>
  void fields(V& v) {
    v("folder", folder, "checkpoint: config.json, safetensors, tokenizer.json");
    v("device", device, "cpu, cuda or cuda:N");
    v("dtype", dtype, "float32 or bfloat16; empty: as the weights are stored");
    v("max_tiles", max_tiles, "most tiles of a page: 9 as in the paper, 6 as in vLLM",
      {.min = 2, .max = 64});
    v("decoding", decoding,
      "how answers are written; the defaults are those of the official vLLM "
      "script for single images");
  }
};

/// Settings of `dsocr read`.
struct ReadConfig {
  NetworkConfig network;
  configs::VisionMode mode = configs::VisionMode::kBase;
  std::string prompt = "markdown";
  double dpi = 144;
  int64_t threads = 0;

  template <class V>
  void fields(V& v) {
    v("network", network, "the network and how it writes");
    v("mode", mode, "how a page is shown to the encoder");
    v("prompt", prompt, "free, markdown, ocr, figure, describe, or a text with <image> in it");
    v("dpi", dpi, "resolution at which PDF pages are drawn", {.min = 10, .max = 2400});
    v("threads", threads, "threads; 0: one per core", {.min = 0, .max = 1024});
  }
};

/// The text of a prompt that is given by name (spec: model, section 6.1), or the text itself.
/// Throws configs::ConfigError for a text without exactly one <image>.
std::string prompt_text(const std::string& name_or_text);

}  // namespace dsocr::eval

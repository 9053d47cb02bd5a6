#pragma once

#include <string>
#include <vector>

#include "eval/benchmark.h"
#include "eval/config.h"
#include "eval/normalize/orthography.h"
#include "eval/read/config.h"

namespace dsocr::eval {

/// What read the pages once.
struct LanguageRun {
  std::string name = {};
  std::string predictions = {};
  std::optional<configs::VisionMode> mode = {};

  template <class V>
  void fields(V& v) {
    v("name", name, "name in tables; empty: the predictions' file name");
    v("predictions", predictions,
      "engine replay: what a model wrote, [{image, pred}] as JSON or JSON Lines, or a folder");
    v("mode", mode, "engine model: how a page is shown to the encoder");
  }
};

/// Error rates of pages in any language against their texts, by language.
struct LanguageCerConfig {
  std::string data;
  std::string format = "store";
  std::string language = {};
  std::string engine = "replay";
  NetworkConfig network;
  std::vector<LanguageRun> runs;
  std::string prompt = "<image>\nFree OCR.";
  metrics::Orthography orthography;
  BootstrapConfig bootstrap;
  int64_t shown = 3;
  int64_t limit = 0;
  int64_t threads = 0;

  template <class V>
  void fields(V& v) {
    v("data", data, "pages with their texts: a store, or what `format` says",
      {.min_items = 1, .required = true});
    v("format", format, "store, or a format of `dsocr data pack`: page, alto, hocr, jsonl, ...",
      {.min_items = 1});
    v("language", language, "BCP 47 of pages that do not say theirs");
    v("engine", engine, "what reads the pages; `dsocr ls` lists them");
    v("network", network, "what engine 'model' reads with");
    v("runs", runs, "what is scored", {.min_items = 1, .required = true});
    v("prompt", prompt, "prompt given to an engine that reads pages");
    v("orthography", orthography, "what of the spelling counts, on both sides");
    v("bootstrap", bootstrap, "intervals over pages");
    v("shown", shown, "worst pages of each run in the report", {.min = 0, .max = 100});
    v("limit", limit, "only the first pages; 0: all", {.min = 0});
    v("threads", threads, "threads; 0: one per core", {.min = 0, .max = 1024});
  }
};

Benchmark language_cer_benchmark();

}  // namespace dsocr::eval

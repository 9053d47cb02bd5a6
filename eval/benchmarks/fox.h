#pragma once

#include "eval/benchmark.h"
#include "eval/config.h"
#include "eval/read/config.h"

namespace dsocr::eval {

/// Fox English page OCR, the compression sweep of the DeepSeek-OCR paper's Table 2 (spec: Fox).
struct FoxConfig {
  std::string data;
  std::string engine = "replay";
  NetworkConfig network;
  std::vector<RunConfig> runs;
  bool count_bos = true;
  std::string tokenizer;
  std::string prompt = "<image>\nFree OCR.";
  ScoringConfig scoring;
  BootstrapConfig bootstrap;
  int64_t limit = 0;
  int64_t threads = 0;

  template <class V>
  void fields(V& v) {
    v("data", data, "folder that holds en_page_ocr.json", {.min_items = 1, .required = true});
    v("engine", engine, "what reads the pages; `dsocr ls` lists them");
    v("network", network, "what engine 'model' reads with");
    v("runs", runs, "what is scored, each against its targets", {.min_items = 1, .required = true});
    v("count_bos", count_bos,
      "count the begin-of-sentence token of a page, as the paper's buckets do");
    v("tokenizer", tokenizer, "tokenizer.json that counts tokens; empty: DeepSeek-OCR's");
    v("prompt", prompt, "prompt given to an engine that reads pages");
    v("scoring", scoring, "how a page is scored");
    v("bootstrap", bootstrap, "intervals over pages");
    v("limit", limit, "only the first pages; 0: all", {.min = 0});
    v("threads", threads, "threads; 0: one per core", {.min = 0, .max = 1024});
  }
};

Benchmark fox_benchmark();

}  // namespace dsocr::eval

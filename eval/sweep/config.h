#pragma once

#include <string>
#include <vector>

#include "configs/schemas.h"
#include "data/render/render_config.h"
#include "eval/config.h"
#include "eval/read/config.h"

namespace dsocr::eval {

/// Where the words of some pages come from.
struct SweepText {
  std::string name = {};
  std::string source = {};
  data::TextConfig text = {};

  template <class V>
  void fields(V& v) {
    v("name", name, "in tables, pictures and page ids: letters, digits, - and _",
      {.min_items = 1, .required = true});
    v("source", source,
      "text, folder, JSON Lines or store, as for `dsocr data render`; empty: text.generate");
    v("text", text, "how it is read, generated, distorted");
  }
};

/// Settings of `dsocr sweep`: pages of every text, mode, ratio and size of type.
struct SweepConfig {
  std::vector<SweepText> texts = {};
  std::vector<configs::VisionMode> modes = {};
  std::vector<double> ratios = {};
  std::vector<double> font_px = {};
  std::uint64_t pages = 8;
  data::RenderConfig render = {};
  std::string engine = "model";
  NetworkConfig network = {};
  std::string predictions = {};
  std::string prompt = "<image>\nFree OCR.";
  std::string tokenizer = {};
  ScoringConfig scoring = {.meteor = MeteorChoice::kOff};
  BootstrapConfig bootstrap = {};
  bool references = true;
  std::uint64_t shown = 4;
  std::int64_t threads = 0;

  template <class V>
  void fields(V& v) {
    v("texts", texts, "what stands on the pages", {.min_items = 1, .required = true});
    v("modes", modes, "vision modes; a page is as large as the view",
      {.min_items = 1, .required = true});
    v("ratios", ratios, "text tokens for each vision token",
      {.above = 0, .min_items = 1, .required = true});
    v("font_px", font_px, "sizes of type in the view, pixels",
      {.above = 0, .min_items = 1, .required = true});
    v("pages", pages, "of every text, mode, ratio and size", {.min = 1});
    v("render", render, "how pages look; size, mode, tokens, font.px and pages come from above");
    v("engine", engine, "what reads the pages; `dsocr ls` lists them");
    v("network", network, "what engine 'model' reads with");
    v("predictions", predictions, "engine 'replay': folder with MODE.json, as a sweep writes it");
    v("prompt", prompt, "prompt given to an engine that reads pages");
    v("tokenizer", tokenizer,
      "tokenizer.json that counts tokens; empty: the network's, without one DeepSeek-OCR's");
    v("scoring", scoring, "how a page is scored");
    v("bootstrap", bootstrap, "intervals over pages");
    v("references", references, "show the paper's points beside the curves");
    v("shown", shown, "best pages, and worst ones, in the report");
    v("threads", threads, "threads; 0: one per core", {.min = 0, .max = 1024});
  }
};

/// The kind "sweep" of `dsocr config`.
configs::ConfigKind sweep_config_kind();

}  // namespace dsocr::eval

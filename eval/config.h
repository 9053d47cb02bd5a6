#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "configs/view.h"

namespace dsocr::eval {

/// Which metric columns METEOR fills.
enum class MeteorChoice {
  kAuto,       // with WordNet where it is installed, else without
  kWordnet,    // with WordNet; missing files are an error
  kNoWordnet,  // string and stem stages only
  kOff,        // column left out
};

std::span<const std::pair<std::string_view, MeteorChoice>> enum_names(MeteorChoice);

/// One set of transcripts to be scored.
struct RunConfig {
  std::string name = {};
  std::string predictions = {};
  std::string targets = "clean";
  std::optional<configs::VisionMode> mode = {};
  std::string group = {};
  bool paper = true;

  template <class V>
  void fields(V& v) {
    v("name", name, "name in tables and pictures; empty: the predictions' file name");
    v("predictions", predictions,
      "what a model wrote, [{image, pred}] as JSON or JSON Lines; a path in the working folder, "
      "else in `data`");
    v("targets", targets,
      "'clean' for the benchmark's own texts, or a file [{image, text}]; a path in the working "
      "folder, else in `data`");
    v("mode", mode,
      "vision mode of the run; null: the end of the name (page_tiny is tiny), if it is one");
    v("paper", paper,
      "show the paper's Table 2 beside the run where it fits; false when the pages are not the "
      "benchmark's own images");
    v("group", group,
      "runs of one group are compared page by page; empty: the name without its mode");
  }
};

struct ScoringConfig {
  bool official_args = false;
  MeteorChoice meteor = MeteorChoice::kAuto;
  std::string wordnet = "/usr/share/wordnet";
  std::string jieba = {};

  template <class V>
  void fields(V& v) {
    v("official_args", official_args,
      "score the target against the prediction, as the official script calls its own function: "
      "precision and "
      "recall change places, BLEU and METEOR change");
    v("meteor", meteor, "which METEOR to compute");
    v("wordnet", wordnet, "folder with the WordNet 3.0 dictionary files");
    v("jieba", jieba, "folder with jieba's dict.txt and hmm.tsv; empty: the installed one");
  }
};

struct BootstrapConfig {
  int64_t resamples = 2000;
  double confidence = 0.95;
  uint64_t seed = 0;

  template <class V>
  void fields(V& v) {
    v("resamples", resamples, "bootstrap resamples of the pages; 0 leaves intervals out",
      {.min = 0, .max = 1e6});
    v("confidence", confidence, "coverage of the intervals", {.above = 0, .below = 1});
    v("seed", seed, "root seed of the resampling");
  }
};

}  // namespace dsocr::eval

#pragma once

#include "eval/benchmark.h"
#include "eval/config.h"
#include "eval/omnidocbench/match/page_match.h"
#include "eval/omnidocbench/version.h"
#include "eval/read/config.h"

namespace dsocr::eval {

/// One set of predicted pages to be scored.
struct OmniDocBenchRunConfig {
  std::string name = {};
  std::string predictions = {};
  std::optional<configs::VisionMode> mode = {};

  template <class V>
  void fields(V& v) {
    v("name", name, "name in tables and pictures; empty: the name of the predictions");
    v("predictions", predictions,
      "what a model wrote: a folder with a Markdown file for each page, or [{image, pred}] as JSON "
      "or JSON Lines");
    v("mode", mode,
      "vision mode of the run; null: the end of the name (md_tiny is tiny), if it is one");
  }
};

enum class CdmChoice {
  kAuto,  // where TeX is installed
  kOn,    // missing programs are an error
  kOff,
};

std::span<const std::pair<std::string_view, CdmChoice>> enum_names(CdmChoice);

struct CdmConfig {
  CdmChoice run = CdmChoice::kAuto;
  std::string cache = {};

  template <class V>
  void fields(V& v) {
    v("run", run, "whether formulas are typeset and compared; auto: where TeX and Ghostscript are");
    v("cache", cache,
      "SQLite file of formulas that were typeset before; empty: dsocr/cdm.sqlite in the user's "
      "cache folder");
  }
};

/// OmniDocBench, end-to-end document parsing, by the rules of one of its official evaluators
/// (spec: OmniDocBench).
struct OmniDocBenchConfig {
  std::string gt;
  std::string images;
  omnidocbench::Version version = omnidocbench::Version::k15;
  omnidocbench::MatchMethod match = omnidocbench::MatchMethod::kQuick;
  bool corrected = false;
  bool bleu_meteor = false;
  std::string engine = "replay";
  NetworkConfig network = {
      .decoding = {.ngram = {.size = 40, .window = 90, .allowed = {128821, 128822}}}};
  std::vector<OmniDocBenchRunConfig> runs;
  std::string prompt = "<image>\n<|grounding|>Convert the document to markdown.";
  CdmConfig cdm;
  BootstrapConfig bootstrap;
  int64_t limit = 0;
  int64_t threads = 0;

  template <class V>
  void fields(V& v) {
    v("gt", gt, "OmniDocBench.json", {.min_items = 1, .required = true});
    v("images", images, "folder of the page images; empty: `images` beside `gt`");
    v("version", version, "official evaluator whose rules are followed; 1.7 is also 1.6");
    v("match", match, "how lines are paired; simple and no_split with version 1.0 only");
    v("corrected", corrected, "score once more without the known defects of the evaluator");
    v("bleu_meteor", bleu_meteor, "compute BLEU and METEOR of the texts, too");
    v("engine", engine, "what reads the pages; `dsocr ls` lists them");
    v("network", network, "what engine 'model' reads with");
    v("runs", runs, "what is scored", {.min_items = 1, .required = true});
    v("prompt", prompt, "prompt given to an engine that reads pages");
    v("cdm", cdm, "the formula score of version 1.5 and later");
    v("bootstrap", bootstrap, "intervals over pages");
    v("limit", limit, "only the first pages; 0: all", {.min = 0});
    v("threads", threads, "threads; 0: one per core", {.min = 0, .max = 1024});
  }
};

Benchmark omnidocbench_benchmark();

}  // namespace dsocr::eval

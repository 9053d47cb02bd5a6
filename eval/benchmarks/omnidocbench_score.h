#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "eval/benchmarks/omnidocbench.h"
#include "eval/engine.h"
#include "eval/omnidocbench/scores.h"
#include "eval/omnidocbench/truth.h"

namespace dsocr::eval {

/// Everything that a config names, read and found to fit together.
struct OmniDocBenchInputs {
  std::vector<OmniDocBenchRunConfig> runs;          // name and mode resolved
  std::vector<std::unique_ptr<OcrEngine>> engines;  // one per run
  std::vector<omnidocbench::TruthPage> pages;
  std::vector<omnidocbench::TruthPage> corrected_pages;  // where the config asks for them
  std::vector<std::pair<std::string, std::filesystem::path>> files;  // role and file of every input
};

/// How the reading and scoring of a page went.
struct OmniDocBenchPage {
  std::string image;
  std::optional<std::string> failure = {};  // scored as an empty page, or left out
  bool absent = false;
  bool scored = false;  // false: left out, as versions before 1.6 do with pages nobody has read
  bool looping = false;
  std::optional<int64_t> vision_tokens = {};
  std::string markdown = {};  // as scored
};

struct OmniDocBenchRun {
  OmniDocBenchRunConfig config;
  std::vector<OmniDocBenchPage> pages;
  std::vector<omnidocbench::PageSamples> samples;    // of the scored pages
  std::vector<omnidocbench::PageSamples> corrected;  // of all pages, where the config asks for them
  nlohmann::ordered_json engine;
};

/// Throws configs::ConfigError or data::DataError for whatever can be wrong with the input, before
/// the first page is read.
OmniDocBenchInputs load_omnidocbench(const OmniDocBenchConfig& config);

/// Asks the engines and scores every page of every run.
std::vector<OmniDocBenchRun> score_omnidocbench(const OmniDocBenchConfig& config,
                                                const OmniDocBenchInputs& inputs);

/// Scores the formulas of all runs by CDM. What is missing for it, in words, or nothing.
/// Throws std::runtime_error when the config insists on it.
std::string add_cdm(std::vector<OmniDocBenchRun>& runs, const OmniDocBenchConfig& config);

/// results.json below "runs": headline numbers with their intervals, the official
/// metric_result.json and its breakdowns, counts of pages.
nlohmann::ordered_json summarise_omnidocbench(const OmniDocBenchRun& run,
                                              const OmniDocBenchConfig& config);

/// One line of samples.jsonl for each scored row.
std::vector<nlohmann::ordered_json> omnidocbench_rows(const OmniDocBenchRun& run,
                                                      omnidocbench::Version version);

}  // namespace dsocr::eval

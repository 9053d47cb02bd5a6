#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "eval/omnidocbench/predictions.h"
#include "eval/omnidocbench/scores.h"
#include "eval/omnidocbench/truth.h"
#include "tests/support/read_json.h"

// The official results beside the checkout (shared/golden/omnidocbench).
namespace dsocr::test {

struct OfficialRun {
  const char* folder;  // of the version
  omnidocbench::Version version;
  const char* set;  // of predictions
  omnidocbench::MatchMethod method = omnidocbench::MatchMethod::kQuick;
  const char* result;  // folder of the result, where it is not that of the set
};

inline std::filesystem::path omnidocbench_golden() { return shared_dir() / "golden/omnidocbench"; }

inline std::filesystem::path prediction_folder(const std::string& set) {
  return set == "demo" ? shared_dir() / "data/omnidocbench-demo/predictions"
                       : omnidocbench_golden() / "pred" / set;
}

inline std::filesystem::path truth_file(const std::string& set) {
  return set == "synthA" ? omnidocbench_golden() / "synthA_gt.json"
                         : shared_dir() / "data/omnidocbench-demo/OmniDocBench_demo.json";
}

inline std::vector<omnidocbench::PageSamples> score_set(const std::string& set,
                                                        omnidocbench::Version version,
                                                        omnidocbench::MatchMethod method) {
  std::vector<omnidocbench::PageSamples> samples;
  for (const auto& page : omnidocbench::read_truth(truth_file(set), version)) {
    const auto file = omnidocbench::find_prediction(prediction_folder(set), page.image);
    if (!file && version != omnidocbench::Version::k17) continue;
    const std::u32string text = file ? omnidocbench::read_prediction(*file) : std::u32string();
    samples.push_back(omnidocbench::score_page(page, text, version, method));
  }
  return samples;
}

/// Reads JSON in which NaN stands bare; it becomes null.
inline nlohmann::json read_python_json(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot open " + file.string());
  std::string text{std::istreambuf_iterator<char>(in), {}};
  for (size_t at = text.find(": NaN"); at != text.npos; at = text.find(": NaN", at))
    text.replace(at, 5, ": null");
  return nlohmann::json::parse(text);
}

}  // namespace dsocr::test

#pragma once

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/read_json.h"

namespace dsocr::test {

/// One published run of DeepSeek-OCR on the Fox pages with the scores of the upstream metric
/// functions: UTF-8 texts, page i of every vector is the same page. `golden_pages[i]` has `bleu`,
/// `meteor`, `f_measure`, `precision`, `recall`, `edit_dist` of the prediction against the target,
/// and the same six with the arguments exchanged under `swapped`.
struct FoxRun {
  std::string name;
  std::vector<std::string> images, targets, predictions;
  nlohmann::json golden_pages;
};

inline std::string text_of(const nlohmann::json& record, const char* key) {
  return record.at(key).get<std::string>();
}

/// Page image -> reference text of a target set: Fox's own texts for "clean", else a corrupted set.
inline std::map<std::string, std::string> load_fox_targets(const std::string& target) {
  const auto folder = shared_dir() / "data/fox";
  std::map<std::string, std::string> texts;
  if (target == "clean") {
    for (const auto& page : read_json(folder / "en_page_ocr.json"))
      texts[text_of(page, "image")] = text_of(page.at("conversations").at(1), "value");
  } else {
    for (const auto& page : read_json(folder / "targets" / (target + ".json")))
      texts[text_of(page, "image")] = text_of(page, "text");
  }
  return texts;
}

/// All runs under ../shared/golden/fox/replay, by name. Start the test that calls it with
/// DSOCR_REQUIRE_SHARED("golden/fox/replay"). Throws when a page lacks its text or prediction.
inline std::vector<FoxRun> load_fox_runs() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(shared_dir() / "golden/fox/replay"))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::sort(files.begin(), files.end());

  std::vector<FoxRun> runs;
  for (const auto& file : files) {
    nlohmann::json golden = read_json(file);
    const auto texts = load_fox_targets(text_of(golden, "target"));
    std::map<std::string, std::string> outputs;
    for (const auto& page : read_json(shared_dir() / "data/fox" / text_of(golden, "predictions")))
      outputs[text_of(page, "image")] = text_of(page, "pred");

    FoxRun run;
    run.name = text_of(golden, "run");
    for (const auto& page : golden.at("pages")) {
      run.images.push_back(text_of(page, "image"));
      run.targets.push_back(texts.at(run.images.back()));
      run.predictions.push_back(outputs.at(run.images.back()));
    }
    run.golden_pages = std::move(golden.at("pages"));
    runs.push_back(std::move(run));
  }
  return runs;
}

}  // namespace dsocr::test

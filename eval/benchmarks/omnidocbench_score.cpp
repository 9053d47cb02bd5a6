#include "eval/benchmarks/omnidocbench_score.h"

#include <algorithm>
#include <set>

#include "configs/error.h"
#include "data/text/clean_up.h"
#include "eval/engines/engines.h"
#include "eval/metrics/repetition.h"
#include "eval/normalize/unicode.h"
#include "eval/run_names.h"
#include "eval/runner.h"

namespace dsocr::eval {
namespace {

using omnidocbench::PageSamples;
using omnidocbench::Version;

// As the official script cleans what a network wrote, but without the text that ends it.
std::string clean_up(std::string_view output) {
  while (output.ends_with(data::kEosText)) output.remove_suffix(data::kEosText.size());
  return data::clean_up_omnidocbench(output);
}

std::vector<OmniDocBenchRunConfig> resolve_names(const std::vector<OmniDocBenchRunConfig>& runs) {
  std::vector<OmniDocBenchRunConfig> resolved = runs;
  std::set<std::string> names;
  for (size_t i = 0; i < resolved.size(); ++i) {
    OmniDocBenchRunConfig& run = resolved[i];
    run.name = run_name(run.name, run.predictions, i, names);
    std::optional<configs::VisionMode> named;
    without_mode(run.name, named);
    if (!run.mode) run.mode = named;
  }
  return resolved;
}

std::optional<int64_t> vision_tokens(const OmniDocBenchRunConfig& run, const Transcript& transcript,
                                     const omnidocbench::TruthPage& truth) {
  if (!run.mode) return std::nullopt;
  if (transcript.page_size)
    return configs::page_tokens(*run.mode, *transcript.page_size).vision_tokens;
  if (truth.width > 0 && truth.height > 0)
    return configs::page_tokens(*run.mode, {truth.width, truth.height}).vision_tokens;
  const auto fixed = configs::vision_tokens(*run.mode);
  return fixed ? std::optional<int64_t>(static_cast<int64_t>(*fixed)) : std::nullopt;
}

constexpr const char* kCountsAsEmpty = "; it counts as an empty page";

// A page whose scoring fails, such as one with endless unclosed tables, is scored as empty.
PageSamples score_page(const omnidocbench::TruthPage& truth, const std::u32string& text,
                       omnidocbench::Rules rules, const OmniDocBenchConfig& config,
                       OmniDocBenchPage& page) {
  try {
    return omnidocbench::score_page(truth, text, rules, config.match);
  } catch (const std::exception& error) {
    page.failure = error.what() + std::string(kCountsAsEmpty);
    return omnidocbench::score_page(truth, U"", rules, config.match);
  }
}

struct ScoredPage {
  std::optional<PageSamples> official, corrected;
};

}  // namespace

OmniDocBenchInputs load_omnidocbench(const OmniDocBenchConfig& config) {
  if (config.match != omnidocbench::MatchMethod::kQuick && config.version != Version::k10)
    throw configs::ConfigError("match", "later versions than 1.0 can do quick only");
  OmniDocBenchInputs inputs;
  inputs.runs = resolve_names(config.runs);
  inputs.pages = omnidocbench::read_truth(config.gt, config.version);
  if (config.limit > 0)
    inputs.pages.resize(std::min(inputs.pages.size(), static_cast<size_t>(config.limit)));
  if (config.corrected) {
    inputs.corrected_pages = omnidocbench::read_truth(config.gt, {config.version, true});
    inputs.corrected_pages.resize(inputs.pages.size());
  }
  inputs.files = {{"ground truth", config.gt}};
  std::vector<std::string> ids;
  for (const auto& page : inputs.pages) ids.push_back(page.image);
  EngineSource source{
      .network = config.network, .clean_up = clean_up, .threads = num_threads(config.threads)};
  for (const OmniDocBenchRunConfig& run : inputs.runs) {
    source.predictions = run.predictions;
    source.mode = run.mode;
    inputs.engines.push_back(make_engine(config.engine, source));
    inputs.engines.back()->check_pages(ids);
    for (const auto& file : inputs.engines.back()->inputs())
      inputs.files.emplace_back(config.engine, file);
  }
  return inputs;
}

std::vector<OmniDocBenchRun> score_omnidocbench(const OmniDocBenchConfig& config,
                                                const OmniDocBenchInputs& inputs) {
  const std::filesystem::path images =
      config.images.empty() ? std::filesystem::path(config.gt).parent_path() / "images"
                            : std::filesystem::path(config.images);
  std::vector<PageRequest> requests;
  for (const auto& page : inputs.pages)
    requests.push_back({page.image, images / page.image, config.prompt});

  std::vector<OmniDocBenchRun> runs;
  for (size_t r = 0; r < inputs.runs.size(); ++r) {
    OmniDocBenchRun run{inputs.runs[r], {}, {}, {}, {}};
    std::vector<Transcript> transcripts = inputs.engines[r]->transcribe(requests);
    run.engine = inputs.engines[r]->describe();
    run.pages.resize(requests.size());
    reports::Progress progress("Scoring " + run.config.name, "pages", requests.size());
    auto scored =
        map_ordered(requests.size(), num_threads(config.threads), progress, [&](size_t i) {
          OmniDocBenchPage& page = run.pages[i];
          page = {.image = requests[i].id,
                  .failure = transcripts[i].failure,
                  .absent = transcripts[i].absent,
                  .vision_tokens = vision_tokens(run.config, transcripts[i], inputs.pages[i])};
          ScoredPage result;
          page.scored = !page.absent || config.version == Version::k17;
          if (page.failure && page.scored) *page.failure += kCountsAsEmpty;
          page.markdown = std::move(transcripts[i].text);
          std::u32string text;
          try {
            text = metrics::decode_utf8(page.markdown);
          } catch (const std::invalid_argument& error) {
            page.failure = error.what() + std::string(kCountsAsEmpty);
          }
          page.looping = metrics::find_repetition(text).looping;
          if (page.scored)
            result.official = score_page(inputs.pages[i], text, config.version, config, page);
          if (config.corrected)
            result.corrected =
                score_page(inputs.corrected_pages[i], text, {config.version, true}, config, page);
          return result;
        });
    for (ScoredPage& page : scored) {
      if (page.official) run.samples.push_back(std::move(*page.official));
      if (page.corrected) run.corrected.push_back(std::move(*page.corrected));
    }
    runs.push_back(std::move(run));
  }
  return runs;
}

}  // namespace dsocr::eval

#include "eval/benchmarks/fox_score.h"

#include <algorithm>
#include <map>

#include "data/error.h"
#include "eval/metrics/capacity.h"
#include "eval/normalize/ocr_text.h"
#include "eval/runner.h"

namespace dsocr::eval {
namespace {

// The pages of one set of target texts, prepared once for all runs that share it.
struct TargetSet {
  std::vector<data::FoxPage> pages;
  std::vector<std::u32string> texts;
  std::vector<std::u32string> normalised;
  std::vector<std::u32string> words;
  std::vector<int64_t> tokens;
  std::vector<std::optional<int64_t>> buckets;
  std::optional<size_t> alphabet_symbols;
};

std::optional<int64_t> bucket_of(int64_t tokens) {
  if (tokens < kFoxFirstToken || tokens >= kFoxLastToken) return std::nullopt;
  return tokens / kFoxBucketTokens * kFoxBucketTokens;
}

std::u32string decode(const std::string& text, const std::string& where, const std::string& image) {
  try {
    return metrics::decode_utf8(text);
  } catch (const std::invalid_argument& error) {
    throw data::DataError(where, image, error.what());
  }
}

TargetSet prepare(std::vector<data::FoxPage> pages, const std::string& name,
                  const data::Tokenizer& tokenizer, const FoxConfig& config) {
  const size_t count = pages.size();
  TargetSet set;
  set.pages = std::move(pages);
  set.normalised.resize(count);
  set.words.resize(count);
  for (const data::FoxPage& page : set.pages) {
    set.texts.push_back(decode(page.text, name, page.image));
    if (metrics::split_whitespace(set.texts.back()).empty())
      throw data::DataError(name, page.image, "ground truth has no text that could be scored");
  }
  reports::Progress progress("Counting tokens of " + name, "pages", count);
  set.tokens = map_ordered(count, num_threads(config.threads), progress, [&](size_t i) {
    set.normalised[i] = metrics::normalise_format(set.texts[i]);
    set.words[i] = metrics::normalise_words(set.texts[i]);
    return static_cast<int64_t>(tokenizer.encode(set.pages[i].text).size()) +
           (config.count_bos ? 1 : 0);
  });
  for (const int64_t tokens : set.tokens) set.buckets.push_back(bucket_of(tokens));
  if (metrics::is_uniform_text(set.texts))
    set.alphabet_symbols = metrics::measure_alphabet(set.texts).symbols;
  return set;
}

// Every target set that a run names, by that name. Sets over the benchmark's own pages take their
// buckets from the clean texts.
std::map<std::string, TargetSet> prepare_targets(
    const std::map<std::string, std::vector<data::FoxPage>>& pages,
    const data::Tokenizer& tokenizer, const FoxConfig& config) {
  std::map<std::string, TargetSet> sets;
  for (const auto& [name, all] : pages) {
    std::vector<data::FoxPage> kept = all;
    if (config.limit > 0) kept.resize(std::min(all.size(), static_cast<size_t>(config.limit)));
    sets[name] = prepare(std::move(kept), name, tokenizer, config);
  }
  const TargetSet& clean = sets.at(kFoxCleanTargets);
  const auto same_image = [](const data::FoxPage& a, const data::FoxPage& b) {
    return a.image == b.image;
  };
  for (auto& [name, set] : sets)
    if (std::equal(set.pages.begin(), set.pages.end(), clean.pages.begin(), clean.pages.end(),
                   same_image))
      set.buckets = clean.buckets;
  return sets;
}

void add_vision(FoxPageScore& page, const RunConfig& run, const Transcript& transcript) {
  if (!run.mode) return;
  if (const auto fixed = configs::vision_tokens(*run.mode))
    page.vision_tokens = static_cast<double>(*fixed);
  if (!transcript.page_size) return;
  const configs::PageTokens tokens = configs::page_tokens(*run.mode, *transcript.page_size);
  page.vision_tokens = static_cast<double>(tokens.vision_tokens);
  page.valid_tokens = static_cast<double>(tokens.valid_tokens);
  if (transcript.font_px)
    page.font_px = *transcript.font_px * configs::page_scale(*run.mode, *transcript.page_size).y;
}

FoxPageScore score_page(const TargetSet& targets, size_t index, const RunConfig& run,
                        const Transcript& transcript, const std::u32string& prediction,
                        const Scorer& scorer) {
  FoxPageScore page;
  page.image = targets.pages[index].image;
  page.bucket = targets.buckets[index];
  page.tokens = targets.tokens[index];
  page.failure = transcript.failure;
  add_vision(page, run, transcript);
  page.text = scorer.score(targets.texts[index], prediction);
  page.normalised =
      scorer.score_overlap(targets.normalised[index], metrics::normalise_format(prediction));
  page.words = scorer.score_overlap(targets.words[index], metrics::normalise_words(prediction));
  page.length_ratio =
      static_cast<double>(prediction.size()) / static_cast<double>(targets.texts[index].size());
  page.repetition = metrics::find_repetition(prediction);
  return page;
}

}  // namespace

std::vector<FoxRun> score_fox(const FoxConfig& config, const FoxInputs& inputs,
                              const data::Tokenizer& tokenizer, const Scorer& scorer) {
  const std::map<std::string, TargetSet> sets = prepare_targets(inputs.pages, tokenizer, config);
  std::vector<FoxRun> runs;
  for (size_t r = 0; r < inputs.runs.size(); ++r) {
    const RunConfig& run = inputs.runs[r];
    const TargetSet& set = sets.at(run.targets);
    std::vector<PageRequest> requests;
    for (const data::FoxPage& page : set.pages)
      requests.push_back({page.image, page.file, config.prompt});
    const std::vector<Transcript> transcripts = inputs.engines[r]->transcribe(requests);
    std::vector<std::u32string> predictions;
    for (size_t i = 0; i < requests.size(); ++i)
      predictions.push_back(decode(transcripts[i].text, run.name, requests[i].id));
    reports::Progress progress("Scoring " + run.name, "pages", requests.size());
    runs.push_back({run,
                    map_ordered(requests.size(), num_threads(config.threads), progress,
                                [&](size_t i) {
                                  return score_page(set, i, run, transcripts[i], predictions[i],
                                                    scorer);
                                }),
                    set.alphabet_symbols, inputs.engines[r]->describe()});
  }
  return runs;
}

nlohmann::ordered_json sample_json(const FoxRun& run, const FoxPageScore& page,
                                   const std::string& meteor_label) {
  const auto optional = [](const std::optional<double>& value) {
    return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
  };
  nlohmann::ordered_json json{{"run", run.config.name}, {"image", page.image}};
  json.update(to_json(page.text.scores, meteor_label));
  json["swapped"] = to_json(page.text.swapped, meteor_label);
  json["normalised"] = to_json(page.normalised, "");
  json["words"] = to_json(page.words, "");
  json["bucket"] =
      page.bucket ? nlohmann::ordered_json(*page.bucket) : nlohmann::ordered_json(nullptr);
  json["tokens"] = page.tokens;
  json["vision_tokens"] = optional(page.vision_tokens);
  json["valid_vision_tokens"] = optional(page.valid_tokens);
  json["compression"] =
      page.vision_tokens
          ? nlohmann::ordered_json(static_cast<double>(page.tokens) / *page.vision_tokens)
          : nlohmann::ordered_json(nullptr);
  json["font_px_after_resize"] = optional(page.font_px);
  json["tokenizer"] = page.text.segmenter == metrics::Segmenter::kJieba ? "jieba" : "split";
  json["edit_ops"] = page.text.edit_ops;
  json["len_gt"] = page.text.len_gt;
  json["len_pred"] = page.text.len_pred;
  json["length_ratio"] = page.length_ratio;
  json["looping"] = page.repetition.looping;
  json["loop_period"] =
      page.repetition.looping ? nlohmann::ordered_json(page.repetition.period) : nullptr;
  json["failure"] = page.failure ? nlohmann::ordered_json(*page.failure) : nullptr;
  return json;
}

}  // namespace dsocr::eval

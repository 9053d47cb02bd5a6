#include "eval/benchmarks/language_cer.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <set>

#include "configs/seed.h"
#include "data/corpora/corpora.h"
#include "data/error.h"
#include "data/hdf5/page_store.h"
#include "data/image/decode.h"
#include "eval/engines/engines.h"
#include "eval/metrics/bootstrap.h"
#include "eval/metrics/word_error.h"
#include "eval/normalize/unicode.h"
#include "eval/page_intervals.h"
#include "eval/run_names.h"
#include "eval/runner.h"
#include "reports/files.h"

namespace dsocr::eval {
namespace {

using metrics::ErrorCounts;
using nlohmann::ordered_json;

constexpr const char* kVersion = "1.0";
constexpr double kPercent = 100;
constexpr const char* kUnknown = "(not said)";

// Pages of a store or a corpus, by number.
class Pages {
 public:
  explicit Pages(const LanguageCerConfig& config) {
    if (config.format == "store")
      store_.emplace(config.data);
    else
      corpus_ = data::open_corpus(config.format, config.data);
    const std::size_t all = store_ ? store_->num_pages() : corpus_->size();
    const auto limit = static_cast<std::size_t>(config.limit);
    size_ = limit > 0 ? std::min(limit, all) : all;
    if (size_ == 0) throw data::DataError(config.data, "", "has no pages");
  }

  std::size_t size() const { return size_; }
  data::Page page(std::size_t index) const {
    return store_ ? store_->page(index) : corpus_->page(index);
  }

 private:
  std::optional<data::PageStore> store_;
  std::unique_ptr<data::Corpus> corpus_;
  std::size_t size_ = 0;
};

struct TruePage {
  std::string id, language;
  std::u32string text;  // normalised
  std::filesystem::path image = {};
};

struct PageScore {
  std::u32string reading = {};  // normalised
  ErrorCounts characters = {}, words = {};
  std::optional<std::string> failure = {};
};

struct Run {
  std::string name;
  ordered_json engine;
  std::vector<PageScore> scores;
};

std::u32string normalised(const std::string& utf8, const LanguageCerConfig& config,
                          const std::string& id) {
  try {
    return metrics::normalise_orthography(metrics::decode_utf8(utf8), config.orthography);
  } catch (const std::invalid_argument& error) {
    throw data::DataError("", id, error.what());
  }
}

// Images go into `folder`, if there is one, for engines that read them.
std::vector<TruePage> read_pages(const LanguageCerConfig& config, const Pages& pages,
                                 const std::filesystem::path& folder) {
  std::vector<TruePage> truth;
  std::set<std::string> ids;
  if (!folder.empty()) std::filesystem::create_directories(folder);
  for (std::size_t i = 0; i < pages.size(); ++i) {
    const data::Page page = pages.page(i);
    if (!ids.insert(page.id).second)
      throw data::DataError(config.data, page.id, "the page is there twice");
    const std::string& language = page.language.empty() ? config.language : page.language;
    truth.push_back(
        {page.id, language.empty() ? kUnknown : language, normalised(page.text, config, page.id)});
    if (folder.empty()) continue;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(page.image.data());
    char name[64];
    std::snprintf(name, sizeof name, "%06zu.%s", i,
                  data::image_format({bytes, page.image.size()}).c_str());
    truth.back().image = folder / name;
    reports::write_file(truth.back().image, page.image);
  }
  return truth;
}

// What the config names, read and found to fit together.
struct Inputs {
  std::vector<std::string> names;  // of the runs
  std::vector<std::unique_ptr<OcrEngine>> engines;
  std::vector<TruePage> pages;
};

Inputs load(const LanguageCerConfig& config, const std::filesystem::path& folder) {
  Inputs inputs;
  EngineSource source{.network = config.network, .threads = num_threads(config.threads)};
  std::set<std::string> names;
  for (const LanguageRun& run : config.runs) {
    inputs.names.push_back(run_name(run.name, run.predictions, inputs.names.size(), names));
    source.predictions = run.predictions;
    source.mode = run.mode;
    inputs.engines.push_back(make_engine(config.engine, source));
  }
  inputs.pages = read_pages(config, Pages(config), folder);
  std::vector<std::string> ids;
  for (const TruePage& page : inputs.pages) ids.push_back(page.id);
  for (const auto& engine : inputs.engines) engine->check_pages(ids);
  return inputs;
}

std::vector<PageScore> score(const LanguageCerConfig& config, const std::vector<TruePage>& pages,
                             const std::vector<Transcript>& transcripts) {
  reports::Progress progress("Scoring", "pages", pages.size());
  return map_ordered(pages.size(), num_threads(config.threads), progress, [&](std::size_t i) {
    PageScore of{.reading = normalised(transcripts[i].text, config, pages[i].id),
                 .failure = transcripts[i].failure};
    of.characters = metrics::character_errors(pages[i].text, of.reading);
    of.words = metrics::word_errors(pages[i].text, of.reading);
    return of;
  });
}

ordered_json sample(const Run& run, const TruePage& page, const PageScore& score) {
  return {{"run", run.name},
          {"id", page.id},
          {"language", page.language},
          {"cer", score.characters.rate()},
          {"wer", score.words.rate()},
          {"character_edits", score.characters.edits},
          {"characters", score.characters.length},
          {"word_edits", score.words.edits},
          {"words", score.words.length},
          {"failure", score.failure ? ordered_json(*score.failure) : ordered_json(nullptr)},
          {"truth", metrics::encode_utf8(page.text)},
          {"reading", metrics::encode_utf8(score.reading)}};
}

// The rate of all pages together and the median page's, with intervals.
class Rates {
 public:
  Rates(const BootstrapConfig& config, std::size_t num_pages, const std::string& name)
      : confidence_(config.confidence) {
    if (config.resamples > 0 && num_pages > 1)
      resampler_.emplace(num_pages, static_cast<std::size_t>(config.resamples),
                         configs::derive_seed(config.seed, "eval.language_cer." + name));
  }

  ordered_json together(const std::vector<ErrorCounts>& pages) const {
    std::vector<double> edits, lengths;
    for (const ErrorCounts& page : pages) {
      edits.push_back(static_cast<double>(page.edits));
      lengths.push_back(static_cast<double>(page.length));
    }
    return cell(
        metrics::sum(pages).rate(),
        resampler_ ? resampler_->ratio_interval(edits, lengths, confidence_) : std::nullopt);
  }

  ordered_json median(const std::vector<ErrorCounts>& pages) const {
    std::vector<double> rates;
    for (const ErrorCounts& page : pages) rates.push_back(page.rate());
    return cell(metrics::median_rate(pages),
                resampler_ ? resampler_->median_interval(rates, confidence_) : std::nullopt);
  }

 private:
  static ordered_json cell(double value, const std::optional<metrics::Interval>& interval) {
    return reports::estimate(
        value, interval ? std::optional(std::pair(interval->low, interval->high)) : std::nullopt);
  }

  double confidence_;
  std::optional<metrics::PageResampler> resampler_;
};

// The draws depend on the pages of a language alone: runs are compared on the same ones.
ordered_json language_row(const LanguageCerConfig& config, const Run& run,
                          const std::string& language, const std::vector<std::size_t>& pages) {
  std::vector<ErrorCounts> characters, words;
  std::size_t failed = 0;
  for (const std::size_t page : pages) {
    characters.push_back(run.scores[page].characters);
    words.push_back(run.scores[page].words);
    failed += run.scores[page].failure.has_value();
  }
  const Rates rates(config.bootstrap, pages.size(), language);
  return {{"run", run.name},
          {"language", language},
          {"pages", pages.size()},
          {"characters", metrics::sum(characters).length},
          {"words", metrics::sum(words).length},
          {"cer", rates.together(characters)},
          {"cer_median", rates.median(characters)},
          {"wer", rates.together(words)},
          {"wer_median", rates.median(words)},
          {"failed", failed}};
}

reports::Table language_table(const LanguageCerConfig& config, const std::vector<TruePage>& pages,
                              const std::vector<Run>& runs) {
  std::map<std::string, std::vector<std::size_t>> languages;
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < pages.size(); ++i) {
    languages[pages[i].language].push_back(i);
    all.push_back(i);
  }
  reports::Table table{"languages",
                       "Error rates by language (percent, with interval)",
                       {{"run", "run"},
                        {"language", "language"},
                        {"pages", "pages"},
                        {"characters", "characters"},
                        {"words", "words"},
                        {"cer", "CER", 2, kPercent},
                        {"cer_median", "CER, median page", 2, kPercent},
                        {"wer", "WER", 2, kPercent},
                        {"wer_median", "WER, median page", 2, kPercent},
                        {"failed", "failed"}},
                       {}};
  for (const Run& run : runs) {
    for (const auto& [language, of] : languages)
      table.rows.push_back(language_row(config, run, language, of));
    if (languages.size() > 1) table.rows.push_back(language_row(config, run, "all", all));
  }
  return table;
}

std::vector<reports::Example> worst_pages(const LanguageCerConfig& config,
                                          const std::vector<TruePage>& pages,
                                          const std::vector<Run>& runs) {
  std::vector<reports::Example> examples;
  for (const Run& run : runs) {
    std::vector<std::size_t> order(pages.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return run.scores[a].characters.rate() > run.scores[b].characters.rate();
    });
    order.resize(std::min(order.size(), static_cast<std::size_t>(config.shown)));
    for (const std::size_t i : order) {
      char rate[32];
      std::snprintf(rate, sizeof rate, "CER %.2f", run.scores[i].characters.rate());
      examples.push_back(
          {run.name + ": " + pages[i].id + ", " + rate,
           pages[i].image.empty() ? "" : ("pages" / pages[i].image.filename()).string(),
           {{"truth", metrics::encode_utf8(pages[i].text)},
            {"reading", metrics::encode_utf8(run.scores[i].reading)}}});
    }
  }
  return examples;
}

// As engine replay reads them.
void write_predictions(const std::vector<TruePage>& pages, const std::vector<Transcript>& texts,
                       const std::filesystem::path& file) {
  ordered_json records = ordered_json::array();
  for (std::size_t i = 0; i < pages.size(); ++i)
    records.push_back({{"image", pages[i].id}, {"pred", texts[i].text}});
  reports::write_file(file, records.dump(1) + "\n");
}

BenchmarkResult run_language_cer(const nlohmann::json& json, const BenchmarkRun& run) {
  const auto config = configs::read_config<LanguageCerConfig>(json);
  const bool reads = find_engine(config.engine).needs_network;
  const Inputs inputs = load(config, reads ? run.dir.file("pages") : std::filesystem::path());
  const std::vector<TruePage>& pages = inputs.pages;
  if (std::filesystem::is_regular_file(config.data)) run.manifest.add_input("pages", config.data);
  run.manifest.set_seed("bootstrap", config.bootstrap.seed);
  run.manifest.set_device(config.network.device, num_threads(config.threads));
  run.manifest.set_version("unicode", metrics::unicode_version());
  for (const auto& engine : inputs.engines)
    for (const auto& file : engine->inputs()) run.manifest.add_input(config.engine, file);

  std::vector<PageRequest> requests;
  for (const TruePage& page : pages) requests.push_back({page.id, page.image, config.prompt});
  std::vector<Run> runs;
  for (std::size_t i = 0; i < inputs.engines.size(); ++i) {
    const std::vector<Transcript> transcripts = inputs.engines[i]->transcribe(requests);
    runs.push_back(
        {inputs.names[i], inputs.engines[i]->describe(), score(config, pages, transcripts)});
    if (reads)
      write_predictions(pages, transcripts,
                        run.dir.file("predictions-" + std::to_string(i + 1) + ".json"));
  }

  reports::LineWriter samples(run.dir.file("samples.jsonl"));
  for (const Run& of : runs)
    for (std::size_t i = 0; i < pages.size(); ++i)
      samples.write(sample(of, pages[i], of.scores[i]).dump());
  samples.close();

  ordered_json header = runs.front().engine;
  header["normalisation"] = "orthography " + std::to_string(metrics::kOrthographyVersion) + ": " +
                            metrics::describe(config.orthography);
  header["intervals"] = interval_text(config.bootstrap) + "; of medians percentiles";
  BenchmarkResult result;
  result.document.title = "Error rates by language";
  reports::add_facts(result.document, header);
  result.document.tables.push_back(language_table(config, pages, runs));
  result.document.examples = worst_pages(config, pages, runs);
  result.document.notes = {
      "CER and WER are edits over the length of the truth, of all pages together: long pages weigh "
      "more, and they can be above 100 %. Words are parted by white space and keep their "
      "punctuation.",
      "A page that failed is scored as an empty text."};
  run.dir.write_json("results.json", {{"benchmark", "language_cer"},
                                      {"version", kVersion},
                                      {"header", header},
                                      {"languages", result.document.tables[0].rows}});
  return result;
}

void check_language_cer(const nlohmann::json& json) {
  const auto config = configs::read_config<LanguageCerConfig>(json);
  load(config, {});
}

}  // namespace

Benchmark language_cer_benchmark() {
  return {
      .name = "language_cer",
      .version = kVersion,
      .doc = "pages in any language against their texts: character and word error rates",
      .example = "--data he.h5 --engine model --model runs/nano-he --mode p128 --out runs/he-cer",
      .config = configs::make_config_kind<LanguageCerConfig>(
          "eval.language_cer", "settings of `dsocr eval language_cer`"),
      .check = check_language_cer,
      .run = run_language_cer};
}

}  // namespace dsocr::eval

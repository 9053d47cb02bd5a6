#include "experiments/bench_text.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <ostream>
#include <stdexcept>

#include "configs/build_info.h"
#include "data/corpora/fox.h"
#include "data/text/tokenizer.h"
#include "eval/config.h"
#include "eval/engines/replay.h"
#include "eval/metrics/bleu.h"
#include "eval/metrics/edit_distance.h"
#include "eval/metrics/meteor.h"
#include "eval/metrics/set_overlap.h"
#include "eval/metrics/tokens.h"
#include "eval/metrics/wordnet.h"
#include "experiments/bench_session.h"

namespace dsocr {
namespace {

using nlohmann::json;

struct Options : BenchOptions {
  std::string data;
  std::string predictions;
  std::string tokenizer;
};

struct TextPair {
  std::string target;
  std::string prediction;
};

std::filesystem::path demo_data() {
  return configs::build_info().source_dir / "experiments" / "000-demo" / "data";
}

std::vector<TextPair> read_pairs(const Options& options, reports::Manifest& manifest) {
  const std::filesystem::path folder =
      options.data.empty() ? demo_data() : std::filesystem::path(options.data);
  const std::filesystem::path predictions = options.predictions.empty()
                                                ? folder / "predictions" / "page_tiny.json"
                                                : std::filesystem::path(options.predictions);
  eval::ReplayEngine engine(predictions);
  std::vector<eval::PageRequest> requests;
  std::vector<std::string> ids;
  const std::vector<data::FoxPage> pages = data::read_fox(folder);
  for (const data::FoxPage& page : pages) {
    requests.push_back({page.image, {}, {}});
    ids.push_back(page.image);
  }
  engine.check_pages(ids);
  manifest.add_input("ground truth", folder / "en_page_ocr.json");
  manifest.add_input("predictions", predictions);
  const auto transcripts = engine.transcribe(requests);
  std::vector<TextPair> pairs;
  for (size_t i = 0; i < pages.size(); ++i) pairs.push_back({pages[i].text, transcripts[i].text});
  return pairs;
}

// A result of ours against the reference's, so that both are known to do the same work.
void require_equal(const std::string& what, double ours, double theirs) {
  if (std::abs(ours - theirs) <= 1e-9 * std::max(std::abs(ours), std::abs(theirs))) return;
  throw std::runtime_error(what + ": dsocr gives " + std::to_string(ours) + ", the reference " +
                           std::to_string(theirs));
}

void bench_tokenize(const Options& options, const std::vector<std::string>& command_line,
                    std::ostream& out) {
  BenchSession session(options, command_line);
  const std::filesystem::path file = options.tokenizer.empty()
                                         ? data::default_tokenizer_file()
                                         : std::filesystem::path(options.tokenizer);
  session.manifest().add_input("tokenizer", file);
  const data::Tokenizer tokenizer = data::Tokenizer::load(file);
  const std::vector<TextPair> pairs = read_pairs(options, session.manifest());
  std::string lines;
  double bytes = 0;
  for (const TextPair& pair : pairs) {
    lines += json{{"text", pair.target}}.dump() + "\n";
    bytes += static_cast<double>(pair.target.size());
  }
  size_t tokens = 0;
  const Timings ours = measure(options.repeats, [&] {
    tokens = 0;
    for (const TextPair& pair : pairs) tokens += tokenizer.encode(pair.target).size();
  });
  const json reference =
      run_reference("reference_tokenize.py",
                    {file.string(), "/dev/stdin", std::to_string(options.repeats)}, lines);
  require_equal("tokens", static_cast<double>(tokens), reference.at("tokens").get<double>());
  session.manifest().set_version("tokenizers", reference.at("version"));

  reports::Table table = timing_table("tokenize",
                                      "Tokenizer, one thread: " + std::to_string(pairs.size()) +
                                          " pages, " + std::to_string(tokens) + " tokens",
                                      "MB/s");
  add_rows(table, "encode", "tokenizers " + reference.at("version").get<std::string>(), ours,
           Timings(reference.at("seconds").get<std::vector<double>>()), bytes / 1e6);
  const Timings load = measure(options.repeats, [&] { data::Tokenizer::load(file); });
  table.rows.push_back(timing_row("load file", "dsocr", load,
                                  static_cast<double>(std::filesystem::file_size(file)) / 1e6));
  session.finish(table, out);
}

void bench_metrics(const Options& options, const std::vector<std::string>& command_line,
                   std::ostream& out) {
  BenchSession session(options, command_line);
  const std::vector<TextPair> pairs = read_pairs(options, session.manifest());
  std::string lines;
  std::vector<std::u32string> targets, predictions;
  for (const TextPair& pair : pairs) {
    lines += json{{"gt", pair.target}, {"pred", pair.prediction}}.dump() + "\n";
    targets.push_back(metrics::decode_utf8(pair.target));
    predictions.push_back(metrics::decode_utf8(pair.prediction));
  }
  const std::string wordnet_folder = eval::ScoringConfig{}.wordnet;
  const json reference =
      run_reference("reference_metrics.py",
                    {wordnet_folder, "/dev/stdin", std::to_string(options.repeats)}, lines);
  std::unique_ptr<metrics::WordNet> wordnet;
  if (reference.at("meteor_wordnet").get<bool>())
    wordnet = std::make_unique<metrics::WordNet>(wordnet_folder);
  for (const auto& [library, version] : reference.at("versions").items())
    session.manifest().set_version(library, version);

  const auto pages = static_cast<double>(pairs.size());
  reports::Table table = timing_table(
      "metrics", "Metrics, one thread: " + std::to_string(pairs.size()) + " pages", "pages/s");
  // Every stage starts from the decoded text, as the reference's do.
  const auto add_stage = [&](const char* key, const std::string& stage, const std::string& library,
                             const auto& score) {
    double total = 0;
    const Timings ours = measure(options.repeats, [&] {
      total = 0;
      for (size_t i = 0; i < pairs.size(); ++i) total += score(targets[i], predictions[i]);
    });
    const json& theirs = reference.at("results").at(key);
    require_equal(stage, total, theirs.at("total").get<double>());
    const std::string version = reference.at("versions").value(library, "");
    add_rows(table, stage, version.empty() ? library : library + " " + version, ours,
             Timings(theirs.at("seconds").get<std::vector<double>>()), pages);
  };
  const auto interned = [](const std::u32string& a, const std::u32string& b) {
    return metrics::intern(metrics::split_whitespace(a), metrics::split_whitespace(b));
  };
  add_stage("edit_distance", "edit distance", "rapidfuzz", [](const auto& a, const auto& b) {
    return static_cast<double>(metrics::edit_distance(a, b));
  });
  add_stage("set_overlap", "set overlap", "plain Python", [&](const auto& a, const auto& b) {
    return metrics::set_overlap(interned(a, b)).recall.value_or(0);
  });
  add_stage("bleu", "BLEU", "nltk",
            [&](const auto& a, const auto& b) { return metrics::sentence_bleu(interned(a, b)); });
  add_stage("meteor", wordnet ? "METEOR" : "METEOR, no WordNet", "nltk",
            [&](const auto& a, const auto& b) {
              return metrics::meteor(metrics::split_whitespace(a), metrics::split_whitespace(b),
                                     wordnet.get());
            });
  session.finish(table, out);
}

using Bench = void (*)(const Options&, const std::vector<std::string>&, std::ostream&);

void add(CLI::App& bench, const char* name, const char* doc, Bench run,
         const std::vector<std::string>& command_line, std::ostream& out) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = bench.add_subcommand(name, doc);
  command->add_option("--data", options->data,
                      "Folder with en_page_ocr.json; default: the demo's pages");
  command->add_option("--predictions", options->predictions, "Predictions for these pages");
  if (run == bench_tokenize)
    command->add_option("--tokenizer", options->tokenizer,
                        "tokenizer.json; default: DeepSeek-OCR's");
  add_bench_options(*command, *options);
  command->footer(std::string("Example:\n  dsocr bench ") + name + " --repeats 9");
  command->callback([options, command_line, run, &out] { run(*options, command_line, out); });
}

}  // namespace

void add_text_benches(CLI::App& bench, const std::vector<std::string>& command_line,
                      std::ostream& out) {
  add(bench, "tokenize", "Tokenizer against PyPI tokenizers", bench_tokenize, command_line, out);
  add(bench, "metrics", "Page metrics against rapidfuzz and nltk", bench_metrics, command_line,
      out);
}

}  // namespace dsocr

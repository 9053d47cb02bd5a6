#include "experiments/bench.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
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
#include "experiments/timing.h"
#include "reports/manifest.h"
#include "reports/process.h"
#include "reports/render.h"
#include "reports/run_dir.h"
#include "reports/tables.h"

namespace dsocr {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

struct Options {
  std::string data;
  std::string predictions;
  std::string tokenizer;
  size_t repeats = 5;
  std::string out;
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

// Runs tests/bench/NAME on JSON lines and returns the one object that it prints.
json run_reference(const std::string& name, const std::string& first_argument,
                   const std::string& lines, size_t repeats) {
  const auto script = configs::build_info().source_dir / "tests" / "bench" / name;
  const auto python = configs::deps_dir() / "venv" / "bin" / "python";
  const reports::ProcessResult result = reports::run_process(
      {python.string(), script.string(), first_argument, "/dev/stdin", std::to_string(repeats)},
      lines);
  if (result.exit_code != 0) throw std::runtime_error(name + " failed: " + result.err);
  return json::parse(result.out);
}

// A result of ours against the reference's, so that both are known to do the same work.
void require_equal(const std::string& what, double ours, double theirs) {
  if (std::abs(ours - theirs) <= 1e-9 * std::max(std::abs(ours), std::abs(theirs))) return;
  throw std::runtime_error(what + ": dsocr gives " + std::to_string(ours) + ", the reference " +
                           std::to_string(theirs));
}

ordered_json timing_row(const std::string& stage, const std::string& library,
                        const Timings& timings, double work) {
  return {{"stage", stage},
          {"library", library},
          {"median_ms", timings.median() * 1e3},
          {"p10_ms", timings.quantile(0.1) * 1e3},
          {"p90_ms", timings.quantile(0.9) * 1e3},
          {"rate", work / timings.median()}};
}

// Our row, the reference's row, and how many times faster ours is.
void add_rows(reports::Table& table, const std::string& stage, const std::string& reference,
              const Timings& ours, const Timings& theirs, double work) {
  table.rows.push_back(timing_row(stage, "dsocr", ours, work));
  table.rows.back()["ratio"] = theirs.median() / ours.median();
  table.rows.push_back(timing_row(stage, reference, theirs, work));
}

reports::Table timing_table(const std::string& name, const std::string& title,
                            const std::string& rate) {
  return {name,
          title,
          {{"stage", "stage"},
           {"library", "library"},
           {"median_ms", "median ms", 2},
           {"p10_ms", "p10", 2},
           {"p90_ms", "p90", 2},
           {"rate", rate, 1},
           {"ratio", "times faster", 1}},
          {}};
}

// The manifest and, with --out, the folder of one benchmark; both from before the first timing.
class Session {
 public:
  Session(const Options& options, const std::vector<std::string>& command_line)
      : manifest_(command_line) {
    manifest_.set_device("cpu", 1);
    if (!options.out.empty()) dir_.emplace(options.out, "bench");
  }

  reports::Manifest& manifest() { return manifest_; }

  void finish(const reports::Table& table, std::ostream& out) {
    out << table.title << "\n\n" << reports::to_text(table);
    if (!dir_) return;
    dir_->write_json("manifest.json", manifest_.to_json());
    reports::write_document({table.title, {}, {}, {table}, {}}, dir_->path());
    out << "\nReport: " << dir_->file("report.md").string() << "\n";
  }

 private:
  reports::Manifest manifest_;
  std::optional<reports::RunDir> dir_;
};

void bench_tokenize(const Options& options, const std::vector<std::string>& command_line,
                    std::ostream& out) {
  Session session(options, command_line);
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
      run_reference("reference_tokenize.py", file.string(), lines, options.repeats);
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
  Session session(options, command_line);
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
      run_reference("reference_metrics.py", wordnet_folder, lines, options.repeats);
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
  command->add_option("--repeats", options->repeats, "Timed repetitions after one to warm up")
      ->check(CLI::Range(1, 1000));
  command->add_option("--out", options->out, "Folder for the result; it must not exist");
  command->footer(std::string("Example:\n  dsocr bench ") + name + " --repeats 9");
  command->callback([options, command_line, run, &out] { run(*options, command_line, out); });
}

}  // namespace

void add_bench_command(CLI::App& app, const std::vector<std::string>& command_line,
                       std::ostream& out) {
  CLI::App* bench = app.add_subcommand("bench", "Time a stage beside its reference");
  bench->require_subcommand(1);
  bench->footer("Example:\n  dsocr bench tokenize");
  add(*bench, "tokenize", "Tokenizer against PyPI tokenizers", bench_tokenize, command_line, out);
  add(*bench, "metrics", "Page metrics against rapidfuzz and nltk", bench_metrics, command_line,
      out);
}

}  // namespace dsocr

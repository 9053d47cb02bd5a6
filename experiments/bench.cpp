#include "experiments/bench.h"

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <ostream>
#include <stdexcept>

#include "configs/build_info.h"
#include "data/corpora/fox.h"
#include "data/text/tokenizer.h"
#include "eval/engines/replay.h"
#include "eval/metrics/bleu.h"
#include "eval/metrics/edit_distance.h"
#include "eval/metrics/meteor.h"
#include "eval/metrics/set_overlap.h"
#include "eval/metrics/tokens.h"
#include "eval/metrics/wordnet.h"
#include "experiments/timing.h"
#include "reports/files.h"
#include "reports/manifest.h"
#include "reports/process.h"
#include "reports/render.h"
#include "reports/run_dir.h"
#include "reports/tables.h"

namespace dsocr {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr const char* kWordnet = "/usr/share/wordnet";

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

std::vector<TextPair> read_pairs(const Options& options) {
  const std::filesystem::path folder =
      options.data.empty() ? demo_data() : std::filesystem::path(options.data);
  eval::ReplayEngine engine(options.predictions.empty()
                                ? folder / "predictions" / "page_tiny.json"
                                : std::filesystem::path(options.predictions));
  std::vector<eval::PageRequest> requests;
  std::vector<std::string> ids;
  const std::vector<data::FoxPage> pages = data::read_fox(folder);
  for (const data::FoxPage& page : pages) {
    requests.push_back({page.image, {}, {}});
    ids.push_back(page.image);
  }
  engine.check_pages(ids);
  const auto transcripts = engine.transcribe(requests);
  std::vector<TextPair> pairs;
  for (size_t i = 0; i < pages.size(); ++i) pairs.push_back({pages[i].text, transcripts[i].text});
  return pairs;
}

// Runs tests/bench/NAME on a file of JSON lines and returns the one object that it prints.
json run_reference(const std::string& name, const std::vector<std::string>& before,
                   const std::string& lines, size_t repeats) {
  const auto script = configs::build_info().source_dir / "tests" / "bench" / name;
  const auto python = configs::deps_dir() / "venv" / "bin" / "python";
  const auto input = std::filesystem::temp_directory_path() /
                     ("dsocr-bench-" + std::to_string(::getpid()) + ".jsonl");
  reports::write_file(input, lines);
  std::vector<std::string> argv{python.string(), script.string()};
  argv.insert(argv.end(), before.begin(), before.end());
  argv.insert(argv.end(), {input.string(), std::to_string(repeats)});
  const reports::ProcessResult result = reports::run_process(argv);
  std::filesystem::remove(input);
  if (result.exit_code != 0) throw std::runtime_error(name + " failed: " + result.err);
  return json::parse(result.out);
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

void finish(const reports::Table& table, const Options& options,
            const std::vector<std::string>& command_line, std::ostream& out) {
  out << table.title << "\n\n" << reports::to_text(table) << "\n";
  if (options.out.empty()) return;
  reports::Manifest manifest(command_line);
  manifest.set_device("cpu", 1);
  const reports::RunDir dir(options.out, "bench");
  reports::write_document({table.title, {}, {}, {table}, {}}, dir.path());
  dir.write_json("manifest.json", manifest.to_json());
  out << "Report: " << dir.file("report.md").string() << "\n";
}

void bench_tokenize(const Options& options, const std::vector<std::string>& command_line,
                    std::ostream& out) {
  const std::filesystem::path file =
      options.tokenizer.empty() ? configs::deps_dir() / "share" / "deepseek-ocr" / "tokenizer.json"
                                : std::filesystem::path(options.tokenizer);
  const data::Tokenizer tokenizer = data::Tokenizer::load(file);
  const std::vector<TextPair> pairs = read_pairs(options);
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
      run_reference("reference_tokenize.py", {file.string()}, lines, options.repeats);
  if (reference.at("tokens").get<size_t>() != tokens)
    throw std::runtime_error("tokenizers gives " + reference.at("tokens").dump() +
                             " tokens, dsocr " + std::to_string(tokens));

  reports::Table table = timing_table("tokenize",
                                      "Tokenizer, one thread: " + std::to_string(pairs.size()) +
                                          " pages, " + std::to_string(tokens) + " tokens",
                                      "MB/s");
  add_rows(table, "encode", "tokenizers " + reference.at("version").get<std::string>(), ours,
           Timings(reference.at("seconds").get<std::vector<double>>()), bytes / 1e6);
  const Timings load = measure(options.repeats, [&] { data::Tokenizer::load(file); });
  table.rows.push_back(timing_row("load file", "dsocr", load,
                                  static_cast<double>(std::filesystem::file_size(file)) / 1e6));
  finish(table, options, command_line, out);
}

void bench_metrics(const Options& options, const std::vector<std::string>& command_line,
                   std::ostream& out) {
  const std::vector<TextPair> pairs = read_pairs(options);
  std::string lines;
  std::vector<std::u32string> targets, predictions;
  for (const TextPair& pair : pairs) {
    lines += json{{"gt", pair.target}, {"pred", pair.prediction}}.dump() + "\n";
    targets.push_back(metrics::decode_utf8(pair.target));
    predictions.push_back(metrics::decode_utf8(pair.prediction));
  }
  const json reference = run_reference("reference_metrics.py", {kWordnet}, lines, options.repeats);
  std::unique_ptr<metrics::WordNet> wordnet;
  if (reference.at("meteor_wordnet").get<bool>())
    wordnet = std::make_unique<metrics::WordNet>(kWordnet);

  // Every stage starts from the decoded text, as the reference's do.
  volatile double sink = 0;
  const auto per_page = [&](const auto& score) {
    return measure(options.repeats, [&] {
      for (size_t i = 0; i < pairs.size(); ++i) sink = sink + score(targets[i], predictions[i]);
    });
  };
  const auto seconds = [&](const char* stage) {
    return Timings(reference.at("results").at(stage).at("seconds").get<std::vector<double>>());
  };
  const auto version = [&](const char* library) {
    return std::string(library) + " " + reference.at("versions").at(library).get<std::string>();
  };
  const auto pages = static_cast<double>(pairs.size());
  reports::Table table = timing_table(
      "metrics", "Metrics, one thread: " + std::to_string(pairs.size()) + " pages", "pages/s");
  add_rows(table, "edit distance", version("rapidfuzz"), per_page([](const auto& a, const auto& b) {
             return static_cast<double>(metrics::edit_distance(a, b));
           }),
           seconds("edit_distance"), pages);
  add_rows(table, "set overlap", "plain Python", per_page([](const auto& a, const auto& b) {
             const auto pair =
                 metrics::intern(metrics::split_whitespace(a), metrics::split_whitespace(b));
             return metrics::set_overlap(pair).recall.value_or(0);
           }),
           seconds("set_overlap"), pages);
  add_rows(table, "BLEU", version("nltk"), per_page([](const auto& a, const auto& b) {
             return metrics::sentence_bleu(
                 metrics::intern(metrics::split_whitespace(a), metrics::split_whitespace(b)));
           }),
           seconds("bleu"), pages);
  add_rows(table, wordnet ? "METEOR" : "METEOR, no WordNet", version("nltk"),
           per_page([&](const auto& a, const auto& b) {
             return metrics::meteor(metrics::split_whitespace(a), metrics::split_whitespace(b),
                                    wordnet.get());
           }),
           seconds("meteor"), pages);
  finish(table, options, command_line, out);
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

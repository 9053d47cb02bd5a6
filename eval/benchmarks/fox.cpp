#include "eval/benchmarks/fox.h"

#include "configs/sha256.h"
#include "eval/benchmarks/fox_report.h"
#include "eval/benchmarks/fox_summary.h"
#include "eval/normalize/ocr_text.h"
#include "eval/page_intervals.h"
#include "eval/runner.h"
#include "reports/files.h"
#include "reports/tables.h"

namespace dsocr::eval {
namespace {

using nlohmann::ordered_json;

constexpr const char* kVersion = "1.0";

ordered_json header(const FoxConfig& config, const FoxInputs& inputs,
                    const std::vector<FoxRun>& runs, const Scorer& scorer) {
  ordered_json json = scorer.describe();
  json["counting"] = config.count_bos ? "tokens with BOS" : "tokens without BOS";
  json["tokenizer_sha256"] = configs::sha256_file(inputs.tokenizer);
  json["normalisation"] = "ocr_text " + std::to_string(metrics::kOcrTextVersion);
  json.update(runs.front().engine);
  json["intervals"] = interval_text(config.bootstrap);
  return json;
}

// The per-page numbers once more for spreadsheets.
reports::Table page_table(const std::vector<FoxRun>& runs, const std::string& meteor_label) {
  reports::Table table{"pages", "Pages", {}, {}};
  for (const FoxRun& run : runs)
    for (const FoxPageScore& page : run.pages)
      table.rows.push_back(sample_json(run, page, meteor_label));
  if (table.rows.empty()) return table;
  for (const auto& [key, value] : table.rows.front().items())
    if (!value.is_object()) table.columns.push_back({key, key});
  return table;
}

void write_samples(const std::vector<FoxRun>& runs, const std::string& meteor_label,
                   const std::filesystem::path& file) {
  reports::LineWriter samples(file);
  for (const FoxRun& run : runs)
    for (const FoxPageScore& page : run.pages)
      samples.write(sample_json(run, page, meteor_label).dump());
  samples.close();
}

BenchmarkResult run_fox(const nlohmann::json& json, const BenchmarkRun& run) {
  const auto config = configs::read_config<FoxConfig>(json);
  const FoxInputs inputs = load_fox(config);
  const Scorer scorer(config.scoring);
  const data::Tokenizer tokenizer = data::Tokenizer::load(inputs.tokenizer);
  for (const auto& [role, file] : inputs.files) run.manifest.add_input(role, file);
  run.manifest.set_seed("bootstrap", config.bootstrap.seed);
  run.manifest.set_device("cpu", num_threads(config.threads));
  run.manifest.set_version("unicode", metrics::unicode_version());

  const std::vector<FoxRun> runs = score_fox(config, inputs, tokenizer, scorer);
  write_samples(runs, scorer.meteor_label(), run.dir.file("samples.jsonl"));
  reports::write_file(run.dir.file("pages.csv"),
                      reports::to_csv(page_table(runs, scorer.meteor_label())));
  for (const auto& file : scorer.inputs()) run.manifest.add_input("dictionary", file);
  ordered_json results{{"benchmark", "fox"},
                       {"version", kVersion},
                       {"header", header(config, inputs, runs, scorer)}};
  results.update(summarise_fox(runs, config, scorer.meteor_label()));
  run.dir.write_json("results.json", results);
  return {fox_document(results), std::nullopt};
}

void check_fox(const nlohmann::json& json) {
  const auto config = configs::read_config<FoxConfig>(json);
  const FoxInputs inputs = load_fox(config);
  const Scorer scorer(config.scoring);
  data::Tokenizer::load(inputs.tokenizer);
}

}  // namespace

Benchmark fox_benchmark() {
  return {
      .name = "fox",
      .version = kVersion,
      .doc =
          "Fox English page OCR: precision by compression ratio (Table 2 of the DeepSeek-OCR "
          "paper)",
      .example =
          "--data fox --engine replay --predictions page_tiny.json page_small.json --out runs/t2",
      .config = configs::make_config_kind<FoxConfig>("eval.fox", "settings of `dsocr eval fox`"),
      .check = check_fox,
      .run = run_fox};
}

}  // namespace dsocr::eval

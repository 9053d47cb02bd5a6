#include "train/run_log.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>

#include "reports/manifest.h"

namespace dsocr::train {
namespace {

using nlohmann::ordered_json;

// The lines of a log up to a step: a run that goes on writes the later ones again.
std::filesystem::path cut(const std::filesystem::path& file, std::int64_t steps) {
  if (!std::filesystem::exists(file)) return file;
  std::istringstream lines(reports::read_file(file));
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (json.is_object() && json.value("step", steps + 1) <= steps) kept += line + "\n";
  }
  reports::write_file(file, kept);
  return file;
}

std::filesystem::path made(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  return folder;
}

// A cell of a Markdown table.
std::string cell(const std::string& text) {
  std::string cell;
  for (const char c : text) {
    if (c == '\n')
      cell += "<br>";
    else if (c == '|')
      cell += "\\|";
    else
      cell += c;
  }
  return cell;
}

}  // namespace

RunLog::RunLog(const std::filesystem::path& folder, std::int64_t steps)
    : lines_(cut(folder / "metrics.jsonl", steps)), events_(made(folder / "events"), steps + 1) {}

void RunLog::step(std::int64_t step, const StepNumbers& numbers, const RunPace& pace) {
  const auto memory = reports::peak_memory_bytes();
  ordered_json line{{"step", step},
                    {"loss", numbers.loss},
                    {"aux_loss", numbers.aux_loss},
                    {"grad_norm", numbers.gradients.total},
                    {"rate", numbers.rate},
                    {"tokens", pace.num_tokens},
                    {"pages", pace.num_pages},
                    {"tokens_per_s", pace.tokens_per_s},
                    {"pages_per_s", pace.pages_per_s},
                    {"memory_bytes", memory}};
  for (const char* key :
       {"loss", "aux_loss", "grad_norm", "rate", "tokens_per_s", "pages_per_s", "memory_bytes"})
    events_.scalar(std::string("train/") + key, step, line[key].get<double>());
  for (std::size_t i = 0; i < numbers.heads.size() && numbers.num_glyphs > 0; ++i) {
    const std::string of = kHeadNames[i];
    line["glyph_loss_" + of] = numbers.heads[i].loss;
    line["glyph_accuracy_" + of] = numbers.heads[i].accuracy;
    events_.scalar("glyphs/loss " + of, step, numbers.heads[i].loss);
    events_.scalar("glyphs/accuracy " + of, step, numbers.heads[i].accuracy);
  }
  for (const auto& [part, norm] : numbers.gradients.parts) {
    line["grad_norms"][part] = norm;
    events_.scalar("grad_norm/" + part, step, norm);
  }
  for (std::size_t layer = 0; layer < numbers.expert_shares.size(); ++layer) {
    const std::vector<double>& shares = numbers.expert_shares[layer];
    // 1: all experts are chosen equally often.
    const double highest =
        *std::max_element(shares.begin(), shares.end()) * static_cast<double>(shares.size());
    line["highest_expert_load"].push_back(highest);
    const std::string name = "experts/layer " + std::to_string(layer);
    events_.scalar(name + " highest load", step, highest);
    std::vector<double> edges(shares.size() + 1);
    std::iota(edges.begin(), edges.end(), 0);
    events_.histogram(name + " shares", step, edges, shares);
  }
  lines_.write(line.dump());
  lines_.flush();
  events_.flush();
}

void RunLog::validation(std::int64_t step, const ValidationNumbers& numbers) {
  ordered_json line{{"step", step},
                    {"validation_loss", numbers.loss},
                    {"validation_accuracy", numbers.accuracy},
                    {"validation_pages", numbers.num_pages}};
  events_.scalar("validation/loss", step, numbers.loss);
  events_.scalar("validation/accuracy", step, numbers.accuracy);
  for (const auto& [name, value] : numbers.scores) {
    line["validation_" + name] = value;
    events_.scalar("validation/" + name, step, value);
  }
  for (const ReadPage& page : numbers.read) {
    if (page.png.empty()) continue;
    events_.image("page/" + page.id, step, page.png);
    events_.text("text/" + page.id, step,
                 "| truth | reading |\n|---|---|\n| " + cell(page.truth) + " | " +
                     cell(page.reading) + " |");
  }
  lines_.write(line.dump());
  lines_.flush();
  events_.flush();
}

}  // namespace dsocr::train

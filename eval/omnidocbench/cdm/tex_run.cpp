#include "eval/omnidocbench/cdm/tex_run.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "configs/process.h"
#include "configs/scratch_folder.h"
#include "eval/omnidocbench/cdm/raster.h"

namespace dsocr::omnidocbench::cdm {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kTimeAlone{30};

/// The shorter side of an A paper in pixels.
int page_height(int paper) {
  constexpr int kMillimetres[] = {841, 594, 420, 297, 210, 148};
  return static_cast<int>(std::lround(kMillimetres[std::clamp(paper, 0, 5)] / 25.4 * kDotsPerInch));
}

struct TexOutput {
  bool in_time = false;
  fs::path pdf;  // empty: none came out
  std::string log;
};

std::string read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TexOutput run_tex(const std::string& document, const fs::path& folder, Version version,
                  std::chrono::milliseconds time_limit) {
  std::ofstream(folder / "formulas.tex", std::ios::binary) << document;
  configs::ProcessOptions options;
  options.folder = folder;
  options.time_limit = time_limit;
  // The log in whole lines; no files but those of the TeX trees and of the folder.
  options.variables = {{"max_print_line", "10000"}, {"openin_any", "p"}, {"openout_any", "p"}};
  const std::string program = version == Version::k17 ? "pdflatex" : "xelatex";
  if (configs::find_program(program).empty())
    throw std::runtime_error(program + " is not installed");
  TexOutput output;
  try {
    configs::run_process({program, "-interaction=nonstopmode", "-no-shell-escape", "formulas.tex"},
                         {}, options);
    output.in_time = true;
  } catch (const std::runtime_error&) {
    return output;  // it was there to be started: its time was over
  }
  output.log = read_file(folder / "formulas.log");
  std::error_code error;
  if (fs::file_size(folder / "formulas.pdf", error) > 0 && !error)
    output.pdf = folder / "formulas.pdf";
  return output;
}

/// Formulas of a document that gave no PDF or ended early: the first unfinished one is to blame.
std::vector<RunResult> blame(const std::vector<FormulaPages>& pages, bool has_pdf) {
  std::vector<RunResult> results(pages.size());
  const auto culprit = std::find_if(pages.begin(), pages.end(),
                                    [](const FormulaPages& page) { return !page.finished; });
  if (culprit != pages.end()) {
    results[static_cast<size_t>(culprit - pages.begin())].outcome = RunOutcome::kAlone;
  } else if (!has_pdf) {
    for (RunResult& result : results) result.outcome = RunOutcome::kAlone;
  }
  return results;
}

}  // namespace

std::vector<RunResult> run_together(std::span<const TypesetJob* const> jobs, const PageStyle& style,
                                    const TypesetConfig& config) {
  const configs::ScratchFolder folder;
  std::vector<std::string_view> formulas;
  for (const TypesetJob* job : jobs) formulas.push_back(job->coloured);
  const auto output = run_tex(
      tex_document(formulas, style, config.version, config.chinese_font, true), folder.path(),
      config.version, kTimeAlone + std::chrono::milliseconds(200) * jobs.size());
  if (!output.in_time) return std::vector<RunResult>(jobs.size());
  const auto pages = read_log(output.log, jobs.size());
  auto results = blame(pages, !output.pdf.empty());
  if (output.pdf.empty()) return results;
  size_t num_pages = 1;
  for (const FormulaPages& page : pages)
    num_pages = std::max(num_pages, page.first_page + page.num_pages);
  const auto files = rasterize(output.pdf, folder.path(), num_pages);
  for (size_t i = 0; i < jobs.size(); ++i) {
    const FormulaPages& page = pages[i];
    RunResult& result = results[i];
    if (!page.finished) continue;
    if (page.num_pages == 0 || page.first_page + page.num_pages > files.size()) {
      result.outcome = RunOutcome::kAlone;
    } else if (config.version == Version::k17 && style.paper > 1 &&
               (page.overfull || page.num_pages > 1)) {
      result.outcome = RunOutcome::kLarger;
      result.paper = larger_paper(style.paper, page.too_wide);
    } else if (page.num_pages == 1) {
      result = {RunOutcome::kDone,
                find_boxes(read_png(files[page.first_page]), page_height(style.paper),
                           jobs[i]->tokens, config.version),
                0};
    } else {
      // v1.5 takes the pictures of two pages for none.
      result.outcome = config.version == Version::k17 ? RunOutcome::kAlone : RunOutcome::kDone;
    }
  }
  return results;
}

RunResult run_alone(const TypesetJob& job, const PageStyle& style, const TypesetConfig& config) {
  const configs::ScratchFolder folder;
  const std::string_view formula = job.coloured;
  const auto output =
      run_tex(tex_document({&formula, 1}, style, config.version, config.chinese_font, false),
              folder.path(), config.version, kTimeAlone);
  RunResult failed{RunOutcome::kDone, std::nullopt, 0};
  RunResult larger{RunOutcome::kLarger, std::nullopt, style.paper - 1};
  if (output.pdf.empty()) return failed;
  const bool overfull = output.log.find("\nOverfull ") != std::string::npos;
  if (config.version == Version::k17 && style.paper > 1 && overfull) return larger;
  constexpr size_t kMaxPages = 10;  // of endless output
  const auto files = rasterize(output.pdf, folder.path(), kMaxPages);
  if (files.empty() || (config.version != Version::k17 && files.size() > 1)) return failed;
  if (files.size() > 1 && style.paper > 1) return larger;
  std::vector<Raster> rasters;
  for (const fs::path& file : files) rasters.push_back(read_png(file));
  return {RunOutcome::kDone,
          find_boxes(rasters.size() == 1 ? rasters[0] : stack(rasters), page_height(style.paper),
                     job.tokens, config.version),
          0};
}

}  // namespace dsocr::omnidocbench::cdm

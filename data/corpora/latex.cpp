#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "configs/process.h"
#include "data/corpora/formats.h"
#include "data/corpora/pdf_pages.h"
#include "data/error.h"
#include "data/text/utf8.h"

namespace dsocr::data {
namespace {

constexpr std::chrono::minutes kTimeLimit{2};  // of one run
constexpr int kMaxRuns = 4;
// In the order of preference. The first reads most of what is written, the others all fonts of the
// system, which these packages ask for.
constexpr std::array kEngines{"pdflatex", "xelatex", "lualatex"};
constexpr std::array kUnicodePackages{"fontspec", "polyglossia", "unicode-math", "xeCJK", "ctex"};

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The first error of a log, "! text", with the line of the source, "l.12 ...".
std::string first_error(const std::string& log) {
  std::istringstream in(log);
  std::string line, error;
  while (std::getline(in, line)) {
    if (error.empty() && line.starts_with("! ")) error = line;
    if (!error.empty() && line.starts_with("l."))
      return utf8_lossy(error + " (line " + std::to_string(std::atoi(line.c_str() + 2)) + ")");
  }
  return utf8_lossy(error);
}

// Typesets one source: run in its folder, so that what it names is found, but nothing is written
// there.
class Latex {
 public:
  Latex(const std::filesystem::path& file, std::filesystem::path out)
      : source_(content_of(file)),
        folder_(std::filesystem::absolute(file).parent_path()),
        out_(std::move(out)) {
    // TeX reads names as TeX.
    const std::string stem = file.stem().string();
    const bool plain = std::all_of(stem.begin(), stem.end(), [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
    });
    job_ = plain && !stem.starts_with('-') ? stem : "document";
    std::filesystem::create_directories(out_);
    std::filesystem::create_symlink(std::filesystem::absolute(file), out_ / kMain);
    make_folders();
  }

  /// The PDF. Throws std::runtime_error with the reason why there is none.
  std::filesystem::path run() const {
    const std::string engine = choose_engine();
    // References come from the run before, those to a bibliography from two before.
    int needed = 2;
    for (int i = 1; i <= std::min(needed, kMaxRuns); ++i) {
      const auto result = start({engine, "-no-shell-escape", "-interaction=nonstopmode",
                                 "-halt-on-error", "-output-directory=" + out_.string(),
                                 "-jobname=" + job_, (out_ / kMain).string()});
      if (result.exit_code != 0) {
        const std::string error = first_error(result.out);
        throw std::runtime_error(error.empty() ? engine + " failed with status " +
                                                     std::to_string(result.exit_code)
                                               : engine + ": " + error);
      }
      if (i == 1 && make_bibliography()) needed = 3;
      if (result.out.find("Rerun to get") != std::string::npos) needed = std::max(needed, i + 1);
    }
    auto pdf = out_ / (job_ + ".pdf");
    if (!std::filesystem::exists(pdf)) throw std::runtime_error(engine + " made no pages of it");
    return pdf;
  }

 private:
  configs::ProcessResult start(const std::vector<std::string>& argv) const {
    // A fixed date: \today must not change the pages from day to day.
    return configs::run_process(argv, "",
                                {.folder = folder_,
                                 .variables = {{"SOURCE_DATE_EPOCH", "1704067200"},
                                               {"FORCE_SOURCE_DATE", "1"},
                                               {"TEXMFOUTPUT", out_.string()},
                                               {"max_print_line", "1000"}},
                                 .time_limit = kTimeLimit});
  }

  std::string choose_engine() const {
    const bool unicode =
        std::any_of(kUnicodePackages.begin(), kUnicodePackages.end(), [&](const char* package) {
          return source_.find(std::string("{") + package + "}") != std::string::npos;
        });
    for (const char* engine : kEngines)
      if ((!unicode || engine != kEngines[0]) && !configs::find_program(engine).empty())
        return engine;
    throw std::runtime_error("needs xelatex or lualatex for its fonts");
  }

  // \include{chapters/one} writes chapters/one.aux, and TeX makes no folders.
  void make_folders() const {
    constexpr std::string_view kInclude = "\\include{";
    for (std::size_t at = 0; (at = source_.find(kInclude, at)) != std::string::npos;) {
      at += kInclude.size();
      const std::filesystem::path name = source_.substr(at, source_.find('}', at) - at);
      const auto folder = name.lexically_normal().parent_path();
      if (folder.is_relative() && !folder.empty() && *folder.begin() != "..")
        std::filesystem::create_directories(out_ / folder);
    }
  }

  // Where the source comes without one. Whether there is one now; what BibTeX complains of shows
  // as "[?]".
  bool make_bibliography() const {
    if (content_of(out_ / (job_ + ".aux")).find("\\bibdata{") == std::string::npos ||
        std::filesystem::exists(folder_ / (job_ + ".bbl")) ||
        configs::find_program("bibtex").empty())
      return false;
    start({"bibtex", (out_ / job_).string()});
    return std::filesystem::exists(out_ / (job_ + ".bbl"));
  }

  static constexpr const char* kMain = "dsocr-source.tex";
  std::string source_, job_;
  std::filesystem::path folder_, out_;
};

}  // namespace

std::unique_ptr<Corpus> open_latex(const std::filesystem::path& source,
                                   const CorpusOptions& options) {
  const auto has_class = [](const std::filesystem::path& file) {
    return file.extension() == ".tex" &&
           content_of(file).find("\\documentclass") != std::string::npos;
  };
  auto documents = list_documents(source, has_class, "*.tex with \\documentclass");
  if (std::all_of(kEngines.begin(), kEngines.end(),
                  [](const char* engine) { return configs::find_program(engine).empty(); }))
    throw DataError(source, "",
                    "needs pdflatex, xelatex or lualatex, which `make deps-documents` installs");
  auto scratch = std::make_unique<configs::ScratchFolder>();
  tbb::parallel_for(std::size_t{0}, documents.size(), [&](std::size_t d) {
    try {
      documents[d].pdfs = {Latex(documents[d].file, scratch->path() / std::to_string(d)).run()};
    } catch (const std::runtime_error& error) {
      documents[d].problem = error.what();
    }
    if (options.prepared) options.prepared(documents.size());
  });
  return std::make_unique<PdfPages>(std::move(documents), options.dpi, std::move(scratch));
}

}  // namespace dsocr::data

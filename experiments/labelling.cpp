#include "experiments/labelling.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <thread>

#include "data/hdf5/page_store.h"
#include "data/label/label_pages.h"
#include "data/label/labelled_corpus.h"
#include "reports/progress.h"

namespace dsocr {
namespace {

constexpr std::string_view kTeacher = "teacher:";

// "tesseract:eng+chi_sim" as the name of a file.
std::string file_name_of(const std::string& labeller) {
  std::string name = labeller;
  std::replace_if(
      name.begin(), name.end(),
      [](char c) { return !std::isalnum(static_cast<unsigned char>(c)) && c != '+' && c != '.'; },
      '-');
  return name + ".jsonl";
}

data::LabelPagesResult label_with(const data::PageStore& store, const std::string& labeller,
                                  const std::filesystem::path& file,
                                  const LabellingOptions& options, std::size_t threads) {
  reports::Progress progress("Labelling with " + labeller, "pages", store.num_pages());
  const auto advance = [&] { progress.advance(); };
  if (labeller.starts_with(kTeacher)) {
    eval::TeacherConfig teacher = options.teacher;
    teacher.network.folder = labeller.substr(kTeacher.size());
    return eval::label_with_network(store, teacher, threads, file, advance);
  }
  return data::label_pages(store, labeller, file,
                           {.worker = {.program = {labeller_program().string()},
                                       .page_limit = std::chrono::milliseconds(
                                           std::llround(options.page_limit_s * 1e3))},
                            .threads = threads,
                            .progress = advance});
}

std::optional<data::Calibration> calibration_of(const LabellingOptions& options) {
  if (options.calibration.empty()) return std::nullopt;
  return data::load_calibration(options.calibration);
}

// The confidence over which blocks have the error that was asked for.
double threshold_of(const std::optional<data::Calibration>& calibration, double target_error,
                    std::ostream& out) {
  if (!calibration) return 1 - target_error;
  const auto threshold = calibration->threshold_for(target_error);
  if (threshold) return *threshold;
  out << "No threshold promises an error of " << target_error
      << " by this calibration: nothing is kept\n";
  return 1;
}

}  // namespace

std::filesystem::path labeller_program() {
  if (const char* named = std::getenv("DSOCR_LABELLER")) return named;
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "dsocr-labeller";
}

std::optional<data::Language> language_of(const LabellingOptions& options) {
  if (options.texts.empty()) return std::nullopt;
  return data::learn_language({options.texts.begin(), options.texts.end()});
}

std::vector<std::filesystem::path> label_with_all(const LabellingOptions& options,
                                                  std::size_t threads, std::ostream& out) {
  const data::PageStore store(options.store);
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::filesystem::path> files;
  for (const std::string& labeller : options.labellers) {
    const bool apart = labeller.starts_with(kTeacher) && !options.teacher_files.empty();
    const std::filesystem::path& folder = apart ? options.teacher_files : options.files;
    std::filesystem::create_directories(folder);
    files.push_back(folder / file_name_of(apart ? "teacher" : labeller));
    const data::LabelPagesResult result =
        label_with(store, labeller, files.back(), options, threads);
    out << labeller << " " << result.labeller.version << ": " << store.num_pages() << " pages";
    if (result.labelled < store.num_pages()) out << ", " << result.labelled << " of them now";
    if (result.failed > 0) out << "; " << result.failed << " without labels";
    out << "\n";
  }
  return files;
}

void label_store(const LabellingOptions& options, StoreOptions store_options,
                 const std::vector<std::string>& command_line, std::ostream& out,
                 std::ostream& err) {
  const auto calibration = calibration_of(options);
  const auto language = language_of(options);
  std::vector<std::unique_ptr<data::LabelFile>> files;
  for (const auto& file : label_with_all(options, store_options.pack.threads, out))
    files.push_back(std::make_unique<data::LabelFile>(file));
  const data::PageStore store(options.store);
  const data::LabelledOptions labelled{
      .calibration = calibration ? &*calibration : nullptr,
      .language = language ? &*language : nullptr,
      .keep_over = threshold_of(calibration, options.target_error, out),
      .line_breaks = options.line_breaks,
      .glyphs = options.glyphs};
  const nlohmann::ordered_json settings{{"store", store.sha256(data::Part::kPages)},
                                        {"labellers", options.labellers},
                                        {"calibration", options.calibration},
                                        {"language", language ? language->sha256 : ""},
                                        {"keep_over", labelled.keep_over},
                                        {"line_breaks", options.line_breaks},
                                        {"glyphs", options.glyphs}};
  const data::LabelledCorpus corpus(store, std::move(files), labelled);
  make_store(corpus, settings.dump(), "Combining", std::move(store_options), command_line, out,
             err);
}

}  // namespace dsocr

#include "experiments/label_calibration.h"

#include <algorithm>
#include <memory>
#include <ostream>

#include "data/hdf5/page_store.h"
#include "data/label/calibrate.h"
#include "data/label/labelled_corpus.h"
#include "reports/files.h"
#include "reports/manifest.h"
#include "reports/render.h"
#include "reports/run_dir.h"
#include "reports/tables.h"

namespace dsocr {
namespace {

// What the engines say of a page whose text is known.
struct KnownLabels {
  std::vector<data::EngineLabels> engines;
  std::string text;
};

std::vector<KnownLabels> label_known(const CalibrationOptions& options,
                                     const std::filesystem::path& folder, std::ostream& out) {
  std::vector<KnownLabels> pages;
  for (std::size_t i = 0; i < options.stores.size(); ++i) {
    LabellingOptions labelling = options.labelling;
    labelling.store = options.stores[i];
    labelling.files = folder / "labels" / std::to_string(i);
    std::vector<std::unique_ptr<data::LabelFile>> files;
    for (const auto& file : label_with_all(labelling, options.threads, out))
      files.push_back(std::make_unique<data::LabelFile>(file));
    const data::PageStore store(options.stores[i]);
    const data::LabelledCorpus corpus(store, std::move(files), {});
    for (std::size_t page = 0; page < corpus.size(); ++page)
      if (std::string text = store.text(store.record(page)); !text.empty())
        pages.push_back({corpus.engine_labels(page), std::move(text)});
  }
  return pages;
}

data::Calibration calibrate_known(const std::vector<KnownLabels>& pages,
                                  const data::Language* language) {
  std::vector<data::TruthPage> truths;
  for (const KnownLabels& page : pages)
    truths.push_back({page.engines, page.text, language ? &language->model : nullptr});
  data::Calibration trusted{.trust = data::fit_trust(truths)};
  const data::CombineOptions options = data::combine_options(&trusted, language);
  std::vector<data::KnownPage> known;
  for (const KnownLabels& page : pages)
    known.push_back(data::compare(data::combine(page.engines, options), page.text));
  data::Calibration calibration = data::calibrate(known, /*seed=*/0);
  calibration.trust = trusted.trust;
  if (language) calibration.language = language->sha256;
  for (const KnownLabels& page : pages)
    for (const data::EngineLabels& labels : page.engines) {
      const data::CalibratedEngine engine{labels.engine.name, labels.engine.version};
      if (std::find(calibration.engines.begin(), calibration.engines.end(), engine) ==
          calibration.engines.end())
        calibration.engines.push_back(engine);
    }
  return calibration;
}

reports::Document report_of(const data::Calibration& calibration,
                            const CalibrationOptions& options) {
  reports::Document document;
  document.title = "Calibration of labels";
  for (const data::CalibratedEngine& engine : calibration.engines)
    document.facts.emplace_back("engine", engine.name + " " + engine.version);
  for (const std::string& store : options.stores) document.facts.emplace_back("pages", store);
  for (const std::string& text : options.labelling.texts)
    document.facts.emplace_back("texts of the language", text);
  document.facts.emplace_back("pages with text", std::to_string(calibration.num_pages));
  document.facts.emplace_back("parts", std::to_string(calibration.num_regions));
  reports::Table error{
      "calibration_error",
      "Expected calibration error",
      {{"error", "mean over characters, percent", 2, 100}},
      {{{"error", reports::estimate(calibration.error.mean,
                                    std::pair(calibration.error.low, calibration.error.high))}}}};
  document.tables.push_back(std::move(error));
  reports::Table scripts{"scripts",
                         "What was labelled",
                         {{"script", "script"},
                          {"parts", "parts"},
                          {"characters", "characters"},
                          {"error", "wrong %", 2, 100}},
                         {}};
  for (const data::CalibratedScript& script : calibration.scripts)
    scripts.rows.push_back({{"script", script.script},
                            {"parts", script.num_regions},
                            {"characters", script.characters},
                            {"error", script.error}});
  document.tables.push_back(std::move(scripts));
  reports::Table levels{"levels",
                        "What keeping all of a score or more means",
                        {{"score", "score", 4},
                         {"kept", "kept %", 1, 100},
                         {"error", "wrong in kept %", 2, 100},
                         {"bound", "promised %", 2, 100}},
                        {}};
  reports::Series kept{.label = "wrong in what is kept", .group = "error", .points = {}};
  reports::Series promised{.label = "promised", .group = "promised", .reference = true};
  for (const data::ThresholdLevel& level : calibration.levels) {
    levels.rows.push_back({{"score", level.score},
                           {"kept", level.kept},
                           {"error", level.error},
                           {"bound", level.bound}});
    kept.points.push_back({100 * level.kept, 100 * level.error, {}, {}});
    promised.points.push_back({100 * level.kept, 100 * level.bound, {}, {}});
  }
  document.tables.push_back(std::move(levels));
  reports::Series reliability{.label = "measured", .group = "measured", .points = {}};
  for (const data::ReliabilityBin& bin : calibration.bins)
    reliability.points.push_back({100 * bin.expected, 100 * bin.right, {}, {}});
  const reports::Series ideal{.label = "as expected",
                              .group = "ideal",
                              .reference = true,
                              .points = {{0, 0, {}, {}}, {100, 100, {}, {}}}};
  document.figures = {
      {"reliability",
       "Expected and right",
       "Parts in ten bins of as many characters; scores are of calibrations without the page.",
       {"expected to be right, percent", {}, {}},
       {"right, percent", {}, {}},
       {{"", {std::move(reliability), ideal}}}},
      {"kept",
       "What a threshold keeps",
       "The promise holds on other pages like these in nine of ten cases.",
       {"kept, percent of the characters", {}, {}},
       {"wrong, percent", 0.0, {}},
       {{"", {std::move(kept), std::move(promised)}}}}};
  return document;
}

}  // namespace

void calibrate_labels(const CalibrationOptions& options,
                      const std::vector<std::string>& command_line, std::ostream& out) {
  // Not yet the run's folder: labelling that was ended goes on in it.
  const std::filesystem::path unfinished = options.out + ".partial";
  if (std::filesystem::exists(options.out))
    throw std::runtime_error(options.out + " exists already");
  const auto language = language_of(options.labelling);
  const data::Calibration calibration =
      calibrate_known(label_known(options, unfinished, out), language ? &*language : nullptr);
  data::save_calibration(calibration, unfinished / "calibration.json");
  reports::Manifest manifest(command_line);
  for (const std::string& store : options.stores) manifest.add_input("pages", store);
  for (const std::string& text : options.labelling.texts)
    if (std::filesystem::is_regular_file(text)) manifest.add_input("texts", text);
  reports::write_file(unfinished / "manifest.json", manifest.to_json().dump(2) + "\n");
  const reports::Document document = report_of(calibration, options);
  reports::write_document(document, unfinished);
  std::filesystem::rename(unfinished, options.out);
  for (const reports::Table& table : document.tables) out << "\n" << reports::to_text(table);
  out << "\nCalibration: " << options.out << "/calibration.json\nReport: " << options.out
      << "/report.html\n";
}

}  // namespace dsocr

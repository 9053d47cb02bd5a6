#include "experiments/label_command.h"

#include <algorithm>
#include <memory>
#include <ostream>

#include "configs/error.h"
#include "configs/view.h"
#include "data/hdf5/page_store.h"
#include "data/image/decode.h"
#include "data/image/encode.h"
#include "data/image/overlay.h"
#include "data/label/target.h"
#include "data/text/grounding.h"
#include "experiments/label_calibration.h"
#include "experiments/label_summary.h"
#include "experiments/labelling.h"
#include "reports/manifest.h"
#include "reports/render.h"
#include "reports/run_dir.h"
#include "reports/tables.h"

namespace dsocr {
namespace {

struct Label {
  LabellingOptions labelling;
  StoreOptions store;
  std::string mode = "base";
};

// Where the engines' labels of a labelled store lie.
std::filesystem::path label_folder(const std::string& labelled) { return labelled + ".labels"; }

std::vector<std::filesystem::path> label_files(const std::string& labelled) {
  std::vector<std::filesystem::path> files;
  const auto folder = label_folder(labelled);
  if (!std::filesystem::is_directory(folder)) return files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

struct Report {
  std::string labelled, pages, out;
  std::uint64_t pictures = 6;
};

// What was kept by its category, what was not as rejected.
data::Image overlay_of(const data::Page& page) {
  const data::Image image = data::decode_image(
      {reinterpret_cast<const std::uint8_t*>(page.image.data()), page.image.size()}, page.id);
  const double keep_over = data::noted_threshold(page.meta);
  std::vector<data::LabelledBox> boxes;
  for (const data::Block& block : page.blocks) {
    if (!data::is_layout(block)) continue;
    const auto& [left, top, right, bottom] = block.box;
    const bool kept = static_cast<double>(block.confidence) >= keep_over;
    boxes.push_back({kept ? block.category : "rejected",
                     data::to_pixels({left, top, right, bottom}, image.width, image.height)});
  }
  return data::draw_boxes(image, boxes);
}

void run_report(const Report& report, const std::vector<std::string>& command_line,
                std::ostream& out) {
  const data::PageStore labelled(report.labelled);
  const data::PageStore pages(report.pages.empty() ? report.labelled : report.pages);
  // The texts of a labelled store are those of its labels.
  const TrueTexts truth = report.pages.empty() ? TrueTexts() : true_texts(pages);
  const std::vector<LabelledPart> parts = labelled_parts(labelled, truth);
  reports::Document document;
  document.title = "Labels of " + report.labelled;
  for (const auto& [name, value] : label_numbers(parts, labelled.num_pages()))
    document.facts.emplace_back(name, nlohmann::json(value).dump());
  if (!report.pages.empty())
    document.tables.push_back(engine_table(labelled, label_files(report.labelled), pages));
  for (reports::Table& table : label_tables(parts)) document.tables.push_back(std::move(table));
  std::string text;
  for (const reports::Table& table : document.tables) text += "\n" + reports::to_text(table);
  out << labelled.num_pages() << " pages in " << report.labelled << "\n" << text;
  if (report.out.empty()) return;
  const reports::RunDir dir(report.out, "label-report");
  std::filesystem::create_directories(dir.path() / "pages");
  for (std::uint64_t i = 0; i < std::min(report.pictures, labelled.num_pages()); ++i) {
    const data::Page page = labelled.page(i);
    const std::string picture = "pages/" + std::to_string(i) + ".jpg";
    data::write_jpeg(dir.path() / picture, overlay_of(page));
    document.examples.push_back({page.id, picture, {{"labels", page.text}}});
  }
  reports::Manifest manifest(command_line);
  manifest.add_input("labelled", report.labelled);
  dir.write_json("manifest.json", manifest.to_json());
  reports::write_document(document, dir.path());
  out << "\nReport: " << (dir.path() / "report.html").string() << "\n";
}

void run_label(const Label& label, const std::vector<std::string>& command_line, std::ostream& out,
               std::ostream& err) {
  LabellingOptions options = label.labelling;
  if (options.store.empty() || options.labellers.empty() || label.store.out.empty())
    throw configs::ConfigError(
        "", "say what to label, with what, and where: STORE --with ppocr --out LABELLED.h5");
  options.files = label_folder(label.store.out);
  const auto mode = configs::parse_mode(label.mode);
  if (!mode)
    throw configs::ConfigError("mode", "no mode '" + label.mode + "'; " + configs::mode_choice());
  options.teacher.mode = *mode;
  label_store(options, label.store, command_line, out, err);
}

void add_texts_option(CLI::App& command, LabellingOptions& labelling) {
  command
      .add_option("--texts", labelling.texts,
                  "Texts of the language (files, folders, stores) that are none of these pages: "
                  "what is plausible in it helps the vote")
      ->delimiter(',');
}

void add_report(CLI::App& label, const std::vector<std::string>& command_line, std::ostream& out) {
  const auto report = std::make_shared<Report>();
  CLI::App* command =
      label.add_subcommand("report", "What was kept and rejected, and how good the engines are");
  command->add_option("labelled", report->labelled, "Store made by `dsocr data label`")->required();
  command->add_option("--pages", report->pages,
                      "Store of the pages that were labelled, whose texts are right");
  command->add_option("--out", report->out, "Folder for tables and pictures; it must not exist");
  command->add_option("--pictures", report->pictures, "Pages with their parts drawn on them")
      ->capture_default_str();
  command->footer(
      "Example:\n  dsocr data label report labelled.h5 --pages pages.h5 --out runs/labels");
  command->callback([report, command_line, &out] { run_report(*report, command_line, out); });
}

void add_calibrate(CLI::App& label, const std::vector<std::string>& command_line,
                   std::ostream& out) {
  const auto calibrate = std::make_shared<CalibrationOptions>();
  CLI::App* command = label.add_subcommand(
      "calibrate", "Learn on pages with known texts how far labels can be trusted");
  command->add_option("stores", calibrate->stores, "Stores of pages with their texts")->required();
  command->add_option("--with", calibrate->labelling.labellers, "Labellers, as of `data label`")
      ->delimiter(',')
      ->required();
  add_texts_option(*command, calibrate->labelling);
  command->add_option("--out", calibrate->out, "Folder to write; it must not exist")->required();
  command->add_option("--threads", calibrate->threads, "0: one per core")
      ->capture_default_str()
      ->check(CLI::Range(0, 1024));
  command->footer(
      "Example:\n  dsocr data label calibrate known.h5 --with ppocr,tesseract:eng --out "
      "runs/calibration");
  command->callback(
      [calibrate, command_line, &out] { calibrate_labels(*calibrate, command_line, out); });
}

}  // namespace

void add_label_command(CLI::App& app, const std::vector<std::string>& command_line,
                       std::ostream& out, std::ostream& err) {
  const auto label = std::make_shared<Label>();
  CLI::App* command = app.add_subcommand(
      "label", "Label pages with OCR engines and networks, and say what can be trusted");
  command->require_subcommand(0, 1);
  LabellingOptions& labelling = label->labelling;
  command->add_option("store", labelling.store, "Store of the pages");
  add_store_options(*command, label->store);
  command->get_option("--out")->required(false);  // the commands below have their own
  command
      ->add_option("--with", labelling.labellers,
                   "Labellers: ppocr, tesseract:eng+chi_sim, text-layer, teacher:FOLDER")
      ->delimiter(',');
  command
      ->add_option("--calibration", labelling.calibration,
                   "calibration.json of `label calibrate`; none: scores are taken as they are")
      ->capture_default_str();
  add_texts_option(*command, labelling);
  command
      ->add_option("--target-error", labelling.target_error,
                   "Share of wrong characters in what is kept, at most")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  command
      ->add_option("--page-limit", labelling.page_limit_s,
                   "Seconds that an engine may take for a page")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command->add_flag("--line-breaks", labelling.line_breaks, "Texts keep the ends of lines");
  command->add_flag("--glyphs", labelling.glyphs,
                    "With the places of characters, about: for the losses that read glyphs");
  command->add_option("--mode", label->mode, "Teachers: " + configs::mode_choice())
      ->capture_default_str();
  command
      ->add_option("--prompt", labelling.teacher.prompt, "Teachers: prompt, by name or as a text")
      ->capture_default_str();
  command->add_option("--device", labelling.teacher.network.device, "Teachers: cpu, cuda or cuda:N")
      ->capture_default_str();
  command->footer(
      "Example:\n  dsocr data label pages.h5 --with ppocr,tesseract:eng --out labelled.h5\n\n"
      "What each engine says of a page is kept in LABELLED.h5.labels and not asked for again.");
  command->callback([label, command, command_line, &out, &err] {
    if (command->get_subcommands().empty()) run_label(*label, command_line, out, err);
  });
  add_report(*command, command_line, out);
  add_calibrate(*command, command_line, out);
}

}  // namespace dsocr

#include "experiments/data_command.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <ostream>

#include "configs/json_text.h"
#include "data/corpora/corpora.h"
#include "data/hdf5/export.h"
#include "data/hdf5/verify.h"
#include "data/image/decode.h"
#include "data/image/encode.h"
#include "data/image/overlay.h"
#include "experiments/label_command.h"
#include "experiments/make_store.h"
#include "experiments/render_command.h"
#include "experiments/store_stats.h"
#include "experiments/tokenizer_command.h"
#include "reports/progress.h"
#include "reports/render.h"
#include "reports/run_dir.h"
#include "reports/tables.h"

namespace dsocr {
namespace {

using nlohmann::ordered_json;

struct Pack {
  std::string source, format;
  double dpi = data::CorpusOptions().dpi;
  StoreOptions store;
};

void run_pack(const Pack& pack, const std::vector<std::string>& command_line, std::ostream& out,
              std::ostream& err) {
  const auto corpus =
      data::open_corpus(pack.format, pack.source, {.dpi = pack.dpi, .prepared = show_prepared()});
  const ordered_json settings{{"format", pack.format}, {"dpi", pack.dpi}};
  make_store(*corpus, settings.dump(), "Packing", pack.store, command_line, out, err);
}

struct Inspect {
  std::string file, out;
  std::int64_t page = -1;
};

void show_store(const data::PageStore& store, std::ostream& out) {
  const data::Provenance& provenance = store.provenance();
  out << store.path().string() << (store.finished() ? "" : " (unfinished)") << "\n\n"
      << "  version: " << data::kStoreVersion << "\n"
      << "  tool: " << provenance.tool << "\n"
      << "  command: " << provenance.command << "\n"
      << "  date: " << provenance.date << "\n"
      << "  licence: " << (provenance.licence.empty() ? "not said" : provenance.licence) << "\n\n";
  reports::Table table{
      "datasets",
      "Datasets",
      {{"dataset", "dataset"}, {"elements", "elements"}, {"bytes", "bytes"}, {"offset", "at byte"}},
      {}};
  for (const auto& [part, name] :
       {std::pair{data::Part::kImages, "/images"}, std::pair{data::Part::kPages, "/pages"},
        std::pair{data::Part::kBlocks, "/blocks"}, std::pair{data::Part::kText, "/text"}}) {
    const data::Extent& extent = store.layout().parts[index_of(part)];
    table.rows.push_back({{"dataset", name},
                          {"elements", extent.count},
                          {"bytes", extent.count * element_bytes(part)},
                          {"offset", extent.offset}});
  }
  out << reports::to_text(table);
}

void show_page(const data::PageStore& store, const Inspect& inspect, std::ostream& out) {
  const auto index = static_cast<std::uint64_t>(inspect.page);
  const data::PageRecord record = store.record(index);
  const data::Page page = store.page(index);
  out << "Page " << index << " of " << store.path().string() << ": " << page.id << "\n\n"
      << "  image: " << page.width << " x " << page.height << " pixels, " << data::format_of(record)
      << ", " << page.image.size() << " bytes\n"
      << "  language: " << (page.language.empty() ? "not said" : page.language) << "\n"
      << "  split: " << (page.split.empty() ? "not said" : page.split) << "\n"
      << (page.meta.empty() ? "" : "  meta: " + page.meta + "\n") << "\n"
      << page.text << "\n";
  reports::Table table{"blocks",
                       "Blocks",
                       {{"order", "order"},
                        {"category", "category"},
                        {"box", "box"},
                        {"confidence", "confidence", 2},
                        {"labeller", "labelled by"},
                        {"text", "text"}},
                       {}};
  for (const data::Block& block : page.blocks) {
    std::string start = block.text.substr(0, block.text.find('\n'));
    if (start.size() > 60) start = start.substr(0, 57) + "...";
    ordered_json row{{"order", block.order},
                     {"category", block.category},
                     {"box", ordered_json(block.box).dump()},
                     {"labeller", block.labeller},
                     {"text", configs::find_invalid_utf8(start) ? "" : start}};
    if (!std::isnan(block.confidence)) row["confidence"] = block.confidence;
    table.rows.push_back(std::move(row));
  }
  if (!table.rows.empty()) out << "\n" << reports::to_text(table);
  if (inspect.out.empty()) return;
  const data::Image image = data::decode_image(
      {reinterpret_cast<const std::uint8_t*>(page.image.data()), page.image.size()}, page.id);
  std::vector<data::LabelledBox> boxes;
  for (const data::Block& block : page.blocks) {
    const auto& [left, top, right, bottom] = block.box;
    boxes.push_back({block.category,
                     data::to_pixels({left, top, right, bottom}, image.width, image.height),
                     block.category != "word" && block.category != "glyph"});
  }
  data::write_png(inspect.out, data::draw_boxes(image, boxes));
  out << "\nPicture: " << inspect.out << "\n";
}

void run_verify(const std::string& file, size_t threads, std::ostream& out) {
  const data::PageStore store(file);
  std::vector<data::Problem> problems;
  {
    reports::Progress progress("Verifying", "pages", store.num_pages());
    problems = data::verify_store(store, threads, [&] { progress.advance(); });
  }
  for (const data::Problem& problem : problems)
    out << (problem.page < 0 ? std::string("store") : "page " + std::to_string(problem.page))
        << ": " << problem.reason << "\n";
  if (!problems.empty())
    throw std::runtime_error(file + " has " + std::to_string(problems.size()) + " problems");
  out << file << ": " << store.num_pages() << " pages, nothing wrong\n";
}

std::string formats_text() {
  std::string text = "Formats:\n";
  for (const data::CorpusFormat& format : data::corpus_formats()) {
    std::string name = format.name;
    name.resize(14, ' ');
    text += "  " + name + format.doc + "\n";
  }
  return text;
}

void add_pack(CLI::App& command, const std::vector<std::string>& command_line, std::ostream& out,
              std::ostream& err) {
  const auto pack = std::make_shared<Pack>();
  CLI::App* app = command.add_subcommand("pack", "Put pages from anywhere into a store");
  app->add_option("source", pack->source, "File or folder to read")->required();
  app->add_option("--format", pack->format, "What the source is")->required();
  add_store_options(*app, pack->store);
  app->add_option("--language", pack->store.pack.language, "BCP 47, of pages that do not say");
  app->add_option("--dpi", pack->dpi, "Resolution of rendered pages")
      ->capture_default_str()
      ->check(CLI::Range(1, 2400));
  app->footer(formats_text() +
              "\nExample:\n  dsocr data pack scans/pages.jsonl --format jsonl --out scans.h5");
  app->callback([pack, command_line, &out, &err] { run_pack(*pack, command_line, out, err); });
}

}  // namespace

void add_data_command(CLI::App& app, const std::vector<std::string>& command_line,
                      std::ostream& out, std::ostream& err) {
  CLI::App* command =
      app.add_subcommand("data", "Make and look into stores of pages; make vocabularies");
  command->require_subcommand(1);
  command->footer("Example:\n  dsocr data inspect pages.h5");
  add_pack(*command, command_line, out, err);
  add_label_command(*command, command_line, out, err);
  add_render_command(*command, command_line, out, err);
  add_tokenizer_command(*command, out);

  const auto inspect = std::make_shared<Inspect>();
  CLI::App* sub = command->add_subcommand("inspect", "What a store, or one page of it, holds");
  sub->add_option("file", inspect->file, "Store")->required();
  sub->add_option("--page", inspect->page, "Page to show, from 0")->check(CLI::Range(0, 1 << 30));
  sub->add_option("--out", inspect->out, "PNG to write: the page with its boxes")->needs("--page");
  sub->footer("Example:\n  dsocr data inspect pages.h5 --page 3 --out page.png");
  sub->callback([inspect, &out] {
    const data::PageStore store(inspect->file);
    if (inspect->page < 0)
      show_store(store, out);
    else
      show_page(store, *inspect, out);
  });

  struct OfFile {
    std::string file, out;
    size_t threads = 0;
  };
  const auto stats = std::make_shared<OfFile>();
  sub = command->add_subcommand("stats", "Counts and distributions of a store, with pictures");
  sub->add_option("file", stats->file, "Store")->required();
  sub->add_option("--out", stats->out, "Folder for the report; it must not exist");
  sub->footer("Example:\n  dsocr data stats pages.h5 --out runs/stats");
  sub->callback([stats, &out] {
    const reports::Document document = store_stats(data::PageStore(stats->file));
    for (const reports::Table& table : document.tables)
      out << table.title << "\n\n" << reports::to_text(table) << "\n";
    if (stats->out.empty()) return;
    const reports::RunDir dir(stats->out, "stats");
    reports::write_document(document, dir.path());
    out << "Report: " << dir.file("report.md").string() << "\n";
  });

  const auto check = std::make_shared<OfFile>();
  sub = command->add_subcommand("verify", "Read all of a store and name what is wrong");
  sub->add_option("file", check->file, "Store")->required();
  sub->add_option("--threads", check->threads, "0: one per core")->check(CLI::Range(0, 1024));
  sub->footer("Example:\n  dsocr data verify pages.h5");
  sub->callback([check, &out] { run_verify(check->file, check->threads, out); });

  const auto unpack = std::make_shared<OfFile>();
  sub = command->add_subcommand("export", "Back to images and a JSON Lines file");
  sub->add_option("file", unpack->file, "Store")->required();
  sub->add_option("--out", unpack->out, "Folder; it must not exist")->required();
  sub->footer("Example:\n  dsocr data export pages.h5 --out pages");
  sub->callback([unpack, &out] {
    const data::PageStore store(unpack->file);
    {
      reports::Progress progress("Exporting", "pages", store.num_pages());
      data::export_store(store, unpack->out, [&] { progress.advance(); });
    }
    out << store.num_pages() << " pages in " << unpack->out << "\n";
  });
}

}  // namespace dsocr

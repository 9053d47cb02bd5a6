#include "eval/sweep/pages.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "configs/error.h"
#include "data/corpora/rendered_corpus.h"
#include "data/error.h"
#include "eval/runner.h"
#include "reports/document.h"
#include "reports/files.h"

namespace dsocr::eval {
namespace {

// "12", "9.5".
std::string number_text(double value) {
  std::string text = nlohmann::json(value).dump();
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

data::RenderConfig render_config(const SweepConfig& config, const SweepText& text,
                                 const SweepCell& cell) {
  const auto side = static_cast<double>(configs::view_geometry(cell.mode).base_size);
  const auto vision = configs::page_tokens(
      cell.mode, {static_cast<std::int64_t>(side), static_cast<std::int64_t>(side)});
  data::RenderConfig render = config.render;
  render.text = text.text;
  render.mode = cell.mode;
  render.page.width = render.page.height = {side};
  render.page.dpi = {96};
  render.font.px = {cell.font_px};
  render.font.in_view = false;
  const auto tokens = std::llround(cell.ratio * static_cast<double>(vision.vision_tokens));
  render.tokens = {std::max<std::int64_t>(1, tokens)};  // 0 would fill the page
  render.pages = config.pages;
  return render;
}

struct Rendered {
  data::Page page;
  std::optional<data::DataError> refused;
};

// The pages of a cell, or why it has none.
std::vector<SweepPage> render_cell(const SweepConfig& config, const SweepText& text,
                                   const data::Tokenizer& tokenizer,
                                   const std::filesystem::path& folder, size_t index,
                                   SweepCell& cell, reports::Progress& progress) {
  const data::RenderedCorpus corpus(text.source, render_config(config, text, cell), &tokenizer);
  if (corpus.size() < config.pages) {
    cell.missing = "the text is too short for " + std::to_string(config.pages) + " pages";
    progress.advance(config.pages);
    return {};
  }
  const auto rendered =
      map_ordered(corpus.size(), num_threads(config.threads), progress, [&](size_t i) -> Rendered {
        try {
          return {corpus.page(i), {}};
        } catch (const data::DataError& error) {
          if (!error.recoverable()) throw;
          return {{}, error};
        }
      });
  std::vector<SweepPage> pages;
  for (const Rendered& one : rendered)
    if (one.refused) {
      cell.missing = one.refused->what();
      return {};
    }
  std::filesystem::create_directories(folder);
  for (size_t i = 0; i < rendered.size(); ++i) {
    const data::Page& page = rendered[i].page;
    const auto meta = nlohmann::json::parse(page.meta);
    const std::string id = cell.id() + "-" + std::to_string(i + 1);
    const bool jpeg = page.image.starts_with("\xFF\xD8");
    const auto file = folder / (id + (jpeg ? ".jpg" : ".png"));
    reports::write_file(file, page.image);
    pages.push_back({.cell = index,
                     .id = id,
                     .image = file,
                     .truth = page.text,
                     .tokens = static_cast<std::int64_t>(tokenizer.encode(page.text).size()),
                     .vision_tokens = meta.at("vision_tokens"),
                     .font_px = meta.at("font_px_in_view"),
                     .area_used = meta.at("area_used")});
  }
  return pages;
}

}  // namespace

std::string SweepCell::id() const {
  return text + "-" + std::string(configs::mode_name(mode)) + "-r" + number_text(ratio) + "-f" +
         number_text(font_px);
}

SweepPages render_sweep(const SweepConfig& config, const data::Tokenizer& tokenizer,
                        const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (size_t i = 0; i < config.texts.size(); ++i) {
    const std::string& name = config.texts[i].name;
    if (!reports::is_file_name(name) || !names.insert(name).second)
      throw configs::ConfigError("texts[" + std::to_string(i) + "].name",
                                 "'" + name + "' is no name for a file, or names two texts");
  }
  SweepPages sweep;
  std::vector<const SweepText*> text_of;
  for (const SweepText& text : config.texts)
    for (const configs::VisionMode mode : config.modes)
      for (const double ratio : config.ratios)
        for (const double font_px : config.font_px) {
          sweep.cells.push_back({text.name, mode, ratio, font_px});
          text_of.push_back(&text);
        }
  reports::Progress progress("Rendering", "pages", sweep.cells.size() * config.pages);
  for (size_t i = 0; i < sweep.cells.size(); ++i) {
    auto pages = render_cell(config, *text_of[i], tokenizer, folder, i, sweep.cells[i], progress);
    std::move(pages.begin(), pages.end(), std::back_inserter(sweep.pages));
  }
  return sweep;
}

}  // namespace dsocr::eval

#include "data/label/labelled_corpus.h"

#include <nlohmann/json.hpp>
#include <set>

#include "configs/sha256.h"
#include "data/error.h"
#include "data/label/line_glyphs.h"
#include "data/label/target.h"

namespace dsocr::data {
namespace {

using nlohmann::ordered_json;

// Bytes that a block's labeller may have.
constexpr std::size_t kLabellerBytes = 32;

std::string text_of(const CombinedRegion& region, bool line_breaks) {
  if (!line_breaks) return to_utf8(region.text);
  std::string text;
  for (const VotedLine& line : region.lines)
    text += (text.empty() ? "" : "\n") + to_utf8(line.text);
  return text;
}

std::array<std::uint16_t, 4> grid_box(const PixelBox& box, const Page& page) {
  const auto width = static_cast<double>(page.width), height = static_cast<double>(page.height);
  return {on_grid(box.left / width), on_grid(box.top / height), on_grid(box.right / width),
          on_grid(box.bottom / height)};
}

// "ppocr+tesseract" of the engines that have a line of the region.
std::string labeller_of(const CombinedRegion& region, std::span<const EngineLabels> engines) {
  std::string names;
  for (std::size_t i = 0; i < engines.size(); ++i) {
    bool has = false;
    for (const VotedLine& line : region.lines)
      has = has || (i < line.place.size() && line.place[i]);
    if (has) names += (names.empty() ? "" : "+") + engine_name(engines[i].engine);
  }
  return names.substr(0, kLabellerBytes);
}

// "tesseract:eng 5.3.0 3f2a91bc": the last is of all models together.
std::string version_of(const LabellerInfo& labeller) {
  std::string models;
  for (const auto& [file, sha256] : labeller.models) models += file + " " + sha256 + "\n";
  return labeller.name + " " + labeller.version + " " + configs::sha256_hex(models).substr(0, 8);
}

using Engines = std::set<std::pair<std::string, std::string>>;  // names and versions

std::string list_of(const Engines& engines) {
  std::string list;
  for (const auto& [name, version] : engines)
    list += (list.empty() ? "" : ", ") + name + " " + version;
  return list;
}

// A threshold of other engines would promise what nobody has measured.
void require_engines(const Calibration& calibration,
                     const std::vector<std::unique_ptr<LabelFile>>& files) {
  Engines known, found;
  for (const CalibratedEngine& engine : calibration.engines)
    known.emplace(engine_name({.name = engine.name}), engine.version);
  for (const auto& file : files)
    found.emplace(engine_name(file->labeller()), file->labeller().version);
  if (known != found)
    throw DataError("", "",
                    "the calibration is of " + list_of(known) + ", not of " + list_of(found));
}

void require_language(const Calibration& calibration, const Language* language) {
  if (calibration.language == (language ? language->sha256 : "")) return;
  throw DataError("", "",
                  calibration.language.empty()
                      ? "the calibration was made without texts of the language"
                      : "the calibration was made with other texts of the language");
}

}  // namespace

CombineOptions combine_options(const Calibration* calibration, const Language* language) {
  CombineOptions options;
  if (language) options.vote.model = &language->model;
  if (calibration == nullptr) return options;
  options.vote.model_weight = calibration->trust.model_weight;
  options.vote.length_weight = calibration->trust.length_weight;
  options.trust = calibration->trust.engines;
  return options;
}

LabelledCorpus::LabelledCorpus(const PageStore& store,
                               std::vector<std::unique_ptr<LabelFile>> files,
                               const LabelledOptions& options)
    : store_(store),
      files_(std::move(files)),
      options_(options),
      combine_(combine_options(options.calibration, options.language)) {
  if (options.calibration) {
    require_engines(*options.calibration, files_);
    require_language(*options.calibration, options.language);
  }
  const std::string sum = store.sha256(Part::kPages);
  for (const auto& file : files_) {
    if (file->store() != sum)
      throw DataError(file->path(), "",
                      "has labels of another store than " + store.path().string());
    if (file->num_pages() != store.num_pages())
      throw DataError(file->path(), "",
                      "has labels of " + std::to_string(file->num_pages()) + " pages of " +
                          std::to_string(store.num_pages()));
  }
}

std::string LabelledCorpus::id(std::size_t index) const { return store_.id(store_.record(index)); }

std::vector<EngineLabels> LabelledCorpus::engine_labels(std::size_t index) const {
  std::vector<EngineLabels> engines;
  for (const auto& file : files_)
    if (LabelResult result = file->result(index); result.failure.empty())
      engines.push_back({file->labeller(), std::move(result.labels)});
  return engines;
}

Block LabelledCorpus::block_of(const CombinedRegion& region, const Page& page,
                               std::span<const EngineLabels> engines) const {
  const double alone = engines.size() == 1 ? region.features.confidence : region.score;
  const double confidence =
      options_.calibration ? options_.calibration->score(region.features) : alone;
  return {.category = region.category,
          .box = grid_box(region.box, page),
          .text = text_of(region, options_.line_breaks),
          .confidence = static_cast<float>(confidence),
          .labeller = labeller_of(region, engines)};
}

Page LabelledCorpus::page(std::size_t index) const {
  Page page = store_.page(index);
  const std::vector<EngineLabels> engines = engine_labels(index);
  if (engines.empty())
    throw DataError(store_.path(), page.id, "no engine has labelled it", /*recoverable=*/true);
  page.blocks.clear();
  const CombinedPage combined = combine(engines, combine_);
  for (const CombinedRegion& region : combined.regions) {
    page.blocks.push_back(block_of(region, page, engines));
    page.blocks.back().order = static_cast<std::int32_t>(page.blocks.size()) - 1;
  }
  if (options_.glyphs)
    for (std::size_t i = 0; i < combined.regions.size(); ++i)
      for (const VotedLine& line : combined.regions[i].lines)
        for (const LineGlyph& glyph : glyphs_of(line))
          page.blocks.push_back({.category = "glyph",
                                 .box = grid_box(glyph.box, page),
                                 .text = to_utf8(glyph.text),
                                 .confidence = page.blocks[i].confidence});
  page.text = format_target(page.blocks, AnswerTarget::kPlain, 0).text;
  auto meta = ordered_json::parse(with_threshold(page.meta, options_.keep_over));
  meta["labellers"] = ordered_json::array();
  for (const EngineLabels& engine : engines) meta["labellers"].push_back(version_of(engine.engine));
  page.meta = meta.dump();
  return page;
}

}  // namespace dsocr::data

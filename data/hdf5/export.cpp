#include "data/hdf5/export.h"

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "data/error.h"

namespace dsocr::data {
namespace {

using nlohmann::ordered_json;

ordered_json block_json(const Block& block) {
  ordered_json json{{"category", block.category}, {"box", block.box}, {"order", block.order}};
  if (!block.text.empty()) json["text"] = block.text;
  if (!std::isnan(block.confidence)) json["confidence"] = block.confidence;
  if (!block.labeller.empty()) json["labeller"] = block.labeller;
  return json;
}

}  // namespace

void export_store(const PageStore& store, const std::filesystem::path& folder,
                  const std::function<void()>& progress) {
  if (std::filesystem::exists(folder)) throw DataError(folder, "", "exists already");
  std::filesystem::create_directories(folder / "images");
  const RawFile list(folder / "pages.jsonl", RawFile::Mode::kCreate);
  std::uint64_t list_bytes = 0;
  for (std::uint64_t i = 0; i < store.num_pages(); ++i) {
    const PageRecord record = store.record(i);
    const Page page = store.page(i);
    char name[32];
    std::snprintf(name, sizeof name, "images/%07llu.%s", static_cast<unsigned long long>(i),
                  format_of(record).c_str());
    RawFile(folder / name, RawFile::Mode::kCreate).write(0, std::as_bytes(std::span(page.image)));
    ordered_json json{{"image", name}, {"text", page.text}, {"id", page.id}};
    if (!page.language.empty()) json["language"] = page.language;
    if (!page.split.empty()) json["split"] = page.split;
    if (!page.meta.empty()) json["meta"] = ordered_json::parse(page.meta);
    for (const Block& block : page.blocks) json["blocks"].push_back(block_json(block));
    const std::string line = json.dump() + "\n";
    list.write(list_bytes, std::as_bytes(std::span(line)));
    list_bytes += line.size();
    if (progress) progress();
  }
}

}  // namespace dsocr::data

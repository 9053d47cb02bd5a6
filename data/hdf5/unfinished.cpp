#include "data/hdf5/unfinished.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "configs/sha256.h"
#include "data/error.h"
#include "data/hdf5/raw_file.h"

namespace dsocr::data {
namespace {

using nlohmann::json;

std::filesystem::path with(const std::filesystem::path& file, const char* ending) {
  return file.string() + ending;
}

// Where a page's own elements end in each part; nothing if they do not lie in `sizes`.
std::optional<std::array<std::uint64_t, kAllParts.size()>> end_of(
    const PageRecord& record, const std::array<std::uint64_t, kAllParts.size()>& sizes,
    const RawFile& blocks) {
  std::array<std::uint64_t, kAllParts.size()> end{};
  end[index_of(Part::kImages)] = record.image_offset + record.image_bytes;
  end[index_of(Part::kBlocks)] = record.first_block + record.num_blocks;
  end[index_of(Part::kText)] =
      std::max({record.text_offset + record.text_bytes, record.id_offset + record.id_bytes,
                record.meta_offset + record.meta_bytes});
  for (const Part part : {Part::kImages, Part::kBlocks})
    if (end[index_of(part)] > sizes[index_of(part)]) return std::nullopt;
  for (std::uint32_t i = 0; i < record.num_blocks; ++i) {
    BlockRecord block{};
    if (!blocks.read((record.first_block + i) * sizeof block,
                     std::as_writable_bytes(std::span(&block, 1))))
      return std::nullopt;
    auto& text = end[index_of(Part::kText)];
    text = std::max(text, block.text_offset + block.text_bytes);
  }
  if (end[index_of(Part::kText)] > sizes[index_of(Part::kText)]) return std::nullopt;
  return end;
}

}  // namespace

std::filesystem::path UnfinishedStore::part(Part part) const {
  constexpr std::array kEndings{".partial", ".partial.pages", ".partial.blocks", ".partial.text"};
  return with(file, kEndings[index_of(part)]);
}

std::filesystem::path UnfinishedStore::header() const { return with(file, ".partial.json"); }

std::filesystem::path UnfinishedStore::skipped() const { return with(file, ".partial.skipped"); }

// The header first: without it nothing is taken for an unfinished store.
void UnfinishedStore::remove() const {
  std::error_code ignored;
  std::filesystem::remove(header(), ignored);
  std::filesystem::remove(skipped(), ignored);
  for (const Part part : kAllParts) std::filesystem::remove(this->part(part), ignored);
}

void write_header(const UnfinishedStore& store, const UnfinishedHeader& header) {
  const auto temporary = with(store.header(), ".tmp");
  std::filesystem::remove(temporary);
  const std::string text = json{{"version", kStoreVersion},
                                {"source", header.source},
                                {"images_offset", header.images_offset},
                                {"tool", header.provenance.tool},
                                {"command", header.provenance.command},
                                {"date", header.provenance.date},
                                {"licence", header.provenance.licence}}
                               .dump(2) +
                           "\n";
  {
    const RawFile file(temporary, RawFile::Mode::kCreate);
    file.write(0, std::as_bytes(std::span(text)));
    file.sync();
  }
  rename_durably(temporary, store.header());
}

UnfinishedHeader read_header(const UnfinishedStore& store) {
  std::ifstream in(store.header());
  const json value = json::parse(in, nullptr, /*allow_exceptions=*/false);
  try {
    if (value.at("version") != kStoreVersion)
      throw DataError(store.header(), "", "is of another version of this program");
    return {value.at("source"),
            value.at("images_offset"),
            {value.at("tool"), value.at("command"), value.at("date"), value.at("licence")}};
  } catch (const json::exception&) {
    throw DataError(store.header(), "", "is damaged");
  }
}

std::map<std::uint64_t, std::string> read_skipped(const UnfinishedStore& store) {
  std::map<std::uint64_t, std::string> skipped;
  std::ifstream in(store.skipped());
  for (std::string line; std::getline(in, line);) {
    const json value = json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (value.is_object() && value.contains("index") && value.contains("reason"))
      skipped[value["index"].get<std::uint64_t>()] = value["reason"].get<std::string>();
  }
  return skipped;
}

StoreLayout recover(const UnfinishedStore& store) {
  const UnfinishedHeader header = read_header(store);
  StoreLayout layout;
  layout.provenance = header.provenance;
  layout.parts[index_of(Part::kImages)].offset = header.images_offset;
  for (const Part part : kAllParts)
    if (!std::filesystem::exists(store.part(part))) return layout;  // killed at the very start
  const RawFile images(store.part(Part::kImages), RawFile::Mode::kRead);
  const RawFile pages(store.part(Part::kPages), RawFile::Mode::kRead);
  const RawFile blocks(store.part(Part::kBlocks), RawFile::Mode::kRead);
  const RawFile text(store.part(Part::kText), RawFile::Mode::kRead);
  const std::array<std::uint64_t, kAllParts.size()> sizes{
      images.size() - std::min(images.size(), header.images_offset),
      pages.size() / sizeof(PageRecord), blocks.size() / sizeof(BlockRecord), text.size()};
  for (std::uint64_t count = sizes[index_of(Part::kPages)]; count > 0; --count) {
    PageRecord record{};
    pages.read((count - 1) * sizeof record, std::as_writable_bytes(std::span(&record, 1)));
    const auto end = end_of(record, sizes, blocks);
    if (!end) continue;
    std::string image(record.image_bytes, '\0');
    images.read(header.images_offset + record.image_offset,
                std::as_writable_bytes(std::span(image)));
    const auto sum = configs::sha256(image);
    if (!std::equal(sum.begin(), sum.end(), record.sha256)) continue;
    for (const Part part : kAllParts) layout.parts[index_of(part)].count = (*end)[index_of(part)];
    layout.parts[index_of(Part::kPages)].count = count;
    break;
  }
  return layout;
}

}  // namespace dsocr::data

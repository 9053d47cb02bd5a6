#include "data/hdf5/page_store.h"

#include <algorithm>
#include <cstring>

#include "configs/sha256.h"
#include "data/error.h"
#include "data/hdf5/unfinished.h"
#include "data/text/utf8.h"

namespace dsocr::data {
namespace {

template <size_t size>
std::string field(const char (&bytes)[size]) {
  return {bytes, strnlen(bytes, size)};
}

// For messages: a record does not know its own place in the store.
std::string name_of(const PageRecord& record) {
  return "item " + std::to_string(record.source_index);
}

}  // namespace

std::string language_of(const PageRecord& record) { return field(record.language); }
std::string split_of(const PageRecord& record) { return field(record.split); }
std::string format_of(const PageRecord& record) { return field(record.format); }

PageStore::PageStore(std::filesystem::path file) : path_(std::move(file)) {
  const UnfinishedStore unfinished{path_};
  finished_ = std::filesystem::exists(path_) || !unfinished.exists();
  if (finished_) {
    layout_ = read_layout(path_);
    files_.emplace_back(path_, RawFile::Mode::kRead);
  } else {
    layout_ = recover(unfinished);
    for (const Part part : kAllParts)
      files_.emplace_back(unfinished.part(part), RawFile::Mode::kRead);
  }
}

std::string PageStore::read(Part part, std::uint64_t first, std::uint64_t count,
                            const std::string& sample, const char* what) const {
  const Extent& all = extent(part);
  if (first > all.count || count > all.count - first)
    throw DataError(path_, sample, std::string(what) + " lies outside the store", true);
  std::string bytes(count * element_bytes(part), '\0');
  if (!file(part).read(all.offset + first * element_bytes(part),
                       std::as_writable_bytes(std::span(bytes))))
    throw DataError(path_, sample, std::string(what) + " lies behind the end of the file", true);
  return bytes;
}

std::string PageStore::read_text(std::uint64_t offset, std::uint64_t bytes,
                                 const std::string& sample, const char* what) const {
  std::string text = read(Part::kText, offset, bytes, sample, what);
  if (find_invalid_utf8(text))
    throw DataError(path_, sample, std::string(what) + " is not UTF-8", true);
  return text;
}

PageRecord PageStore::record(std::uint64_t page) const {
  if (page >= num_pages())
    throw DataError(
        path_, "", "has no page " + std::to_string(page) + ", only " + std::to_string(num_pages()));
  const std::string bytes =
      read(Part::kPages, page, 1, "page " + std::to_string(page), "the record");
  PageRecord record;
  std::memcpy(&record, bytes.data(), sizeof record);
  return record;
}

std::string PageStore::id(const PageRecord& record) const {
  return read_text(record.id_offset, record.id_bytes, name_of(record), "the id");
}

std::string PageStore::text(const PageRecord& record) const {
  return read_text(record.text_offset, record.text_bytes, name_of(record), "the text");
}

std::string PageStore::meta(const PageRecord& record) const {
  return read_text(record.meta_offset, record.meta_bytes, name_of(record), "what is kept with it");
}

std::string PageStore::image(const PageRecord& record) const {
  return read(Part::kImages, record.image_offset, record.image_bytes, name_of(record), "the image");
}

std::vector<Block> PageStore::blocks(const PageRecord& record) const {
  const std::string bytes =
      read(Part::kBlocks, record.first_block, record.num_blocks, name_of(record), "a block");
  std::vector<BlockRecord> records(record.num_blocks);
  std::memcpy(records.data(), bytes.data(), bytes.size());
  std::vector<Block> blocks;
  for (const BlockRecord& block : records) {
    Block& result = blocks.emplace_back();
    result.category = field(block.category);
    std::copy(std::begin(block.box), std::end(block.box), result.box.begin());
    result.order = block.order;
    result.text =
        read_text(block.text_offset, block.text_bytes, name_of(record), "the text of a block");
    result.confidence = block.confidence;
    result.labeller = field(block.labeller);
  }
  return blocks;
}

Page PageStore::page(std::uint64_t page) const {
  const PageRecord found = record(page);
  return {.id = id(found),
          .image = image(found),
          .width = found.width,
          .height = found.height,
          .text = text(found),
          .language = language_of(found),
          .split = split_of(found),
          .meta = meta(found),
          .blocks = blocks(found)};
}

std::string PageStore::sha256(Part part) const {
  configs::Sha256 sum;
  constexpr std::uint64_t kPiece = 1 << 20;
  const std::uint64_t count = extent(part).count, step = kPiece / element_bytes(part);
  for (std::uint64_t first = 0; first < count; first += step)
    sum.add(read(part, first, std::min(step, count - first), "", "a part"));
  return sum.finish_hex();
}

}  // namespace dsocr::data

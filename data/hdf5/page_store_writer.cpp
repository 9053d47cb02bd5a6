#include "data/hdf5/page_store_writer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "configs/sha256.h"
#include "data/error.h"
#include "data/image/decode.h"
#include "data/text/utf8.h"

namespace dsocr::data {
namespace {

constexpr std::uint64_t kMaxBytes = std::numeric_limits<std::uint32_t>::max();

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

[[noreturn]] void refuse(const Page& page, const std::string& reason) {
  throw DataError("", page.id, reason, /*recoverable=*/true);
}

void require_text(const Page& page, const std::string& text, const char* what) {
  if (const auto place = find_invalid_utf8(text))
    refuse(page, std::string(what) + " is not UTF-8 at byte " + std::to_string(*place));
  if (text.size() > kMaxBytes) refuse(page, std::string(what) + " is longer than 4 GiB");
}

template <size_t size>
void set_field(const Page& page, char (&field)[size], const std::string& value, const char* what) {
  require_text(page, value, what);
  if (value.size() > size || value.find('\0') != std::string::npos)
    refuse(page, std::string(what) + " '" + value + "' is longer than " + std::to_string(size) +
                     " bytes or has a zero in it");
  std::memcpy(field, value.data(), value.size());
}

void check(const Page& page) {
  if (page.id.empty()) refuse(page, "a page has no id");
  if (page.image.empty()) refuse(page, "has no image");
  if (page.image.size() > kMaxBytes) refuse(page, "has an image of more than 4 GiB");
  require_text(page, page.id, "the id");
  require_text(page, page.text, "the text");
  if (!page.meta.empty() && !nlohmann::json::parse(page.meta, nullptr, false).is_object())
    refuse(page, "what is kept with it is no JSON object");
  for (const Block& block : page.blocks) {
    require_text(page, block.text, "the text of a block");
    const auto& [left, top, right, bottom] = block.box;
    if (std::max({left, top, right, bottom}) > 999 || left > right || top > bottom)
      refuse(page, "a block has the box " + std::to_string(left) + " " + std::to_string(top) + " " +
                       std::to_string(right) + " " + std::to_string(bottom) +
                       ", which is none within 0..999");
    if (block.confidence < 0 || block.confidence > 1)
      refuse(page, "a block has the confidence " + std::to_string(block.confidence));
  }
}

BlockRecord block_record(const Page& page, const Block& block) {
  BlockRecord record{};
  record.text_bytes = static_cast<std::uint32_t>(block.text.size());
  record.order = block.order;
  std::copy(block.box.begin(), block.box.end(), record.box);
  record.confidence = block.confidence;
  set_field(page, record.category, block.category, "the category of a block");
  set_field(page, record.labeller, block.labeller, "the labeller of a block");
  return record;
}

}  // namespace

PageStoreWriter::PageStoreWriter(std::filesystem::path file, const WriterOptions& options)
    : store_{std::move(file)} {
  const auto require_no_file = [&] {
    if (std::filesystem::exists(store_.file)) throw DataError(store_.file, "", "exists already");
  };
  require_no_file();
  files_.emplace_back(store_.part(Part::kImages), RawFile::Mode::kOpenOrCreate);
  if (!this->file(Part::kImages).try_lock())
    throw DataError(store_.file, "", "is being written by another process");
  require_no_file();  // another writer may have ended just now, and what was opened is its store
  if (!store_.exists()) {
    begin(options);
  } else if (options.resume) {
    for (const Part part : {Part::kPages, Part::kBlocks, Part::kText})
      files_.emplace_back(store_.part(part), RawFile::Mode::kReadWrite);
  } else {
    throw DataError(store_.file, "",
                    "was begun and not finished: resume it, or delete " +
                        store_.part(Part::kImages).string() + "*");
  }
  const UnfinishedHeader header = read_header(store_);
  if (header.source != options.source)
    throw DataError(store_.file, "",
                    "was begun from another source or with other options: " + header.source +
                        ", now " + options.source);
  layout_ = recover(store_);
  this->file(Part::kImages).resize(header.images_offset + extent(Part::kImages).count);
  for (const Part part : {Part::kPages, Part::kBlocks, Part::kText})
    this->file(part).resize(extent(part).count * element_bytes(part));
  for (std::uint64_t i = 0; i < num_pages(); ++i) {
    PageRecord record{};
    this->file(Part::kPages).read(i * sizeof record, std::as_writable_bytes(std::span(&record, 1)));
    Sum sum;
    std::copy(std::begin(record.sha256), std::end(record.sha256), sum.begin());
    images_.insert(sum);
    next_source_index_ = record.source_index + 1;
  }
  // Those behind the last page come again.
  std::map<std::uint64_t, std::string> before = read_skipped(store_);
  before.erase(before.lower_bound(next_source_index_), before.end());
  std::filesystem::remove(store_.skipped());
  for (const auto& [index, reason] : before) skip(index, reason);
}

// Whatever lies there was left by a process that was killed before its header or after its end.
void PageStoreWriter::begin(const WriterOptions& options) {
  const UnfinishedHeader header{
      options.source, images_offset(store_.file.string() + ".partial.scratch"), options.provenance};
  file(Part::kImages).resize(0);
  std::filesystem::remove(store_.skipped());
  for (const Part part : {Part::kPages, Part::kBlocks, Part::kText}) {
    std::filesystem::remove(store_.part(part));
    files_.emplace_back(store_.part(part), RawFile::Mode::kCreate);
  }
  write_header(store_, header);
}

std::uint64_t PageStoreWriter::append(Part part, std::span<const std::byte> elements) {
  const Extent& end = extent(part);
  file(part).write(end.offset + end.count * element_bytes(part), elements);
  return std::exchange(extent(part).count, end.count + elements.size() / element_bytes(part));
}

std::uint64_t PageStoreWriter::append_text(const std::string& text) {
  return append(Part::kText, std::as_bytes(std::span(text)));
}

bool PageStoreWriter::add(const Page& page, std::uint64_t source_index) {
  check(page);
  const Sum sum = configs::sha256(page.image);
  if (images_.contains(sum)) return false;
  PageRecord record{};
  set_field(page, record.language, page.language, "the language");
  set_field(page, record.split, page.split, "the split");
  set_field(page, record.format, image_format(bytes_of(page.image)), "the image's format");
  std::vector<BlockRecord> blocks;
  for (const Block& block : page.blocks) blocks.push_back(block_record(page, block));

  // From here only the disk can be in the way. Counts of a page that fails half way are taken back.
  const StoreLayout before = layout_;
  try {
    record.source_index = source_index;
    record.width = page.width;
    record.height = page.height;
    record.image_bytes = static_cast<std::uint32_t>(page.image.size());
    record.text_bytes = static_cast<std::uint32_t>(page.text.size());
    record.id_bytes = static_cast<std::uint32_t>(page.id.size());
    record.meta_bytes = static_cast<std::uint32_t>(page.meta.size());
    record.num_blocks = static_cast<std::uint32_t>(blocks.size());
    std::copy(sum.begin(), sum.end(), record.sha256);
    record.image_offset = append(Part::kImages, std::as_bytes(std::span(page.image)));
    record.id_offset = append_text(page.id);
    record.text_offset = append_text(page.text);
    record.meta_offset = append_text(page.meta);
    for (size_t i = 0; i < blocks.size(); ++i)
      blocks[i].text_offset = append_text(page.blocks[i].text);
    record.first_block = append(Part::kBlocks, std::as_bytes(std::span(blocks)));
    append(Part::kPages, std::as_bytes(std::span(&record, 1)));
  } catch (...) {
    layout_ = before;
    throw;
  }
  images_.insert(sum);
  next_source_index_ = source_index + 1;
  return true;
}

void PageStoreWriter::skip(std::uint64_t source_index, const std::string& reason) {
  const std::string line =
      nlohmann::json{{"index", source_index}, {"reason", utf8_lossy(reason)}}.dump() + "\n";
  const RawFile list(store_.skipped(), RawFile::Mode::kOpenOrCreate);
  list.write(list.size(), std::as_bytes(std::span(line)));
  skipped_[source_index] = reason;
}

void PageStoreWriter::finish() {
  if (num_pages() == 0) throw DataError(store_.file, "", "has no pages, so that no file is made");
  const std::filesystem::path skeleton_file = store_.file.string() + ".partial.scratch";
  StoreLayout layout = layout_;
  for (const Part part : {Part::kPages, Part::kBlocks, Part::kText})
    layout.sha256[index_of(part)] = configs::sha256_file(store_.part(part));
  write_skeleton(skeleton_file, layout);
  layout.parts = read_layout(skeleton_file).parts;
  const Extent images = layout.parts[index_of(Part::kImages)];
  if (images.offset != extent(Part::kImages).offset)
    throw DataError(store_.file, "", "was begun with another version of HDF5; begin it anew");
  {
    const RawFile skeleton(skeleton_file, RawFile::Mode::kReadWrite);
    for (const Part part : {Part::kPages, Part::kBlocks, Part::kText})
      copy_range(file(part), 0, extent(part).count * element_bytes(part), skeleton,
                 layout.parts[index_of(part)].offset);
    // The head last: without it the file is no HDF5 file yet.
    const std::uint64_t end = images.offset + images.count;
    const RawFile& store = file(Part::kImages);
    copy_range(skeleton, end, skeleton.size() - end, store, end);
    store.sync();
    copy_range(skeleton, 0, images.offset, store, 0);
    store.sync();
  }
  std::filesystem::remove(skeleton_file);
  rename_durably(store_.part(Part::kImages), store_.file);
  store_.remove();
}

}  // namespace dsocr::data

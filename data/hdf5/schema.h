#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace dsocr::data {

/// Of files with another number nothing is read. Raise it with any change below.
inline constexpr std::int64_t kStoreVersion = 2;

/// One element of the dataset /pages; little-endian, as it lies in the file (data/README.md).
struct PageRecord {
  std::uint64_t image_offset, text_offset, id_offset, meta_offset;  // bytes into /images and /text
  std::uint64_t first_block;                                        // element of /blocks
  std::uint64_t source_index;  // place of the page in its source
  std::uint32_t image_bytes, text_bytes, id_bytes, meta_bytes;
  std::uint32_t num_blocks;
  std::uint32_t width, height;
  std::uint32_t unused;     // 0
  std::uint8_t sha256[32];  // of the image's bytes
  char language[24], split[16], format[8];
};
static_assert(sizeof(PageRecord) == 160 && offsetof(PageRecord, format) == 152);

/// One element of the dataset /blocks.
struct BlockRecord {
  std::uint64_t text_offset;
  std::uint32_t text_bytes;
  std::int32_t order;
  std::uint16_t box[4];
  float confidence;
  char category[28], labeller[32];
};
static_assert(sizeof(BlockRecord) == 88 && offsetof(BlockRecord, labeller) == 56);

/// Where the file comes from; attributes of its root.
struct Provenance {
  std::string tool;     // name and version of the program
  std::string command;  // that made it
  std::string date;     // ISO 8601, UTC
  std::string licence;  // of the pages, empty: not said
};

}  // namespace dsocr::data

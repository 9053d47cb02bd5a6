#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "data/hdf5/layout.h"

namespace dsocr::data {

/// A store that is being written. FILE.partial becomes FILE: its images lie where they will lie
/// then. The other parts grow in files of their own beside it, FILE.partial.pages, .blocks and
/// .text; a page counts when its record is whole. FILE.partial.json says what is written,
/// FILE.partial.skipped has a line for each page that was left out.
struct UnfinishedStore {
  std::filesystem::path file;  // that it becomes

  std::filesystem::path part(Part part) const;
  std::filesystem::path header() const;
  std::filesystem::path skipped() const;
  bool exists() const { return std::filesystem::exists(header()); }
  void remove() const;
};

/// The content of FILE.partial.json.
struct UnfinishedHeader {
  std::string source;  // whatever must be the same for the writing to go on
  std::uint64_t images_offset = 0;
  Provenance provenance = {};
};

void write_header(const UnfinishedStore& store, const UnfinishedHeader& header);
/// Throws DataError.
UnfinishedHeader read_header(const UnfinishedStore& store);

/// Why pages were left out, by their place in the source. A line that is not whole is none.
std::map<std::uint64_t, std::string> read_skipped(const UnfinishedStore& store);

/// The parts as far as whole pages reach, the images after the header's offset. The last page's
/// image is compared with its sum: after a power cut a record may be there before its bytes.
StoreLayout recover(const UnfinishedStore& store);

}  // namespace dsocr::data

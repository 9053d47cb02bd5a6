#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "data/hdf5/raw_file.h"
#include "data/hdf5/unfinished.h"
#include "data/page.h"

namespace dsocr::data {

struct WriterOptions {
  /// Whatever must be the same for a killed run to go on: the source and how it is read.
  std::string source = {};
  Provenance provenance = {};
  /// Go on with an unfinished store if there is one; else that is an error. Its provenance stays.
  bool resume = false;
};

/// Writes a store page by page. A process that is killed loses the page that it was writing at
/// most; the same pages make the same file, killed or not. One writer per file; one thread.
class PageStoreWriter {
 public:
  /// Throws DataError: the file is there, another writer holds it, an unfinished one is in the way
  /// or is of another source, nothing can be written there.
  PageStoreWriter(std::filesystem::path file, const WriterOptions& options);

  std::uint64_t num_pages() const { return layout_.parts[index_of(Part::kPages)].count; }
  /// Where a resumed run goes on: behind the last page's place in the source.
  std::uint64_t next_source_index() const { return next_source_index_; }

  /// False when a page with the same image is there already; nothing is then written. Throws a
  /// recoverable DataError for a page that cannot be stored (no image, text that is not UTF-8, a
  /// field too long, a box outside 0..999), an unrecoverable one when the disk is full.
  bool add(const Page& page, std::uint64_t source_index);

  /// Notes that the page at a place in the source is left out, for the run that goes on after this.
  void skip(std::uint64_t source_index, const std::string& reason);
  /// Why pages before next_source_index() were left out, by their place.
  const std::map<std::uint64_t, std::string>& skipped() const { return skipped_; }

  /// Makes a store of what was added and puts it in place. Throws DataError; what was added stays.
  void finish();

 private:
  using Sum = std::array<unsigned char, 32>;

  Extent& extent(Part part) { return layout_.parts[index_of(part)]; }
  const RawFile& file(Part part) const { return files_[index_of(part)]; }
  void begin(const WriterOptions& options);
  std::uint64_t append(Part part, std::span<const std::byte> elements);
  std::uint64_t append_text(const std::string& text);

  UnfinishedStore store_;
  StoreLayout layout_;  // offsets within the files beside the store
  std::vector<RawFile> files_;
  std::set<Sum> images_;
  std::map<std::uint64_t, std::string> skipped_;
  std::uint64_t next_source_index_ = 0;
};

}  // namespace dsocr::data

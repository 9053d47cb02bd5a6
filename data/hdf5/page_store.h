#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/hdf5/layout.h"
#include "data/hdf5/raw_file.h"
#include "data/page.h"

namespace dsocr::data {

/// Reads a store, finished or not (then through what lies beside it). Opening takes the same time
/// and memory for any number of pages; every access is a read by offset that any number of threads
/// may do at once. HDF5 itself is only asked where the datasets lie.
class PageStore {
 public:
  /// Throws DataError: see read_layout(); of an unfinished store also without its other files.
  explicit PageStore(std::filesystem::path file);

  const std::filesystem::path& path() const { return path_; }
  bool finished() const { return finished_; }
  const Provenance& provenance() const { return layout_.provenance; }
  const StoreLayout& layout() const { return layout_; }

  std::uint64_t num_pages() const { return extent(Part::kPages).count; }

  /// All of these throw a recoverable DataError that names the page's place in its source when its
  /// bytes are not those of a store: offsets outside it, text that is not UTF-8.
  PageRecord record(std::uint64_t page) const;
  std::string id(const PageRecord& record) const;
  std::string text(const PageRecord& record) const;
  std::string meta(const PageRecord& record) const;
  std::string image(const PageRecord& record) const;
  std::vector<Block> blocks(const PageRecord& record) const;
  Page page(std::uint64_t page) const;

  /// Lower-case hex SHA-256 of all elements of a part as they are now.
  std::string sha256(Part part) const;

 private:
  const Extent& extent(Part part) const { return layout_.parts[index_of(part)]; }
  const RawFile& file(Part part) const { return files_[finished_ ? 0 : index_of(part)]; }
  std::string read(Part part, std::uint64_t first, std::uint64_t count, const std::string& sample,
                   const char* what) const;
  std::string read_text(std::uint64_t offset, std::uint64_t bytes, const std::string& sample,
                        const char* what) const;

  std::filesystem::path path_;
  bool finished_;
  StoreLayout layout_;
  std::vector<RawFile> files_;
};

/// What the fixed fields of a record hold.
std::string language_of(const PageRecord& record);
std::string split_of(const PageRecord& record);
std::string format_of(const PageRecord& record);

}  // namespace dsocr::data

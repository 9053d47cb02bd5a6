#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/hdf5/raw_file.h"
#include "data/label/labeller.h"

namespace dsocr::data {

/// What became of one page.
struct LabelResult {
  PageLabels labels = {};
  double seconds = 0;
  std::string failure = {};  // why there are no labels; empty: there are

  bool operator==(const LabelResult&) const = default;
};

/// One line of JSON, as a label file has it and a worker answers.
std::string format_result(const LabelResult& result);
/// Throws DataError (recoverable).
LabelResult parse_result(const std::string& line);

/// What one engine said of the pages of a store: JSON Lines, first who labelled what, then a line a
/// page in the store's order. A process that is killed loses the line that it was writing at most.
class LabelFile {
 public:
  /// Opens a file to add to, or makes it. `store` is the SHA-256 of the store's pages. Throws
  /// DataError: it is of another store, engine, version or model, is no such file, another process
  /// adds to it, nothing can be written there.
  LabelFile(const std::filesystem::path& file, const LabellerInfo& labeller,
            const std::string& store);
  /// Opens a file to read. Throws DataError.
  explicit LabelFile(const std::filesystem::path& file);

  const std::filesystem::path& path() const { return file_.path(); }
  const LabellerInfo& labeller() const { return labeller_; }
  const std::string& store() const { return store_; }
  std::uint64_t num_pages() const { return ends_.size() - 1; }

  /// May be called by any number of threads while nothing is added. Throws DataError.
  LabelResult result(std::uint64_t page) const;
  void add(const LabelResult& result);

 private:
  void index_lines();
  std::string line(std::uint64_t begin, std::uint64_t end) const;
  void append(const std::string& text);

  RawFile file_;
  LabellerInfo labeller_ = {};
  std::string store_ = {};
  std::vector<std::uint64_t> ends_ = {};  // bytes behind the header and behind each page's line
};

/// Pages of the file without labels.
std::uint64_t num_failed(const LabelFile& file);

}  // namespace dsocr::data

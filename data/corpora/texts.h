#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/hdf5/page_store.h"

namespace dsocr::data {

/// The *.txt and *.md of a folder and the folders in it, sorted. Throws DataError when there is
/// none.
std::vector<std::filesystem::path> text_files(const std::filesystem::path& folder);

/// Texts of files, numbered; several threads may ask for them.
class Texts {
 public:
  /// A source is a text file, a folder of *.txt and *.md, JSON records {"text"} (*.json, *.jsonl),
  /// each a text, or a store (*.h5), each page a text. Throws DataError for a source that is not
  /// there or is none of these.
  explicit Texts(const std::vector<std::filesystem::path>& sources);

  std::size_t size() const { return places_.size(); }
  /// "book.txt" or "pages.h5: sample 'page-7'", for messages.
  std::string name(std::size_t index) const;
  /// Throws DataError when it cannot be read.
  std::string text(std::size_t index) const;

 private:
  enum class Kind { kFile, kRecord, kPage };
  struct Place {
    Kind kind;
    std::size_t index;  // into files_, records_ or pages
    std::size_t store = 0;
  };

  void add(const std::filesystem::path& file);

  std::vector<Place> places_;
  std::vector<std::filesystem::path> files_;
  std::vector<std::pair<std::string, std::string>> records_;  // names and texts
  std::vector<PageStore> stores_;
};

}  // namespace dsocr::data

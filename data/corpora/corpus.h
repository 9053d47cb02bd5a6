#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>

#include "data/page.h"

namespace dsocr::data {

/// The pages of one source, in an order that is always the same. Opening one lists its pages and
/// reads no images; `page` may be called by many threads at once.
class Corpus {
 public:
  virtual ~Corpus() = default;

  virtual std::size_t size() const = 0;
  /// What a page is called in its source; for messages too.
  virtual std::string id(std::size_t index) const = 0;
  /// The page; width and height only when the corpus made the picture. Throws a recoverable
  /// DataError when only it is bad.
  virtual Page page(std::size_t index) const = 0;
};

/// Told of each document that is converted or set before its pages can be counted, with the number
/// of all; by any thread.
using Prepared = std::function<void(std::size_t total)>;

/// ".png", in lower case whatever the name has.
std::string ending_of(const std::filesystem::path& file);

/// The bytes of a file. Throws a recoverable DataError.
std::string read_file(const std::filesystem::path& file);

}  // namespace dsocr::data

#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "data/hdf5/page_store.h"
#include "data/label/label_worker.h"

namespace dsocr::data {

struct LabelPagesOptions {
  LabelWorkerOptions worker = {};
  std::size_t threads = 1;  // engines at work at once, each on a page of its own
  /// After each page, in order.
  std::function<void()> progress = {};
};

struct LabelPagesResult {
  LabellerInfo labeller = {};
  std::uint64_t labelled = 0;  // by this run
  std::uint64_t failed = 0;    // pages of the whole file without labels
};

/// Labels the pages of a store that the file does not have yet. The file does not depend on the
/// number of threads but for the seconds in it. Throws DataError; what was labelled stays.
LabelPagesResult label_pages(const PageStore& store, const std::string& engine,
                             const std::filesystem::path& file, const LabelPagesOptions& options);

}  // namespace dsocr::data

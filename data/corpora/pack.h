#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "data/corpora/corpus.h"
#include "data/hdf5/page_store_writer.h"

namespace dsocr::data {

struct PackOptions {
  std::size_t threads = 0;                // 0: one per core
  std::size_t max_bad = 0;                // bad pages that are skipped; one more ends the run
  std::string language = {}, split = {};  // of pages whose source does not say
  /// After each page of the source, in order.
  std::function<void()> progress = {};
};

struct PackResult {
  std::uint64_t added = 0;  // by this run
  // Of the whole source, also what earlier runs left out.
  std::uint64_t duplicates = 0;
  std::vector<std::string> bad = {};  // why each was skipped
};

/// Adds the pages of a corpus that the writer does not have yet, each read and, unless the
/// corpus made the picture itself, decoded once to see that it can be. Pages are read by several
/// threads and added in the order of the corpus, so that the store does not depend on their number.
/// Throws DataError when more than max_bad are bad, or nothing more can be written; what was added
/// stays.
PackResult pack(const Corpus& corpus, PageStoreWriter& writer, const PackOptions& options);

}  // namespace dsocr::data

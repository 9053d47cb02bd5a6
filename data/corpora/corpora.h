#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "data/corpora/corpus.h"

namespace dsocr::data {

struct CorpusOptions {
  double dpi = 144;  // of pages that are rendered
  Prepared prepared = {};
};

/// A kind of source for `dsocr data pack --format`.
struct CorpusFormat {
  const char* name;
  const char* doc;
  std::unique_ptr<Corpus> (*open)(const std::filesystem::path& source, const CorpusOptions&);
};

std::span<const CorpusFormat> corpus_formats();

/// Throws DataError naming the formats nearest to an unknown name, and what the format's open
/// throws: a source that is not there or not of that kind.
std::unique_ptr<Corpus> open_corpus(const std::string& format, const std::filesystem::path& source,
                                    const CorpusOptions& options = {});

}  // namespace dsocr::data

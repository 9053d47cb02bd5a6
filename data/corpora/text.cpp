#include "data/corpora/formats.h"
#include "data/corpora/rendered_corpus.h"

namespace dsocr::data {

std::unique_ptr<Corpus> open_text(const std::filesystem::path& source,
                                  const CorpusOptions& options) {
  RenderConfig config;
  config.page.dpi = {options.dpi};
  return std::make_unique<RenderedCorpus>(source, config, nullptr, options.prepared);
}

}  // namespace dsocr::data

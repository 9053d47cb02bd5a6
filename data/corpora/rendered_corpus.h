#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/corpora/corpus.h"
#include "data/render/document.h"
#include "data/render/page_style.h"
#include "data/render/words.h"
#include "data/text/tokenizer.h"

namespace dsocr::data {

/// Texts as pages, rendered when they are asked for. Each document begins a page; what one page has
/// no room for goes to the next. Pages that are asked for by tokens and are not full, at the end of
/// a document, are left out.
class RenderedCorpus : public Corpus {
 public:
  /// `source` is a UTF-8 text, a folder of *.txt and *.md, JSON records {"text"} with optional "id"
  /// (or "image") and "language", a store whose texts are taken, or empty for text.generate. Reads
  /// all texts and finds where pages end. `tokenizer` must outlive the corpus; nullptr will do when
  /// no page has a number of tokens. Throws DataError: a source or list that cannot be read, a font
  /// that is not installed, a config that contradicts itself.
  RenderedCorpus(const std::filesystem::path& source, const RenderConfig& config,
                 const Tokenizer* tokenizer, const Prepared& prepared = {});

  std::size_t size() const override { return pages_.size(); }
  std::string id(std::size_t index) const override;
  Page page(std::size_t index) const override;

  /// Documents without a single full page.
  std::size_t num_too_short() const { return num_too_short_; }

 private:
  struct PageSpec {
    std::size_t document;
    std::uint64_t number;  // of the page in the document, from 0
    Place from = {}, to = {};
    std::int64_t tokens = 0;  // that the text has; 0: not counted
    std::string error = {};   // why it cannot be rendered
  };

  PageStyle style_of(std::size_t document, std::uint64_t number) const;
  Document generate(std::size_t index, const PageStyle& style) const;
  std::vector<PageSpec> paginate(std::size_t index) const;
  /// The page from a place on; its `to` says where the next one begins.
  PageSpec next_page(const Document& document, PageSpec page) const;

  RenderConfig config_;
  const Tokenizer* tokenizer_;
  std::optional<WordList> words_;
  std::vector<Document> documents_;
  std::vector<PageSpec> pages_;
  std::size_t num_too_short_ = 0;
};

}  // namespace dsocr::data

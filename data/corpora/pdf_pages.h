#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "configs/scratch_folder.h"
#include "data/corpora/corpus.h"

namespace dsocr::data {

/// A document as the PDFs that have its pages: itself, or what it was converted to.
struct PdfDocumentSource {
  std::filesystem::path file;
  std::string name;  // its pages are "name#1", ...
  std::vector<std::filesystem::path> pdfs = {};
  std::string problem = {};  // why there is no PDF of it
};

/// The file itself, or the files in a folder and below it that `accept` takes, by name, without
/// PDFs. Throws DataError when a folder has none; `what` says of what, as "*.pdf".
std::vector<PdfDocumentSource> list_documents(
    const std::filesystem::path& source,
    const std::function<bool(const std::filesystem::path&)>& accept, const std::string& what);

/// Pages of PDFs, rendered; text and blocks come from the text layer. A document with a problem and
/// a PDF that cannot be opened are one bad page each: `page` says why.
class PdfPages : public Corpus {
 public:
  /// `scratch` has PDFs that go away with the corpus.
  PdfPages(std::vector<PdfDocumentSource> documents, double dpi,
           std::unique_ptr<configs::ScratchFolder> scratch = nullptr);

  std::size_t size() const override { return places_.size(); }
  std::string id(std::size_t index) const override;
  Page page(std::size_t index) const override;

 private:
  struct Place {
    std::size_t document, pdf;
    int page;    // of the PDF, from 0
    int number;  // of the document, from 1
  };

  double dpi_;
  std::unique_ptr<configs::ScratchFolder> scratch_;
  std::vector<PdfDocumentSource> documents_;
  std::vector<Place> places_;
};

}  // namespace dsocr::data

#include "data/corpora/formats.h"
#include "data/corpora/pdf_pages.h"

namespace dsocr::data {

std::unique_ptr<Corpus> open_pdf(const std::filesystem::path& source,
                                 const CorpusOptions& options) {
  auto documents = list_documents(
      source, [](const std::filesystem::path& file) { return file.extension() == ".pdf"; },
      "*.pdf");
  for (PdfDocumentSource& document : documents) document.pdfs = {document.file};
  return std::make_unique<PdfPages>(std::move(documents), options.dpi);
}

}  // namespace dsocr::data

#include "data/corpora/pdf_pages.h"

#include <algorithm>

#include "data/error.h"
#include "data/image/encode.h"
#include "data/image/pdf.h"

namespace dsocr::data {
namespace {

int count_pages(const std::filesystem::path& pdf) {
  try {
    return PdfDocument(pdf).num_pages();
  } catch (const DataError&) {
    return 1;  // page() throws this again
  }
}

}  // namespace

std::vector<PdfDocumentSource> list_documents(
    const std::filesystem::path& source,
    const std::function<bool(const std::filesystem::path&)>& accept, const std::string& what) {
  if (!std::filesystem::is_directory(source)) return {{source, source.filename().string()}};
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source))
    if (entry.is_regular_file() && accept(entry.path())) files.push_back(entry.path());
  if (files.empty()) throw DataError(source, "", "has no " + what + " in it");
  std::sort(files.begin(), files.end());
  std::vector<PdfDocumentSource> documents;
  for (const auto& file : files)
    documents.push_back({file, std::filesystem::relative(file, source).generic_string()});
  return documents;
}

PdfPages::PdfPages(std::vector<PdfDocumentSource> documents, double dpi,
                   std::unique_ptr<configs::ScratchFolder> scratch)
    : dpi_(dpi), scratch_(std::move(scratch)), documents_(std::move(documents)) {
  for (std::size_t d = 0; d < documents_.size(); ++d) {
    const PdfDocumentSource& document = documents_[d];
    int number = 0;
    if (!document.problem.empty()) {
      places_.push_back({d, 0, 0, ++number});
      continue;
    }
    for (std::size_t p = 0; p < document.pdfs.size(); ++p) {
      const int count = count_pages(document.pdfs[p]);
      for (int page = 0; page < count; ++page) places_.push_back({d, p, page, ++number});
    }
  }
}

std::string PdfPages::id(std::size_t index) const {
  const Place& place = places_[index];
  return documents_[place.document].name + "#" + std::to_string(place.number);
}

Page PdfPages::page(std::size_t index) const {
  const Place& place = places_[index];
  const PdfDocumentSource& source = documents_[place.document];
  if (!source.problem.empty())
    throw DataError(source.file, "", source.problem, /*recoverable=*/true);
  const std::filesystem::path& pdf = source.pdfs[place.pdf];
  Page page{.id = id(index)};
  try {
    // Poppler's documents are for one thread each.
    const PdfDocument document(pdf);
    page.image = encode_png(document.render(place.page, dpi_), pdf);
    PdfText text = document.text(place.page);
    page.text = std::move(text.text);
    for (PdfText::Word& word : text.words)
      page.blocks.push_back({.category = "word",
                             .box = {on_grid(word.left), on_grid(word.top), on_grid(word.right),
                                     on_grid(word.bottom)},
                             .order = static_cast<std::int32_t>(page.blocks.size()),
                             .text = std::move(word.text),
                             .labeller = "pdf text layer"});
  } catch (const DataError& error) {
    if (pdf == source.file) throw;
    // What was converted goes away; the document is what there is to look at.
    throw DataError(source.file, page.id, error.what(), error.recoverable());
  }
  return page;
}

}  // namespace dsocr::data

#include "eval/read/pages.h"

#include <cstdio>
#include <set>

#include "data/error.h"
#include "data/image/decode.h"
#include "data/image/pdf.h"

namespace dsocr::eval {
namespace {

std::string numbered(const std::string& stem, int page) {
  char text[16];
  std::snprintf(text, sizeof text, "_%04d", page + 1);
  return stem + text;
}

}  // namespace

struct PageList::OpenPdf {
  std::filesystem::path file;
  data::PdfDocument document;
};

PageList::PageList(const std::vector<std::filesystem::path>& files, double dpi) : dpi_(dpi) {
  std::set<std::string> stems;
  for (const auto& file : files) {
    std::string stem = file.stem().string();
    for (int again = 2; !stems.insert(stem).second; ++again)
      stem = file.stem().string() + "-" + std::to_string(again);
    if (file.extension() != ".pdf" && !data::is_pdf(file)) {
      pages_.push_back({file, std::nullopt, stem, ""});
      continue;
    }
    try {
      const data::PdfDocument document(file);
      for (int page = 0; page < document.num_pages(); ++page)
        pages_.push_back({file, page, numbered(stem, page), ""});
    } catch (const data::DataError& error) {
      pages_.push_back({file, std::nullopt, stem, error.what()});
    }
  }
}

PageList::~PageList() = default;

data::Image PageList::load(size_t index) {
  const Page& page = pages_[index];
  if (!page.error.empty()) throw data::DataError({}, "", page.error, /*recoverable=*/true);
  if (!page.pdf_page) return data::read_image(page.file);
  if (!open_ || open_->file != page.file)
    open_ = std::make_unique<OpenPdf>(OpenPdf{page.file, data::PdfDocument(page.file)});
  return open_->document.render(*page.pdf_page, dpi_);
}

}  // namespace dsocr::eval

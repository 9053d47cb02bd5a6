#include "eval/read/pages.h"

#include <algorithm>
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
  std::set<std::string> names;  // of files and of pages
  for (const auto& file : files) {
    int count = 0;  // pages of a PDF
    std::string error;
    if (file.extension() == ".pdf" || data::is_pdf(file)) {
      try {
        count = data::PdfDocument(file).num_pages();
      } catch (const data::DataError& failure) {
        error = failure.what();
      }
    }
    // The stem, or with -2, -3, ... the first that gives no name twice.
    std::vector<std::string> own;
    for (int again = 1; own.empty(); ++again) {
      std::string stem = file.stem().string();
      if (again > 1) stem += "-" + std::to_string(again);
      own.push_back(stem);
      for (int page = 0; page < count; ++page) own.push_back(numbered(stem, page));
      if (std::any_of(own.begin(), own.end(),
                      [&](const std::string& name) { return names.contains(name); }))
        own.clear();
    }
    names.insert(own.begin(), own.end());
    if (count == 0) pages_.push_back({file, std::nullopt, own[0], error});
    for (int page = 0; page < count; ++page)
      pages_.push_back({file, page, own[static_cast<size_t>(page) + 1], ""});
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

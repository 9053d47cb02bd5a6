#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/image/image.h"

namespace dsocr::eval {

/// Image files and PDFs as one list of pages. PDFs are opened at once, pages drawn when asked for.
class PageList {
 public:
  struct Page {
    std::filesystem::path file;
    std::optional<int> pdf_page;  // from 0
    std::string name;             // unique in the list: report, report_0003, report-2
    std::string error;            // why the file cannot be opened; then it counts as one page
  };

  PageList(const std::vector<std::filesystem::path>& files, double dpi);
  ~PageList();

  const std::vector<Page>& pages() const { return pages_; }
  /// Throws data::DataError.
  data::Image load(size_t index);

 private:
  struct OpenPdf;
  std::vector<Page> pages_;
  double dpi_;
  std::unique_ptr<OpenPdf> open_;  // the PDF that was drawn from last
};

}  // namespace dsocr::eval

#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "data/error.h"
#include "data/image/decode.h"
#include "data/image/image.h"

namespace poppler {
class document;
class page;
}  // namespace poppler

namespace dsocr::data {

/// Whether "%PDF-" stands in the first 1024 bytes; false for a file that cannot be read.
bool is_pdf(const std::filesystem::path& file);

/// The text layer of a page: what the program that wrote the PDF meant, if there is one at all.
struct PdfText {
  struct Word {
    std::string text;                 // UTF-8
    double left, top, right, bottom;  // fractions of the page's width and height
  };
  std::string text;  // UTF-8, in the layout of the page, without marks of direction
  std::vector<Word> words;
};

/// An open PDF. It belongs to one thread at a time, `const` functions included: Poppler's documents
/// are not thread-safe. Different documents may be used by different threads.
/// Everything it throws is a recoverable DataError with file and reason.
class PdfDocument {
 public:
  /// Throws when the file is no PDF, is damaged, needs a password or has no pages.
  explicit PdfDocument(std::filesystem::path file);
  ~PdfDocument();
  PdfDocument(PdfDocument&&) noexcept;
  PdfDocument& operator=(PdfDocument&&) noexcept;

  int num_pages() const;

  /// Page `index` (from 0) on white paper with antialiasing. 144 dpi is what the official PDF
  /// script uses. Throws when there is no such page, the page cannot be rendered, or it would have
  /// more than `max_pixels` pixels.
  Image render(int index, double dpi = 144, std::int64_t max_pixels = kMaxPixels) const;

  /// The text layer of page `index`, empty without one.
  PdfText text(int index) const;

 private:
  DataError page_error(int index, const std::string& reason) const;
  std::unique_ptr<poppler::page> open_page(int index) const;

  std::filesystem::path file_;
  std::unique_ptr<poppler::document> document_;
};

}  // namespace dsocr::data

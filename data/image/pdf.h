#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "data/image/decode.h"
#include "data/image/image.h"

namespace poppler {
class document;
}

namespace dsocr::data {

/// Whether "%PDF-" stands in the first 1024 bytes; false for a file that cannot be read.
bool is_pdf(const std::filesystem::path& file);

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

 private:
  std::filesystem::path file_;
  std::unique_ptr<poppler::document> document_;
};

}  // namespace dsocr::data

#include "data/image/pdf.h"

#include <poppler-document.h>
#include <poppler-global.h>
#include <poppler-image.h>
#include <poppler-page-renderer.h>
#include <poppler-page.h>

#include <array>
#include <cmath>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

#include "data/error.h"
#include "data/image/open_file.h"
#include "data/text/utf8.h"

namespace dsocr::data {
namespace {

constexpr double kPointsPerInch = 72.0;
constexpr double kMaxDpi = 10'000.0;

void print_nothing(const std::string&, void*) {}

// Poppler's messages go through one function of the whole process; without one it prints.
void silence_poppler() {
  static const bool done = [] {
    poppler::set_debug_error_function(print_nothing, nullptr);
    return true;
  }();
  static_cast<void>(done);
}

bool has_pdf_mark(std::ifstream in) {
  std::array<char, 1024> start;
  in.read(start.data(), start.size());
  return std::string_view(start.data(), static_cast<std::size_t>(in.gcount())).find("%PDF-") !=
         std::string_view::npos;
}

}  // namespace

bool is_pdf(const std::filesystem::path& file) {
  return has_pdf_mark(std::ifstream(file, std::ios::binary));
}

PdfDocument::PdfDocument(std::filesystem::path file) : file_(std::move(file)) {
  const auto fail = [&](const char* reason) -> DataError {
    return {file_, "", reason, /*recoverable=*/true};
  };
  silence_poppler();
  if (!has_pdf_mark(open_file(file_))) throw fail("is not a PDF");
  document_.reset(poppler::document::load_from_file(file_.string()));
  if (document_ == nullptr) throw fail("the PDF is damaged");
  if (document_->is_locked()) throw fail("the PDF is encrypted and needs a password");
  if (document_->pages() < 1) throw fail("the PDF has no pages");
}

PdfDocument::~PdfDocument() = default;
PdfDocument::PdfDocument(PdfDocument&&) noexcept = default;
PdfDocument& PdfDocument::operator=(PdfDocument&&) noexcept = default;

int PdfDocument::num_pages() const { return document_->pages(); }

DataError PdfDocument::page_error(int index, const std::string& reason) const {
  return {file_, "", "page " + std::to_string(index) + " " + reason, /*recoverable=*/true};
}

std::unique_ptr<poppler::page> PdfDocument::open_page(int index) const {
  if (index < 0 || index >= num_pages())
    throw page_error(index, "does not exist; the PDF has " + std::to_string(num_pages()));
  std::unique_ptr<poppler::page> page(document_->create_page(index));
  if (page == nullptr) throw page_error(index, "is damaged");
  return page;
}

namespace {

// Poppler writes U+202A to U+202E around text from right to left, and a form feed at the end.
std::string without_marks(std::string text) {
  for (std::size_t at = 0; (at = text.find("\xe2\x80", at)) != std::string::npos;) {
    const auto last = static_cast<unsigned char>(at + 2 < text.size() ? text[at + 2] : 0);
    if (last >= 0xaa && last <= 0xae)
      text.erase(at, 3);
    else
      at += 2;
  }
  text.erase(text.find_last_not_of(" \n\r\f") + 1);
  return text;
}

}  // namespace

PdfText PdfDocument::text(int index) const {
  const std::unique_ptr<poppler::page> page = open_page(index);
  const auto utf8 = [](const poppler::ustring& text) {
    const poppler::byte_array bytes = text.to_utf8();
    return without_marks(utf8_lossy({bytes.data(), bytes.size()}));
  };
  const poppler::rectf size = page->page_rect();
  PdfText result{utf8(page->text()), {}};
  for (const poppler::text_box& word : page->text_list()) {
    const poppler::rectf box = word.bbox();
    result.words.push_back({utf8(word.text()), box.left() / size.width(), box.top() / size.height(),
                            box.right() / size.width(), box.bottom() / size.height()});
  }
  return result;
}

Image PdfDocument::render(int index, double dpi, std::int64_t max_pixels) const {
  const auto fail = [&](const std::string& reason) { return page_error(index, reason); };
  if (!(dpi > 0 && dpi <= kMaxDpi))
    throw fail("cannot be rendered at a resolution outside 0 to 10000 dpi");
  const std::unique_ptr<poppler::page> page = open_page(index);
  const poppler::rectf points = page->page_rect();
  const double width = std::ceil(points.width() * dpi / kPointsPerInch);
  const double height = std::ceil(points.height() * dpi / kPointsPerInch);
  if (!(width >= 1 && height >= 1)) throw fail("has no area");
  if (width * height > static_cast<double>(max_pixels))
    throw fail("would have " + std::to_string(std::llround(width)) + "x" +
               std::to_string(std::llround(height)) + " pixels, over the limit of " +
               std::to_string(max_pixels) + " pixels");

  poppler::page_renderer renderer;
  renderer.set_render_hints(poppler::page_renderer::antialiasing |
                            poppler::page_renderer::text_antialiasing);
  renderer.set_paper_color(0xFFFFFFFF);
  renderer.set_image_format(poppler::image::format_rgb24);
  const poppler::image rendered = renderer.render_page(page.get(), dpi, dpi);
  if (!rendered.is_valid() || rendered.width() < 1 || rendered.height() < 1)
    throw fail("cannot be rendered");

  Image image{rendered.width(), rendered.height(), {}};
  image.rgb.reserve(static_cast<std::size_t>(3 * image.width * image.height));
  for (int y = 0; y < rendered.height(); ++y) {
    const char* row = rendered.const_data() + std::ptrdiff_t{rendered.bytes_per_row()} * y;
    image.rgb.insert(image.rgb.end(), row, row + 3 * image.width);
  }
  return image;
}

}  // namespace dsocr::data

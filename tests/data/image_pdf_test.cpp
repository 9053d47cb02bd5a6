#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

#include "data/error.h"
#include "data/image/pdf.h"
#include "tests/support/read_json.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"
#include "tests/support/tiny_pdf.h"

// Read by the leak sanitizer: Fontconfig, which Poppler asks for fonts, never frees its
// configuration. NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" const char* __lsan_default_suppressions() { return "leak:libfontconfig"; }

namespace dsocr::data {
namespace {

std::array<int, 3> pixel(const Image& image, std::int64_t x, std::int64_t y) {
  const auto at = static_cast<size_t>(3 * (y * image.width + x));
  return {image.rgb[at], image.rgb[at + 1], image.rgb[at + 2]};
}

class Pdf : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& content) { return dir_.write("a.pdf", content); }
  std::string open_message(const std::filesystem::path& file) {
    return test::thrown_message([&] { PdfDocument{file}; });
  }
  test::TempDir dir_;
};

TEST_F(Pdf, RendersOnWhitePaperInRgb) {
  // A red rectangle in the lower left quarter.
  const PdfDocument pdf(write(test::one_page_pdf("1 0 0 rg 0 0 36 18 re f")));
  EXPECT_EQ(pdf.num_pages(), 1);
  const Image image = pdf.render(0);
  EXPECT_EQ(image.width, 144);
  EXPECT_EQ(image.height, 72);
  ASSERT_EQ(image.rgb.size(), 3u * 144 * 72);
  EXPECT_EQ(pixel(image, 20, 60), (std::array{255, 0, 0}));
  EXPECT_EQ(pixel(image, 20, 10), (std::array{255, 255, 255}));
  EXPECT_EQ(pixel(image, 120, 60), (std::array{255, 255, 255}));
  EXPECT_EQ(pdf.render(0, 72).width, 72);
}

TEST_F(Pdf, DrawsTextWithSmoothEdges) {
  const PdfDocument pdf(write(test::one_page_pdf("BT /F 24 Tf 4 8 Td (Ocr) Tj ET")));
  const Image image = pdf.render(0);
  const auto count = [&](int low, int high) {
    return std::count_if(image.rgb.begin(), image.rgb.end(),
                         [&](int value) { return value >= low && value <= high; });
  };
  EXPECT_GT(count(0, 0), 300);
  EXPECT_GT(count(1, 254), 100);
}

TEST_F(Pdf, IsToldByContent) {
  EXPECT_TRUE(is_pdf(write(test::one_page_pdf(""))));
  EXPECT_TRUE(is_pdf(dir_.write("a.png", std::string(1019, ' ') + "%PDF-")));
  EXPECT_FALSE(is_pdf(dir_.write("b.pdf", std::string(1020, ' ') + "%PDF-")));
  EXPECT_FALSE(is_pdf(dir_.write("c.pdf", "")));
  EXPECT_FALSE(is_pdf(dir_.path() / "none.pdf"));
}

TEST_F(Pdf, RefusesFilesItCannotOpen) {
  const auto other = write("text");
  EXPECT_EQ(open_message(other), other.string() + ": is not a PDF");
  EXPECT_EQ(open_message(dir_.path()), dir_.path().string() + ": is a folder, not a file");
  const auto missing = dir_.path() / "none.pdf";
  EXPECT_EQ(open_message(missing), missing.string() + ": cannot open: No such file or directory");
  testing::internal::CaptureStderr();
  const auto damaged = write("%PDF-1.4\n1 0 obj <<");
  EXPECT_EQ(open_message(damaged), damaged.string() + ": the PDF is damaged");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(Pdf, SaysWhenAPasswordIsNeeded) {
  const auto locked = test::golden_dir() / "image/locked.pdf";
  EXPECT_EQ(open_message(locked), locked.string() + ": the PDF is encrypted and needs a password");
  // Encrypted against changes only: everyone may read it.
  EXPECT_EQ(PdfDocument(test::golden_dir() / "image/readable.pdf").render(0, 72).width, 72);
}

TEST_F(Pdf, RefusesPagesItCannotRender) {
  const auto file = write(test::one_page_pdf("0 0 1 1 re f"));
  const PdfDocument pdf(file);
  const auto message = [&](int page, double dpi, std::int64_t max_pixels) {
    const std::string text = test::thrown_message([&] { pdf.render(page, dpi, max_pixels); });
    EXPECT_TRUE(text.starts_with(file.string() + ": ")) << text;
    return text.substr(file.string().size() + 2);
  };
  EXPECT_EQ(message(1, 144, kMaxPixels), "page 1 does not exist; the PDF has 1");
  EXPECT_EQ(message(-1, 144, kMaxPixels), "page -1 does not exist; the PDF has 1");
  EXPECT_EQ(message(0, 144, 10'000),
            "page 0 would have 144x72 pixels, over the limit of 10000 pixels");
  EXPECT_EQ(message(0, 0, kMaxPixels),
            "page 0 cannot be rendered at a resolution outside 0 to 10000 dpi");
  EXPECT_EQ(pdf.render(0, 144, 10'368).height, 72);
  EXPECT_EQ(test::thrown_message(
                [&] { PdfDocument(write(test::one_page_pdf("", "0 0 200000 200000"))).render(0); }),
            file.string() +
                ": page 0 would have 400000x400000 pixels, over the limit of 178956970 pixels");
}

}  // namespace
}  // namespace dsocr::data

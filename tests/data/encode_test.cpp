#include "data/image/encode.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "data/error.h"
#include "data/image/decode.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::data {
namespace {

Image gradient(std::int64_t width, std::int64_t height) {
  Image image{width, height};
  for (std::int64_t i = 0; i < width * height; ++i) {
    image.rgb.push_back(static_cast<std::uint8_t>(i % width));
    image.rgb.push_back(static_cast<std::uint8_t>(i / width));
    image.rgb.push_back(100);
  }
  return image;
}

TEST(Encode, PngGivesBackThePixels) {
  const test::TempDir dir;
  for (const auto& image : {gradient(1, 1), gradient(201, 99), gradient(3, 255)}) {
    write_png(dir.path() / "x.png", image);
    EXPECT_EQ(read_image(dir.path() / "x.png"), image);
  }
}

TEST(Encode, JpegIsClose) {
  const test::TempDir dir;
  const Image image = gradient(200, 99);
  write_jpeg(dir.path() / "x.jpg", image);
  const Image read = read_image(dir.path() / "x.jpg");
  ASSERT_EQ(read.width, 200);
  ASSERT_EQ(read.rgb.size(), image.rgb.size());
  for (std::size_t i = 0; i < image.rgb.size(); ++i)
    ASSERT_NEAR(read.rgb[i], image.rgb[i], 12) << i;
}

TEST(Encode, ErrorsNameTheFile) {
  const test::TempDir dir;
  const auto file = dir.path() / "x.jpg";
  const auto message = [](const auto& work) { return test::thrown_message(work); };
  EXPECT_EQ(message([&] { write_jpeg(file, Image{}); }),
            file.string() + ": cannot write: the image has no pixels");
  EXPECT_EQ(message([&] { write_png(file, Image{}); }),
            file.string() + ": cannot write: the image has no pixels");
  EXPECT_EQ(message([&] { write_jpeg(file, gradient(65'501, 1)); }),
            file.string() + ": cannot write: Maximum supported image dimension is 65500 pixels");
  const auto nowhere = dir.path() / "missing" / "x.png";
  EXPECT_EQ(message([&] { write_png(nowhere, gradient(1, 1)); }),
            nowhere.string() + ": cannot write: No such file or directory");
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(Encode, FailedWriteLeavesTheOldFileAndNoOther) {
  const test::TempDir dir;
  const auto file = dir.write("x.png", "old");
  Image noise = gradient(300, 300);
  for (std::size_t i = 0; i < noise.rgb.size(); ++i) {
    noise.rgb[i] = static_cast<std::uint8_t>(i * i * 2'654'435'761U >> 13U);
  }
  rlimit old_limit{};
  getrlimit(RLIMIT_FSIZE, &old_limit);
  const rlimit limit{4096, old_limit.rlim_max};
  auto* const old_handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &limit);
  const std::string message = test::thrown_message([&] { write_png(file, noise); });
  setrlimit(RLIMIT_FSIZE, &old_limit);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(message, file.string() + ": cannot write: File too large");
  EXPECT_EQ(std::filesystem::file_size(file), 3U);
  std::filesystem::remove(file);
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

}  // namespace
}  // namespace dsocr::data

// Decoded images as Pillow gives them; see tests/golden/make_image_vectors.py.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "configs/sha256.h"
#include "data/error.h"
#include "data/image/decode.h"
#include "data/image/exif.h"
#include "tests/support/read_json.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::data {
namespace {

using Bytes = std::vector<std::uint8_t>;
using namespace std::string_literals;
using namespace std::string_view_literals;

std::filesystem::path image_file(const std::string& name) {
  return test::golden_dir() / "image" / name;
}

Bytes file_bytes(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Bytes fixture(const std::string& name) { return file_bytes(image_file(name)); }

std::string sha256(const Image& image) {
  return configs::sha256_hex({reinterpret_cast<const char*>(image.rgb.data()), image.rgb.size()});
}

std::string refusal(const Bytes& bytes, const DecodeOptions& options = {}) {
  return test::thrown_message([&] { decode_image(bytes, "f", options); });
}

// Overwrites bytes of a fixture.
Bytes patched(const std::string& name, size_t offset, std::string_view content) {
  Bytes bytes = fixture(name);
  std::copy(content.begin(), content.end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset));
  return bytes;
}

size_t position(const Bytes& bytes, std::string_view content) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return text.find(content);
}

void expect_golden(const std::filesystem::path& file, const nlohmann::json& golden,
                   const std::string& sha256_key) {
  SCOPED_TRACE(file.filename());
  const Image image = read_image(file);
  EXPECT_EQ(image.width, golden.at("width"));
  EXPECT_EQ(image.height, golden.at("height"));
  EXPECT_EQ(sha256(image), golden.at(sha256_key));
}

TEST(Decode, EveryFormatAsPillow) {
  const auto golden = test::read_json(image_file("images.json")).at("images");
  EXPECT_GT(golden.size(), 35u);
  for (const auto& [name, expected] : golden.items())
    expect_golden(image_file(name), expected, "sha256");
}

TEST(Decode, ConversionsAndExifAsTheOfficialCode) {
  const auto folder = test::golden_dir() / "preprocess";
  const auto golden = test::read_json(folder / "preprocess.json").at("conversions");
  EXPECT_EQ(golden.size(), 14u);
  for (const auto& [name, expected] : golden.items())
    expect_golden(folder / name, expected, "sha256_rgb");
}

TEST(Decode, ExifIsAnOptionExceptForTiff) {
  const DecodeOptions as_stored{.apply_exif = false};
  EXPECT_EQ(read_image(image_file("exif_6.jpg")).width, 17);
  EXPECT_EQ(read_image(image_file("exif_6.jpg"), as_stored).width, 23);
  EXPECT_EQ(read_image(image_file("exif_6.webp"), as_stored).width, 23);
  EXPECT_EQ(read_image(image_file("exif_5.tif"), as_stored).width, 17);
}

TEST(Decode, MessagesNameFileAndReason) {
  const test::TempDir dir;
  const auto message = [&](const std::filesystem::path& file) {
    return test::thrown_message([&] { read_image(file); });
  };
  const auto missing = dir.path() / "none.png";
  EXPECT_EQ(message(missing), missing.string() + ": cannot open: No such file or directory");
  EXPECT_EQ(message(dir.path()), dir.path().string() + ": is a folder, not a file");
  const auto empty = dir.write("empty.png", "");
  EXPECT_EQ(message(empty), empty.string() + ": the file is empty");
  for (const auto content : {"hello"sv, "RIFF"sv, "RIFF....WAVE"sv}) {
    const auto other = dir.write("other.png", content);
    EXPECT_EQ(message(other), other.string() + ": is not a PNG, JPEG, WebP, TIFF or BMP image");
  }
  try {
    read_image(empty);
  } catch (const DataError& error) {
    EXPECT_TRUE(error.recoverable());
  }
}

TEST(Decode, RefusesTooManyPixelsBeforeDecoding) {
  // The headers claim 20,000 x 20,000 pixels; the data is that of a small image.
  EXPECT_EQ(refusal(patched("rgb.bmp", 18, "\x20\x4E\0\0\x20\x4E\0\0"sv)),
            "f: the image of 20000x20000 pixels is over the limit of 178956970 pixels");
  Bytes jpeg = fixture("rgb.jpg");
  const size_t frame = position(jpeg, "\xFF\xC0"sv);
  EXPECT_EQ(refusal(patched("rgb.jpg", frame + 5, "\x4E\x20\x4E\x20"sv)),
            "f: the image of 20000x20000 pixels is over the limit of 178956970 pixels");
  for (const char* name : {"rgb.jpg", "rgb_16.png", "lossy.webp", "lzw.tif", "palette.bmp"}) {
    EXPECT_EQ(refusal(fixture(name), {.max_pixels = 390}),
              "f: the image of 23x17 pixels is over the limit of 390 pixels");
    EXPECT_EQ(decode_image(fixture(name), "f", {.max_pixels = 391}).width, 23);
  }
}

TEST(Decode, RefusesSidesOfZero) {
  EXPECT_EQ(refusal(patched("rgb.bmp", 18, "\0\0\0\0"sv)),
            "f: the image has no pixels: 0x17 pixels");
  EXPECT_EQ(refusal(patched("rgb.jpg", position(fixture("rgb.jpg"), "\xFF\xC0"sv) + 5, "\0\0"sv)),
            "f: damaged or unsupported JPEG data: Empty JPEG image (DNL not supported)");
}

TEST(Decode, RefusesWhatPillowWouldSpoilOrCannotRead) {
  EXPECT_EQ(refusal(patched("rgb.bmp", 28, "\x10\0"sv)),
            "f: BMP with 16 bits per pixel is not supported");
  EXPECT_EQ(refusal(patched("palette.bmp", 30, "\1"sv)), "f: BMP compression 1 is not supported");
  EXPECT_EQ(refusal(patched("rgb.bmp", 14, "\x10"sv)),
            "f: a BMP header of 16 bytes is not supported");
  // Tags of the TIFF are rewritten in place: tag, type SHORT, one value.
  const auto with_tag = [](const std::string& name, std::string_view tag, std::string_view value) {
    const size_t entry = position(fixture(name), std::string(tag) + "\x03\0\1\0\0\0"s);
    return patched(name, entry + 8, value);
  };
  EXPECT_EQ(refusal(with_tag("grey.tif", "\x02\1"sv, "\x10\0"sv)),
            "f: 16-bit grey TIFF is not supported: Pillow would clip it to white");
  EXPECT_EQ(refusal(with_tag("lzw.tif", "\x06\1"sv, "\x08\0"sv)),
            "f: TIFF with photometric interpretation 8 is not supported");
  EXPECT_EQ(refusal(with_tag("rgba.tif", "\x52\1"sv, "\1\0"sv)),
            "f: TIFF with premultiplied alpha is not supported");
}

TEST(Decode, RefusesTruncatedImages) {
  const auto without_end = [](const std::string& name, size_t lost) {
    Bytes bytes = fixture(name);
    bytes.resize(bytes.size() - lost);
    return refusal(bytes);
  };
  EXPECT_EQ(without_end("rgb.jpg", 1), "f: the JPEG data is truncated");
  EXPECT_EQ(without_end("rgb.jpg", 40), "f: the JPEG data is truncated");
  EXPECT_EQ(without_end("rgb_16.png", 30), "f: the PNG data is truncated");
  EXPECT_EQ(without_end("lossy.webp", 30), "f: the WebP data is damaged or truncated");
  EXPECT_EQ(without_end("rgb.bmp", 5), "f: the BMP data is truncated");
  EXPECT_EQ(without_end("lzw.tif", 40).substr(0, 22), "f: damaged TIFF data: ");
}

// The end marker put where data is missing: libjpeg would fill the rest with grey.
TEST(Decode, RefusesJpegWithAHole) {
  Bytes bytes = fixture("rgb.jpg");
  bytes.resize(bytes.size() - 60);
  bytes.insert(bytes.end(), {0xFF, 0xD9});
  EXPECT_EQ(
      refusal(bytes),
      "f: damaged or unsupported JPEG data: Corrupt JPEG data: premature end of data segment");
}

// Every prefix and many damaged copies of every fixture: an image or a DataError, nothing else, and
// nothing printed. A prefix that still decodes lacks only what carries no pixels.
TEST(Decode, SurvivesDamage) {
  std::mt19937 random(3);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const auto try_decode = [](const Bytes& bytes) {
    try {
      return decode_image(bytes, "f", {.max_pixels = 1 << 20});
    } catch (const DataError&) {
      return Image{};
    }
  };
  for (const auto& entry : std::filesystem::directory_iterator(test::golden_dir() / "image")) {
    if (entry.path().extension() == ".json" || entry.path().extension() == ".pdf") continue;
    const Bytes bytes = file_bytes(entry.path());
    const Image whole = decode_image(bytes, "f");
    for (size_t size = 0; size < bytes.size(); ++size) {
      const Image part =
          try_decode({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)});
      if (part.rgb.empty()) continue;
      EXPECT_EQ(part.rgb.size(), whole.rgb.size()) << entry.path() << " up to byte " << size;
    }
    for (int trial = 0; trial < 100; ++trial) {
      Bytes damaged = bytes;
      for (int i = 0; i <= trial % 3; ++i)
        damaged[random() % damaged.size()] = static_cast<std::uint8_t>(random());
      try_decode(damaged);
    }
  }
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Exif, ReadsBothByteOrdersAndNothingBeyondTheBlock) {
  const auto orientation = [](std::string_view block) {
    return exif_orientation({reinterpret_cast<const std::uint8_t*>(block.data()), block.size()});
  };
  const auto little = "II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0"sv;
  const auto big = "Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\5\0\0"sv;
  EXPECT_EQ(orientation(little), 6);
  EXPECT_EQ(orientation(big), 5);
  EXPECT_EQ(orientation("II*\0\xFF\xFF\xFF\xFF"sv), std::nullopt);
  EXPECT_EQ(orientation("II*\0\x08\0\0\0\xFF\xFF"sv), std::nullopt);
  EXPECT_EQ(orientation("nothing"sv), std::nullopt);
  for (size_t size = 0; size < 20; ++size) {
    const std::string part(little.substr(0, size));
    EXPECT_EQ(orientation(part), std::nullopt) << size;
  }
}

TEST(Exif, XmpOrientation) {
  EXPECT_EQ(xmp_orientation("<a tiff:Orientation=\"6\"/>"), 6);
  EXPECT_EQ(xmp_orientation("<tiff:Orientation>3</tiff:Orientation>"), 3);
  EXPECT_EQ(xmp_orientation("tiff:Orientation tiff:Orientation=\"8"), 8);
  EXPECT_EQ(xmp_orientation("tiff:Orientation=\""), std::nullopt);
}

TEST(Exif, AnOddNumberLeavesTheImage) {
  const Image image{2, 1, {1, 2, 3, 4, 5, 6}};
  EXPECT_EQ(apply_orientation(image, 0), image);
  EXPECT_EQ(apply_orientation(image, 9), image);
  EXPECT_EQ(apply_orientation(image, 2).rgb, (Bytes{4, 5, 6, 1, 2, 3}));
}

}  // namespace
}  // namespace dsocr::data

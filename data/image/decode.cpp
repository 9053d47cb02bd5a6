#include "data/image/decode.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <new>
#include <string_view>
#include <vector>

#include "data/error.h"
#include "data/image/codecs/codec.h"
#include "data/image/exif.h"
#include "data/image/open_file.h"

namespace dsocr::data {
namespace {

using namespace std::string_view_literals;

std::vector<std::uint8_t> read_bytes(const std::filesystem::path& file) {
  std::ifstream in = open_file(file);
  in.seekg(0, std::ios::end);
  std::vector<std::uint8_t> bytes(
      static_cast<std::size_t>(std::max<std::streamoff>(in.tellg(), 0)));
  in.seekg(0);
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!in) throw DataError(file, "", "cannot read", /*recoverable=*/true);
  return bytes;
}

struct Format {
  const char* name;
  Decoded (*decode)(EncodedBytes, std::int64_t);
  bool (*matches)(std::string_view start);
};

constexpr std::array kFormats{
    Format{"png", decode_png,
           [](std::string_view s) { return s.starts_with("\x89PNG\r\n\x1A\n"sv); }},
    Format{"jpeg", decode_jpeg, [](std::string_view s) { return s.starts_with("\xFF\xD8\xFF"sv); }},
    Format{"webp", decode_webp,
           [](std::string_view s) { return s.starts_with("RIFF"sv) && s.find("WEBP"sv) == 8; }},
    Format{"tiff", decode_tiff,
           [](std::string_view s) {
             return s.starts_with("II*\0"sv) || s.starts_with("MM\0*"sv) ||
                    s.starts_with("II+\0"sv) || s.starts_with("MM\0+"sv);
           }},
    Format{"bmp", decode_bmp, [](std::string_view s) { return s.starts_with("BM"sv); }},
};

const Format* find_format(EncodedBytes bytes) {
  const std::string_view start(reinterpret_cast<const char*>(bytes.data()),
                               std::min<std::size_t>(bytes.size(), 16));
  const auto* it = std::find_if(kFormats.begin(), kFormats.end(),
                                [&](const Format& format) { return format.matches(start); });
  return it == kFormats.end() ? nullptr : it;
}

Decoded decode_by_content(EncodedBytes bytes, std::int64_t max_pixels) {
  if (bytes.empty()) throw CodecError("the file is empty");
  const Format* format = find_format(bytes);
  if (!format) throw CodecError("is not a PNG, JPEG, WebP, TIFF or BMP image");
  return format->decode(bytes, max_pixels);
}

}  // namespace

std::string image_format(std::span<const std::uint8_t> bytes) {
  const Format* format = find_format(bytes);
  return format ? format->name : "";
}

Image read_image(const std::filesystem::path& file, const DecodeOptions& options) {
  return decode_image(read_bytes(file), file, options);
}

Image decode_image(std::span<const std::uint8_t> bytes, const std::filesystem::path& name,
                   const DecodeOptions& options) {
  try {
    Decoded decoded = decode_by_content(bytes, options.max_pixels);
    if (!options.apply_exif) return std::move(decoded.image);
    return apply_orientation(std::move(decoded.image), decoded.orientation);
  } catch (const CodecError& error) {
    throw DataError(name, "", error.what(), /*recoverable=*/true);
  } catch (const std::bad_alloc&) {
    throw DataError(name, "", "not enough memory for the image", /*recoverable=*/true);
  }
}

}  // namespace dsocr::data

#include "data/image/decode.h"

#include <algorithm>
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

Decoded decode_by_content(EncodedBytes bytes, std::int64_t max_pixels) {
  const std::string_view start(reinterpret_cast<const char*>(bytes.data()),
                               std::min<std::size_t>(bytes.size(), 16));
  if (start.empty()) throw CodecError("the file is empty");
  if (start.starts_with("\x89PNG\r\n\x1A\n"sv)) return decode_png(bytes, max_pixels);
  if (start.starts_with("\xFF\xD8\xFF"sv)) return decode_jpeg(bytes, max_pixels);
  if (start.starts_with("RIFF"sv) && start.find("WEBP"sv) == 8)
    return decode_webp(bytes, max_pixels);
  for (const std::string_view tiff : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv})
    if (start.starts_with(tiff)) return decode_tiff(bytes, max_pixels);
  if (start.starts_with("BM"sv)) return decode_bmp(bytes, max_pixels);
  throw CodecError("is not a PNG, JPEG, WebP, TIFF or BMP image");
}

}  // namespace

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

#include <png.h>

#include <array>
#include <charconv>
#include <csetjmp>
#include <cstring>
#include <string>

#include "data/image/codecs/codec.h"
#include "data/image/exif.h"

namespace dsocr::data {
namespace {

struct Source {
  EncodedBytes rest;
  std::array<char, 256> message{};
};

// libpng answers an error by calling back; the callback must not return and cannot throw through C
// code, so it jumps out. Nothing with a destructor lives in the functions that are jumped over.
[[noreturn]] void fail(png_structp png, png_const_charp message) {
  auto* source = static_cast<Source*>(png_get_error_ptr(png));
  std::strncpy(source->message.data(), message, source->message.size() - 1);
  png_longjmp(png, 1);
}

void ignore_warning(png_structp, png_const_charp) {}

constexpr const char* kTruncated = "truncated";

void read(png_structp png, png_bytep target, std::size_t size) {
  auto* source = static_cast<Source*>(png_get_io_ptr(png));
  if (size > source->rest.size()) png_error(png, kTruncated);
  std::memcpy(target, source->rest.data(), size);
  source->rest = source->rest.subspan(size);
}

// ImageMagick's way of storing EXIF: three lines (empty, name, length), then hexadecimal digits.
std::vector<std::uint8_t> raw_profile(std::string_view text) {
  for (int line = 0; line < 3; ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += text[i] == '\n' ? 1 : 2) {
    if (text[i] == '\n') continue;
    std::uint8_t byte = 0;
    if (std::from_chars(&text[i], &text[i] + 2, byte, 16).ptr != &text[i] + 2) return {};
    bytes.push_back(byte);
  }
  return bytes;
}

class Decoder {
 public:
  explicit Decoder(EncodedBytes bytes) : source_{bytes} {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source_, fail, ignore_warning);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
    if (info_ == nullptr) {
      png_destroy_read_struct(&png_, &info_, nullptr);
      throw CodecError("not enough memory to read a PNG");
    }
  }
  ~Decoder() { png_destroy_read_struct(&png_, &info_, nullptr); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  bool read_header() {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_read_fn(png_, &source_, read);
    png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // max_pixels is our limit
    png_read_info(png_, info_);
    return true;
  }

  // Asks for 8-bit RGB, or for packed indices when there is a palette.
  bool set_transforms() {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    if (!has_palette()) {
      png_set_expand_gray_1_2_4_to_8(png_);
      png_set_strip_16(png_);
      png_set_strip_alpha(png_);
      png_set_gray_to_rgb(png_);
    }
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return true;
  }

  bool read_pixels(png_bytepp rows) {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_read_image(png_, rows);
    png_read_end(png_, info_);
    return true;
  }

  std::int64_t width() const { return png_get_image_width(png_, info_); }
  std::int64_t height() const { return png_get_image_height(png_, info_); }
  std::size_t row_bytes() const { return png_get_rowbytes(png_, info_); }
  int bits() const { return png_get_bit_depth(png_, info_); }
  bool is_grey() const { return png_get_color_type(png_, info_) == PNG_COLOR_TYPE_GRAY; }
  bool has_palette() const { return png_get_color_type(png_, info_) == PNG_COLOR_TYPE_PALETTE; }

  Palette palette() const {
    Palette palette;
    png_colorp colours = nullptr;
    int num_colours = 0;
    png_get_PLTE(png_, info_, &colours, &num_colours);
    for (int i = 0; i < num_colours; ++i)
      palette[static_cast<std::size_t>(i)] = {colours[i].red, colours[i].green, colours[i].blue};
    return palette;
  }

  int orientation() const {
    png_bytep exif = nullptr;
    png_uint_32 num_bytes = 0;
    std::optional<int> from_exif;
    if (png_get_eXIf_1(png_, info_, &num_bytes, &exif) != 0)
      from_exif = exif_orientation({exif, num_bytes});
    else
      from_exif = exif_orientation(raw_profile(text("Raw profile type exif")));
    return from_exif.value_or(xmp_orientation(text("XML:com.adobe.xmp")).value_or(1));
  }

  [[noreturn]] void fail_with_reason() const {
    const std::string message = source_.message.data();
    if (message == kTruncated) throw CodecError("the PNG data is truncated");
    throw CodecError("damaged PNG data: " + message);
  }

 private:
  std::string_view text(std::string_view key) const {
    png_textp texts = nullptr;
    int num_texts = 0;
    png_get_text(png_, info_, &texts, &num_texts);
    for (int i = 0; i < num_texts; ++i)
      if (texts[i].key == key && texts[i].text != nullptr) return texts[i].text;
    return {};
  }

  Source source_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

}  // namespace

Decoded decode_png(EncodedBytes bytes, std::int64_t max_pixels) {
  Decoder decoder(bytes);
  if (!decoder.read_header()) decoder.fail_with_reason();
  if (decoder.is_grey() && decoder.bits() == 16)
    throw CodecError("16-bit grey PNG is not supported: Pillow would clip it to white");
  const bool has_palette = decoder.has_palette();
  const int bits = decoder.bits();
  Decoded decoded{make_image(decoder.width(), decoder.height(), max_pixels)};
  if (!decoder.set_transforms()) decoder.fail_with_reason();

  Image& image = decoded.image;
  const auto height = static_cast<std::size_t>(image.height);
  const std::size_t stride = image.rgb.size() / height;
  std::vector<std::uint8_t> packed(has_palette ? height * decoder.row_bytes() : 0);
  std::vector<png_bytep> rows(height);
  for (std::size_t y = 0; y < height; ++y)
    rows[y] = has_palette ? packed.data() + y * decoder.row_bytes() : image.rgb.data() + y * stride;
  if (!has_palette && decoder.row_bytes() != stride)
    throw CodecError("unexpected PNG row of " + std::to_string(decoder.row_bytes()) + " bytes");
  if (!decoder.read_pixels(rows.data())) decoder.fail_with_reason();

  if (has_palette) {
    const Palette palette = decoder.palette();
    for (std::size_t y = 0; y < height; ++y)
      palette.look_up(rows[y], bits, image.width, image.rgb.data() + y * stride);
  }
  decoded.orientation = decoder.orientation();
  return decoded;
}

}  // namespace dsocr::data

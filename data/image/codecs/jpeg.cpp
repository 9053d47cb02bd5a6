#include <csetjmp>
#include <cstddef>
#include <cstdio>
// libjpeg's headers want <cstdio> before them.
#include <jerror.h>
#include <jpeglib.h>

#include <array>
#include <string>

#include "data/image/codecs/codec.h"
#include "data/image/exif.h"

namespace dsocr::data {
namespace {

// libjpeg answers an error by calling back; the callback must not return and cannot throw through C
// code, so it jumps out. Nothing with a destructor lives in the functions that are jumped over.
struct Errors {
  jpeg_error_mgr manager;
  std::jmp_buf escape;
  std::array<char, JMSG_LENGTH_MAX> message;
};

[[noreturn]] void fail(j_common_ptr jpeg) {
  auto* errors = reinterpret_cast<Errors*>(jpeg->err);
  errors->manager.format_message(jpeg, errors->message.data());
  std::longjmp(errors->escape, 1);
}

// Warnings after which libjpeg makes up pixels are errors here.
void note(j_common_ptr jpeg, int level) {
  if (level >= 0) return;
  switch (jpeg->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC:
      fail(jpeg);
    default:
      break;
  }
}

void print_nothing(j_common_ptr) {}

class Decoder {
 public:
  Decoder() {
    jpeg_.err = jpeg_std_error(&errors_.manager);
    errors_.manager.error_exit = fail;
    errors_.manager.emit_message = note;
    errors_.manager.output_message = print_nothing;
  }
  ~Decoder() { jpeg_destroy_decompress(&jpeg_); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  bool read_header(EncodedBytes bytes) {
    if (setjmp(errors_.escape) != 0) return false;
    jpeg_create_decompress(&jpeg_);
    jpeg_mem_src(&jpeg_, bytes.data(), bytes.size());
    jpeg_save_markers(&jpeg_, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(&jpeg_, TRUE);
    jpeg_.out_color_space = jpeg_.num_components == 4 ? JCS_CMYK : JCS_RGB;
    return true;
  }

  // Rows go to `rgb`; those of four channels by way of `cmyk`, which holds one.
  bool read_pixels(std::uint8_t* rgb, std::uint8_t* cmyk) {
    if (setjmp(errors_.escape) != 0) return false;
    jpeg_start_decompress(&jpeg_);
    const std::size_t stride = std::size_t{3} * jpeg_.output_width;
    while (jpeg_.output_scanline < jpeg_.output_height) {
      std::uint8_t* target = rgb + stride * jpeg_.output_scanline;
      JSAMPROW row = jpeg_.output_components == 4 ? cmyk : target;
      jpeg_read_scanlines(&jpeg_, &row, 1);
      if (row == cmyk) convert(cmyk, target);
    }
    jpeg_finish_decompress(&jpeg_);
    return true;
  }

  const jpeg_decompress_struct& jpeg() const { return jpeg_; }

  std::string reason() const {
    if (errors_.manager.msg_code == JWRN_JPEG_EOF) return "the JPEG data is truncated";
    return std::string("damaged or unsupported JPEG data: ") + errors_.message.data();
  }

 private:
  // Inks are stored inverted, as Adobe does: Pillow takes that for granted.
  void convert(std::uint8_t* cmyk, std::uint8_t* rgb) const {
    for (JDIMENSION x = 0; x < jpeg_.output_width; ++x, cmyk += 4, rgb += 3) {
      for (int i = 0; i < 4; ++i) cmyk[i] = static_cast<std::uint8_t>(255 - cmyk[i]);
      const Rgb pixel = cmyk_to_rgb(cmyk);
      for (std::size_t i = 0; i < pixel.size(); ++i) rgb[i] = pixel[i];
    }
  }

  jpeg_decompress_struct jpeg_{};
  Errors errors_{};
};

int orientation(const jpeg_decompress_struct& jpeg) {
  using namespace std::string_view_literals;
  constexpr std::string_view kExif = "Exif\0\0"sv;
  constexpr std::string_view kXmp = "http://ns.adobe.com/xap/1.0/\0"sv;
  std::optional<int> from_exif;
  std::optional<int> from_xmp;
  for (auto* marker = jpeg.marker_list; marker != nullptr; marker = marker->next) {
    const std::string_view text(reinterpret_cast<const char*>(marker->data), marker->data_length);
    if (text.starts_with(kExif) && !from_exif)
      from_exif = exif_orientation({marker->data, marker->data_length});
    if (text.starts_with(kXmp)) from_xmp = xmp_orientation(text);
  }
  return from_exif.value_or(from_xmp.value_or(1));
}

}  // namespace

Decoded decode_jpeg(EncodedBytes bytes, std::int64_t max_pixels) {
  Decoder decoder;
  if (!decoder.read_header(bytes)) throw CodecError(decoder.reason());
  const jpeg_decompress_struct& jpeg = decoder.jpeg();
  if (jpeg.num_components != 1 && jpeg.num_components != 3 && jpeg.num_components != 4)
    throw CodecError("a JPEG of " + std::to_string(jpeg.num_components) +
                     " channels is not supported");
  Decoded decoded{make_image(jpeg.image_width, jpeg.image_height, max_pixels), orientation(jpeg)};
  std::vector<std::uint8_t> cmyk(std::size_t{4} * jpeg.image_width);
  if (!decoder.read_pixels(decoded.image.rgb.data(), cmyk.data()))
    throw CodecError(decoder.reason());
  return decoded;
}

}  // namespace dsocr::data

#include <tiffio.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "data/image/codecs/codec.h"
#include "data/image/exif.h"

namespace dsocr::data {
namespace {

// The file in memory and the first message of libtiff since `message` was last cleared.
struct Source {
  EncodedBytes bytes;
  std::size_t position = 0;
  std::string message = {};
  bool warnings_count = false;
};

tmsize_t read(thandle_t handle, void* target, tmsize_t size) {
  auto* source = static_cast<Source*>(handle);
  const std::size_t left = source->bytes.size() - std::min(source->position, source->bytes.size());
  const std::size_t count = std::min(left, static_cast<std::size_t>(std::max<tmsize_t>(size, 0)));
  if (count > 0) std::memcpy(target, source->bytes.data() + source->position, count);
  source->position += count;
  return static_cast<tmsize_t>(count);
}

tmsize_t write(thandle_t, void*, tmsize_t) { return 0; }

toff_t seek(thandle_t handle, toff_t offset, int whence) {
  auto* source = static_cast<Source*>(handle);
  if (whence == SEEK_CUR) offset += source->position;
  if (whence == SEEK_END) offset += source->bytes.size();
  source->position = offset;
  return offset;
}

int close(thandle_t) { return 0; }

toff_t size(thandle_t handle) { return static_cast<Source*>(handle)->bytes.size(); }

// Returning 1 keeps libtiff from printing.
int take_error(TIFF*, void* data, const char*, const char* format, va_list arguments) {
  auto* source = static_cast<Source*>(data);
  if (!source->message.empty()) return 1;
  std::array<char, 256> text;
  std::vsnprintf(text.data(), text.size(), format, arguments);
  source->message = text.data();
  if (source->message.starts_with(": ")) source->message.erase(0, 2);  // after the empty file name
  return 1;
}

int take_warning(TIFF* tiff, void* data, const char* module, const char* format,
                 va_list arguments) {
  if (!static_cast<Source*>(data)->warnings_count) return 1;
  return take_error(tiff, data, module, format, arguments);
}

struct Close {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
  void operator()(TIFFOpenOptions* options) const { TIFFOpenOptionsFree(options); }
};
using Tiff = std::unique_ptr<TIFF, Close>;

Tiff open(Source& source) {
  const std::unique_ptr<TIFFOpenOptions, Close> options(TIFFOpenOptionsAlloc());
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), take_error, &source);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), take_warning, &source);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), tmsize_t{1} << 30);
  // "m": no memory mapping; the bytes are in memory already.
  return Tiff(TIFFClientOpenExt("", "rm", &source, read, write, seek, close, size, nullptr, nullptr,
                                options.get()));
}

[[noreturn]] void fail(const Source& source) {
  throw CodecError("damaged TIFF data" + (source.message.empty() ? "" : ": " + source.message));
}

template <class Number>
Number field(TIFF* tiff, std::uint32_t tag) {
  Number value{};
  TIFFGetFieldDefaulted(tiff, tag, &value);
  return value;
}

enum class Colours { kIndexed, kRgb, kCmyk };

// How the samples of a pixel are stored.
struct Layout {
  Colours colours;
  int bits;             // of a sample
  std::size_t samples;  // of a pixel, side by side; those after the colours are dropped
  Palette palette;      // of indices and greys
};

void unpack_row(const Layout& layout, const std::uint8_t* row, std::int64_t width,
                std::uint8_t* rgb) {
  if (layout.colours == Colours::kIndexed && layout.samples == 1) {
    layout.palette.look_up(row, layout.bits, width, rgb);
    return;
  }
  const std::size_t sample_bytes = static_cast<std::size_t>(layout.bits) / 8;
  for (std::int64_t x = 0; x < width; ++x, rgb += 3, row += layout.samples * sample_bytes) {
    if (layout.colours == Colours::kIndexed) {
      layout.palette.look_up(row, 8, 1, rgb);
    } else if (layout.colours == Colours::kCmyk) {
      const Rgb pixel = cmyk_to_rgb(row);
      std::copy(pixel.begin(), pixel.end(), rgb);
    } else {
      // libtiff gives 16-bit samples in the byte order of the machine; the high byte is kept.
      for (std::size_t i = 0; i < 3; ++i) {
        std::uint16_t wide = 0;
        if (sample_bytes == 2) std::memcpy(&wide, row + 2 * i, 2);
        rgb[i] = sample_bytes == 2 ? static_cast<std::uint8_t>(wide >> 8) : row[i];
      }
    }
  }
}

Palette grey_palette(int bits, bool inverted) {
  Palette palette;
  const unsigned last = (1u << bits) - 1;
  for (unsigned i = 0; i <= last; ++i) {
    const unsigned grey = i * 255 / last;
    palette[i].fill(static_cast<std::uint8_t>(inverted ? 255 - grey : grey));
  }
  return palette;
}

Palette colour_map(TIFF* tiff, int bits) {
  Palette palette;
  std::array<std::uint16_t*, 3> channels{};
  if (TIFFGetField(tiff, TIFFTAG_COLORMAP, &channels[0], &channels[1], &channels[2]) == 0)
    throw CodecError("the TIFF palette is missing");
  for (std::size_t i = 0; i < std::size_t{1} << bits; ++i)
    for (std::size_t channel = 0; channel < 3; ++channel)
      palette[i][channel] = static_cast<std::uint8_t>(channels[channel][i] >> 8);
  return palette;
}

[[noreturn]] void refuse(const std::string& what) {
  throw CodecError("TIFF with " + what + " is not supported");
}

Layout read_layout(TIFF* tiff) {
  const auto bits = field<std::uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE);
  const auto samples = field<std::uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL);
  const auto compression = field<std::uint16_t>(tiff, TIFFTAG_COMPRESSION);
  std::uint16_t photometric = PHOTOMETRIC_MINISWHITE;  // as Pillow when it is missing
  TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric);
  std::uint16_t num_extra = 0;
  std::uint16_t* extra = nullptr;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &num_extra, &extra);

  if (field<std::uint16_t>(tiff, TIFFTAG_SAMPLEFORMAT) != SAMPLEFORMAT_UINT)
    refuse("signed or floating-point samples");
  if (compression == COMPRESSION_OJPEG) refuse("the old JPEG compression");
  if (TIFFIsCODECConfigured(compression) == 0) refuse("compression " + std::to_string(compression));
  if (samples > 1 && field<std::uint16_t>(tiff, TIFFTAG_PLANARCONFIG) != PLANARCONFIG_CONTIG)
    refuse("separate planes");
  if (num_extra > 0 && extra[0] == EXTRASAMPLE_ASSOCALPHA) refuse("premultiplied alpha");

  Layout layout{Colours::kIndexed, bits, samples, {}};
  const std::string depth =
      std::to_string(samples) + " samples of " + std::to_string(bits) + " bits";
  std::size_t num_colours = 1;
  switch (photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_PALETTE:
      if (bits == 16)
        throw CodecError("16-bit grey TIFF is not supported: Pillow would clip it to white");
      if (bits != 8 && (samples != 1 || (bits != 1 && bits != 2 && bits != 4))) refuse(depth);
      layout.palette = photometric == PHOTOMETRIC_PALETTE
                           ? colour_map(tiff, bits)
                           : grey_palette(bits, photometric == PHOTOMETRIC_MINISWHITE);
      break;
    case PHOTOMETRIC_YCBCR:
      if (compression != COMPRESSION_JPEG || bits != 8) refuse("YCbCr colours without JPEG");
      TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
      [[fallthrough]];
    case PHOTOMETRIC_RGB:
      if (bits != 8 && bits != 16) refuse(depth);
      layout.colours = Colours::kRgb;
      num_colours = 3;
      break;
    case PHOTOMETRIC_SEPARATED:
      if (bits != 8) refuse(depth);
      layout.colours = Colours::kCmyk;
      num_colours = 4;
      break;
    default:
      refuse("photometric interpretation " + std::to_string(photometric));
  }
  if (samples < num_colours || samples > num_colours + 3) refuse(depth);
  return layout;
}

// Decodes strip by strip or tile by tile.
void read_pixels(TIFF* tiff, Source& source, const Layout& layout, Image& image) {
  const bool is_tiled = TIFFIsTiled(tiff) != 0;
  std::int64_t width = image.width;
  std::int64_t height = image.height;
  if (is_tiled) {
    width = field<std::uint32_t>(tiff, TIFFTAG_TILEWIDTH);
    height = field<std::uint32_t>(tiff, TIFFTAG_TILELENGTH);
  } else {
    height = std::min<std::int64_t>(height, field<std::uint32_t>(tiff, TIFFTAG_ROWSPERSTRIP));
  }
  constexpr std::int64_t kMaxBlock = std::int64_t{1} << 30;
  const tmsize_t row_bytes = is_tiled ? TIFFTileRowSize(tiff) : TIFFScanlineSize(tiff);
  const std::int64_t needed_row =
      (width * layout.bits * static_cast<std::int64_t>(layout.samples) + 7) / 8;
  if (width < 1 || height < 1 || row_bytes < needed_row) fail(source);
  if (row_bytes > kMaxBlock / height) refuse("strips or tiles of over 1 GiB");
  std::vector<std::uint8_t> block(static_cast<std::size_t>(row_bytes * height));

  for (std::int64_t y = 0; y < image.height; y += height) {
    for (std::int64_t x = 0; x < image.width; x += width) {
      const std::int64_t num_rows = std::min(height, image.height - y);
      const std::int64_t num_columns = std::min(width, image.width - x);
      const auto at_x = static_cast<std::uint32_t>(x);
      const auto at_y = static_cast<std::uint32_t>(y);
      const tmsize_t wanted = row_bytes * (is_tiled ? height : num_rows);
      const tmsize_t got =
          is_tiled
              ? TIFFReadEncodedTile(tiff, TIFFComputeTile(tiff, at_x, at_y, 0, 0), block.data(),
                                    wanted)
              : TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, at_y, 0), block.data(), wanted);
      if (got < wanted || !source.message.empty()) fail(source);
      for (std::int64_t row = 0; row < num_rows; ++row)
        unpack_row(layout, block.data() + row * row_bytes, num_columns,
                   image.rgb.data() + 3 * ((y + row) * image.width + x));
    }
  }
}

int orientation(TIFF* tiff) {
  std::uint16_t stored = 0;
  if (TIFFGetField(tiff, TIFFTAG_ORIENTATION, &stored) != 0) return stored;
  std::uint32_t num_bytes = 0;
  const char* packet = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_XMLPACKET, &num_bytes, &packet) == 0) return 1;
  return xmp_orientation({packet, num_bytes}).value_or(1);
}

}  // namespace

Decoded decode_tiff(EncodedBytes bytes, std::int64_t max_pixels) {
  Source source{bytes};
  const Tiff tiff = open(source);
  if (tiff == nullptr) fail(source);
  Decoded decoded{make_image(field<std::uint32_t>(tiff.get(), TIFFTAG_IMAGEWIDTH),
                             field<std::uint32_t>(tiff.get(), TIFFTAG_IMAGELENGTH), max_pixels)};
  const Layout layout = read_layout(tiff.get());
  source.message.clear();
  // libjpeg's warnings inside a TIFF are of missing data.
  source.warnings_count = field<std::uint16_t>(tiff.get(), TIFFTAG_COMPRESSION) == COMPRESSION_JPEG;
  read_pixels(tiff.get(), source, layout, decoded.image);
  decoded.image = apply_orientation(std::move(decoded.image), orientation(tiff.get()));
  return decoded;
}

}  // namespace dsocr::data

#include "data/image/encode.h"

#include <png.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
// libjpeg's header wants <cstdio> before it.
#include <jpeglib.h>

#include <fstream>
#include <memory>
#include <new>
#include <string>
#include <system_error>
#include <vector>

#include "data/error.h"

namespace dsocr::data {
namespace {

struct Free {
  void operator()(unsigned char* bytes) const { std::free(bytes); }
};

void require_pixels(const std::filesystem::path& file, const Image& image) {
  if (image.rgb.empty()) throw DataError(file, {}, "cannot write: the image has no pixels");
}

void replace_file(const std::filesystem::path& file, const std::string& bytes) {
  const std::filesystem::path temporary = file.string() + ".tmp" + std::to_string(::getpid());
  errno = 0;
  std::ofstream out(temporary, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out || std::rename(temporary.c_str(), file.c_str()) != 0) {
    const std::string reason = std::generic_category().message(errno);
    std::remove(temporary.c_str());
    throw DataError(file, {}, "cannot write: " + reason);
  }
}

// One byte a pixel when all three are the same everywhere, else nothing.
std::vector<std::uint8_t> grey_of(const Image& image) {
  std::vector<std::uint8_t> grey(image.rgb.size() / 3);
  for (std::size_t i = 0; i < grey.size(); ++i) {
    const std::uint8_t* pixel = image.rgb.data() + 3 * i;
    if (pixel[0] != pixel[1] || pixel[1] != pixel[2]) return {};
    grey[i] = pixel[0];
  }
  return grey;
}

struct PngTarget {
  std::string bytes = {};
  std::array<char, 256> message = {"not enough memory"};
};

[[noreturn]] void fail(png_structp png, png_const_charp message) {
  auto* target = static_cast<PngTarget*>(png_get_error_ptr(png));
  std::snprintf(target->message.data(), target->message.size(), "%s", message);
  png_longjmp(png, 1);
}

void ignore(png_structp, png_const_charp) {}

void append(png_structp png, png_bytep bytes, std::size_t size) {
  try {
    static_cast<PngTarget*>(png_get_io_ptr(png))
        ->bytes.append(reinterpret_cast<char*>(bytes), size);
  } catch (const std::bad_alloc&) {
    png_error(png, "not enough memory");
  }
}

// As in codecs/png.cpp, nothing with a destructor lives in the function that is jumped over.
bool encode(png_structp png, png_infop info, PngTarget& target, const Image& image,
            const std::uint8_t* grey) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_set_write_fn(png, &target, append, nullptr);
  png_set_IHDR(png, info, static_cast<png_uint_32>(image.width),
               static_cast<png_uint_32>(image.height), 8,
               grey != nullptr ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (grey != nullptr) {
    // Pages of text: the same strokes again and again, which filters only hide. Half the time and a
    // tenth less than libpng's own choice.
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE);
    png_set_compression_level(png, 4);
  }
  png_write_info(png, info);
  const auto stride = static_cast<std::size_t>(image.width) * (grey != nullptr ? 1 : 3);
  const std::uint8_t* row = grey != nullptr ? grey : image.rgb.data();
  for (std::int64_t y = 0; y < image.height; ++y, row += stride) png_write_row(png, row);
  png_write_end(png, info);
  return true;
}

// libjpeg's own answer to an error is to end the program; this one jumps back. Nothing with a
// destructor lives in the function that is jumped over.
struct JpegError {
  jpeg_error_mgr manager;
  std::jmp_buf back;
  std::array<char, JMSG_LENGTH_MAX> message;
};

[[noreturn]] void jump_back(j_common_ptr jpeg) {
  auto* error = reinterpret_cast<JpegError*>(jpeg->err);
  jpeg->err->format_message(jpeg, error->message.data());
  std::longjmp(error->back, 1);
}

bool encode(jpeg_compress_struct& jpeg, JpegError& error, const Image& image, int quality,
            unsigned char** bytes, unsigned long* num_bytes) {
  if (setjmp(error.back) != 0) return false;
  jpeg_create_compress(&jpeg);
  jpeg_mem_dest(&jpeg, bytes, num_bytes);
  jpeg.image_width = static_cast<JDIMENSION>(image.width);
  jpeg.image_height = static_cast<JDIMENSION>(image.height);
  jpeg.input_components = 3;
  jpeg.in_color_space = JCS_RGB;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, quality, TRUE);
  jpeg_start_compress(&jpeg, TRUE);
  while (jpeg.next_scanline < jpeg.image_height) {
    const std::size_t start = std::size_t{3} * jpeg.next_scanline * jpeg.image_width;
    JSAMPROW row = const_cast<JSAMPROW>(image.rgb.data() + start);
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  return true;
}

}  // namespace

std::string encode_png(const Image& image, const std::filesystem::path& name) {
  require_pixels(name, image);
  const std::vector<std::uint8_t> grey = grey_of(image);
  PngTarget target;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &target, fail, ignore);
  png_infop info = png == nullptr ? nullptr : png_create_info_struct(png);
  const bool encoded =
      info != nullptr && encode(png, info, target, image, grey.empty() ? nullptr : grey.data());
  png_destroy_write_struct(&png, &info);
  if (!encoded) throw DataError(name, {}, std::string("cannot write: ") + target.message.data());
  return std::move(target.bytes);
}

void write_png(const std::filesystem::path& file, const Image& image) {
  replace_file(file, encode_png(image, file));
}

std::string encode_jpeg(const Image& image, const std::filesystem::path& name, int quality) {
  require_pixels(name, image);
  JpegError error{};
  jpeg_compress_struct jpeg{};
  jpeg.err = jpeg_std_error(&error.manager);
  error.manager.error_exit = jump_back;
  unsigned char* bytes = nullptr;
  unsigned long num_bytes = 0;
  const bool encoded = encode(jpeg, error, image, quality, &bytes, &num_bytes);
  jpeg_destroy_compress(&jpeg);
  const std::unique_ptr<unsigned char, Free> owner(bytes);
  if (!encoded) throw DataError(name, {}, std::string("cannot write: ") + error.message.data());
  return {reinterpret_cast<const char*>(bytes), num_bytes};
}

void write_jpeg(const std::filesystem::path& file, const Image& image, int quality) {
  replace_file(file, encode_jpeg(image, file, quality));
}

}  // namespace dsocr::data

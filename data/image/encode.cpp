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
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(image.width);
  png.height = static_cast<png_uint_32>(image.height);
  const std::vector<std::uint8_t> grey = grey_of(image);
  png.format = grey.empty() ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  std::string bytes(PNG_IMAGE_PNG_SIZE_MAX(png), '\0');
  png_alloc_size_t num_bytes = bytes.size();
  if (png_image_write_to_memory(&png, bytes.data(), &num_bytes, 0,
                                grey.empty() ? image.rgb.data() : grey.data(), 0, nullptr) == 0) {
    throw DataError(name, {}, std::string("cannot write: ") + png.message);
  }
  bytes.resize(num_bytes);
  return bytes;
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

#pragma once

#include <filesystem>
#include <string>

#include "data/image/image.h"

namespace dsocr::data {

/// The bytes of a PNG file; `name` stands for the file in messages.
std::string encode_png(const Image& image, const std::filesystem::path& name);

/// Write an image so that a reader sees the old file or the whole new one. Both throw DataError
/// with file and reason: no pixels, more than the format's 65,500 on a side (JPEG), no space.
void write_png(const std::filesystem::path& file, const Image& image);

/// `quality` from 1 to 100, as libjpeg counts; colours at half the resolution.
void write_jpeg(const std::filesystem::path& file, const Image& image, int quality = 92);

}  // namespace dsocr::data

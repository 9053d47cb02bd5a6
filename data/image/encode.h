#pragma once

#include <filesystem>
#include <string>

#include "data/image/image.h"

namespace dsocr::data {

/// The bytes of an image file; `name` stands for it in messages. A grey image becomes a grey PNG.
/// JPEG has its colours at half the resolution and a quality from 1 to 100, as libjpeg counts.
/// Both throw DataError: no pixels, more than the format's 65,500 on a side (JPEG).
std::string encode_png(const Image& image, const std::filesystem::path& name);
std::string encode_jpeg(const Image& image, const std::filesystem::path& name, int quality = 92);

/// Write an image so that a reader sees the old file or the whole new one. Both throw DataError
/// with file and reason: what encoding throws, no space.
void write_png(const std::filesystem::path& file, const Image& image);
void write_jpeg(const std::filesystem::path& file, const Image& image, int quality = 92);

}  // namespace dsocr::data

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "eval/omnidocbench/cdm/boxes.h"
#include "eval/omnidocbench/version.h"

namespace dsocr::omnidocbench::cdm {

inline constexpr int kDotsPerInch = 200;

/// Pixels as red, green and blue, row by row.
struct Raster {
  int width = 0, height = 0;
  std::vector<uint8_t> values;  // 3 * width * height
};

/// The first pages of a PDF file by Ghostscript, written as PNG files of `folder`; the names in the
/// order of pages. Empty when Ghostscript fails or takes minutes. Throws std::runtime_error when it
/// is not installed.
std::vector<std::filesystem::path> rasterize(const std::filesystem::path& pdf,
                                             const std::filesystem::path& folder, size_t max_pages);

/// The colours of a PNG file without its alpha: then each pixel that a glyph touches has exactly
/// the glyph's colour. Throws std::runtime_error.
Raster read_png(const std::filesystem::path& file);

/// The rasters one below the other, as wide as the first.
Raster stack(std::span<const Raster> pages);

/// Finds the tokens by their colours, cropped to what is not white and a margin. `page_height` is
/// that of the whole page in pixels, of which the raster may lack the white lower part (spec:
/// OmniDocBench CDM, section 5).
TypesetFormula find_boxes(const Raster& raster, int page_height,
                          std::span<const std::string> tokens, Version version);

}  // namespace dsocr::omnidocbench::cdm

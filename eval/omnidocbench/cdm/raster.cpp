#include "eval/omnidocbench/cdm/raster.h"

#include <png.h>

#include <algorithm>
#include <stdexcept>

#include "configs/process.h"

namespace dsocr::omnidocbench::cdm {
namespace {

namespace fs = std::filesystem;

constexpr int kStep = 15, kLevels = 18, kMargin = 8;

/// The smallest box around pixels.
struct Extent {
  int left = 0, top = 0, right = -1, bottom = -1;

  bool empty() const { return right < left; }
  void add(int x, int y) {
    if (empty()) {
      *this = {x, y, x, y};
      return;
    }
    left = std::min(left, x);
    right = std::max(right, x);
    top = std::min(top, y);
    bottom = std::max(bottom, y);
  }
};

/// The step of a colour value, -1 where it is none. v1.7 allows it to be off by one.
std::vector<int> level_table(Version version) {
  std::vector<int> table(256, -1);
  const int tolerance = version == Version::k17 ? 1 : 0;
  for (int level = 0; level < kLevels; ++level) {
    for (int off = -tolerance; off <= tolerance; ++off) {
      const int value = kStep * level + off;
      if (value >= 0 && value <= 255) table[static_cast<size_t>(value)] = level;
    }
  }
  return table;
}

/// The grey value as PIL computes it.
int grey(const uint8_t* rgb) {
  return (rgb[0] * 19595 + rgb[1] * 38470 + rgb[2] * 7471 + 0x8000) >> 16;
}

}  // namespace

std::vector<fs::path> rasterize(const fs::path& pdf, const fs::path& folder, size_t max_pages) {
  if (configs::find_program("gs").empty()) throw std::runtime_error("gs is not installed");
  const std::string prefix = pdf.stem().string() + "-";
  configs::ProcessOptions options;
  options.folder = folder;
  options.time_limit = std::chrono::minutes(5);
  try {
    const auto result =
        configs::run_process({"gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pngalpha",
                              "-r" + std::to_string(kDotsPerInch), "-dTextAlphaBits=4",
                              "-dGraphicsAlphaBits=4", "-dLastPage=" + std::to_string(max_pages),
                              "-sOutputFile=" + prefix + "%d.png", pdf.string()},
                             {}, options);
    if (result.exit_code != 0) return {};
  } catch (const std::runtime_error&) {
    return {};  // its time was over
  }
  std::vector<fs::path> pages;
  while (true) {
    fs::path page = folder / (prefix + std::to_string(pages.size() + 1) + ".png");
    if (!fs::exists(page)) return pages;
    pages.push_back(std::move(page));
  }
}

Raster read_png(const fs::path& file) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_file(&image, file.c_str()) == 0)
    throw std::runtime_error("cannot read " + file.string());
  image.format = PNG_FORMAT_RGBA;
  std::vector<uint8_t> rgba(PNG_IMAGE_SIZE(image));
  if (png_image_finish_read(&image, nullptr, rgba.data(), 0, nullptr) == 0)
    throw std::runtime_error("cannot read " + file.string());
  Raster raster{static_cast<int>(image.width), static_cast<int>(image.height), {}};
  raster.values.resize(rgba.size() / 4 * 3);
  for (size_t i = 0, o = 0; i < rgba.size(); i += 4, o += 3)
    std::copy_n(rgba.begin() + static_cast<std::ptrdiff_t>(i), 3,
                raster.values.begin() + static_cast<std::ptrdiff_t>(o));
  return raster;
}

Raster stack(std::span<const Raster> pages) {
  Raster out;
  for (const Raster& page : pages) {
    if (out.width == 0) out.width = page.width;
    if (page.width != out.width) continue;
    out.height += page.height;
    out.values.insert(out.values.end(), page.values.begin(), page.values.end());
  }
  return out;
}

TypesetFormula find_boxes(const Raster& raster, int page_height,
                          std::span<const std::string> tokens, Version version) {
  const std::vector<int> levels = level_table(version);
  std::vector<Extent> extents(tokens.size());
  Extent all;
  const uint8_t* pixel = raster.values.data();
  for (int y = 0; y < raster.height; ++y) {
    for (int x = 0; x < raster.width; ++x, pixel += 3) {
      if ((pixel[0] & pixel[1] & pixel[2]) == 255) continue;
      if (grey(pixel) != 255) all.add(x, y);
      const int red = levels[pixel[0]], green = levels[pixel[1]], blue = levels[pixel[2]];
      if (red < 0 || green < 0 || blue < 0) continue;
      const int number = (red * kLevels + green) * kLevels + blue - 1;
      if (number >= 0 && static_cast<size_t>(number) < extents.size())
        extents[static_cast<size_t>(number)].add(x, y);
    }
  }
  int left = 0, top = 0, right = 10, bottom = 10;
  if (!all.empty()) {
    left = all.left - kMargin;
    top = all.top - kMargin;
    right = all.right + kMargin;
    bottom = all.bottom + kMargin;
    if (version == Version::k17) {
      left = std::max(left, 0);
      top = std::max(top, 0);
      right = std::min(right, raster.width);
      bottom = std::min(bottom, std::max(page_height, raster.height));
    }
  }
  TypesetFormula formula{right - left, bottom - top, {}};
  for (size_t i = 0; i < tokens.size(); ++i) {
    TokenBox box{tokens[i], std::nullopt};
    const Extent& extent = extents[i];
    if (!extent.empty())
      box.box = Box{extent.left - left - 1, extent.top - top - 1, extent.right - left + 1,
                    extent.bottom - top + 1};
    formula.tokens.push_back(std::move(box));
  }
  return formula;
}

}  // namespace dsocr::omnidocbench::cdm

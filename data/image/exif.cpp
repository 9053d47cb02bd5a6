#include "data/image/exif.h"

#include <algorithm>
#include <string_view>

namespace dsocr::data {
namespace {

constexpr std::uint32_t kOrientationTag = 0x0112;

// Numbers of either byte order; reading past the end gives nothing.
class Reader {
 public:
  Reader(std::span<const std::uint8_t> bytes, bool big_endian)
      : bytes_(bytes), big_endian_(big_endian) {}

  std::optional<std::uint32_t> number(std::size_t offset, std::size_t num_bytes) const {
    if (offset > bytes_.size() || bytes_.size() - offset < num_bytes) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < num_bytes; ++i) {
      const std::size_t shift = 8 * (big_endian_ ? num_bytes - 1 - i : i);
      value |= static_cast<std::uint32_t>(bytes_[offset + i]) << shift;
    }
    return value;
  }

 private:
  std::span<const std::uint8_t> bytes_;
  bool big_endian_;
};

std::size_t type_bytes(std::uint32_t type) {
  switch (type) {
    case 1:  // BYTE
      return 1;
    case 3:  // SHORT
      return 2;
    case 4:  // LONG
      return 4;
    default:
      return 0;
  }
}

bool starts_with(std::span<const std::uint8_t> bytes, std::string_view text) {
  return bytes.size() >= text.size() && std::equal(text.begin(), text.end(), bytes.begin());
}

}  // namespace

std::optional<int> exif_orientation(std::span<const std::uint8_t> block) {
  using namespace std::string_view_literals;
  while (starts_with(block, "Exif\0\0"sv)) block = block.subspan(6);
  const bool big_endian = starts_with(block, "MM\0*"sv);
  if (!big_endian && !starts_with(block, "II*\0"sv)) return std::nullopt;
  const Reader reader(block, big_endian);
  const auto directory = reader.number(4, 4);
  if (!directory) return std::nullopt;
  const std::uint32_t num_entries = reader.number(*directory, 2).value_or(0);
  for (std::uint32_t i = 0; i < num_entries; ++i) {
    const std::size_t entry = *directory + std::size_t{2} + std::size_t{12} * i;
    const auto tag = reader.number(entry, 2);
    if (!tag) return std::nullopt;
    if (*tag != kOrientationTag) continue;
    const std::size_t num_bytes = type_bytes(reader.number(entry + 2, 2).value_or(0));
    const auto value = reader.number(entry + 8, num_bytes);
    if (num_bytes == 0 || reader.number(entry + 4, 4) != 1u || !value) return std::nullopt;
    return *value <= 8 ? static_cast<int>(*value) : 0;
  }
  return std::nullopt;
}

std::optional<int> xmp_orientation(std::string_view packet) {
  constexpr std::string_view kName = "tiff:Orientation";
  for (std::size_t at = packet.find(kName); at != std::string_view::npos;
       at = packet.find(kName, at + 1)) {
    std::string_view rest = packet.substr(at + kName.size());
    if (rest.starts_with("=\""))
      rest.remove_prefix(2);
    else if (rest.starts_with(">"))
      rest.remove_prefix(1);
    else
      continue;
    if (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') return rest.front() - '0';
  }
  return std::nullopt;
}

Image apply_orientation(Image image, int orientation) {
  if (orientation < 2 || orientation > 8) return image;
  const bool swaps = orientation >= 5;
  const bool flips_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool flips_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Image upright{swaps ? image.height : image.width, swaps ? image.width : image.height,
                std::vector<std::uint8_t>(image.rgb.size())};
  std::uint8_t* target = upright.rgb.data();
  for (std::int64_t y = 0; y < upright.height; ++y) {
    for (std::int64_t x = 0; x < upright.width; ++x, target += 3) {
      std::int64_t source_x = swaps ? y : x;
      std::int64_t source_y = swaps ? x : y;
      if (flips_x) source_x = image.width - 1 - source_x;
      if (flips_y) source_y = image.height - 1 - source_y;
      std::copy_n(image.rgb.data() + 3 * (source_y * image.width + source_x), 3, target);
    }
  }
  return upright;
}

}  // namespace dsocr::data

#pragma once

#include <array>
#include <cstdint>

#include "data/image/image.h"

namespace dsocr::data {

/// What happens to a page between being set and being read; strengths from 0 to 1, 0 is off.
struct Degradation {
  double scan = 0, texture = 0, light = 0, skew = 0, blur = 0, noise = 0, jpeg = 0;
  std::uint64_t seed = 0;

  /// Whether degrade() changes the picture.
  bool any() const { return scan + texture + light + skew + blur + noise > 0; }
  /// Quality of the JPEG file the page is kept as, 95 down to 10; 0: none is asked for.
  int jpeg_quality() const;
};

struct DegradedImage {
  Image image;
  /// Where a point (x, y) of the page lies now: (m[0] x + m[1] y + m[2], m[3] x + m[4] y + m[5]).
  std::array<double, 6> moved = {1, 0, 0, 0, 1, 0};
};

/// The page as a camera or scanner would have it. The same for the same seed. What a skew uncovers
/// has the colour of the corner at the top left. `jpeg` is left to whoever writes the file.
DegradedImage degrade(Image page, const Degradation& degradation);

}  // namespace dsocr::data

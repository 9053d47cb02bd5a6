#pragma once

#include <cstdint>
#include <string>

namespace dsocr::train {

/// What is learnt. The readers of glyphs need pages of `dsocr data render --glyphs`.
struct LossConfig {
  double text = 1;
  double patches = 0, tokens = 0;
  std::int64_t hidden = 256;
  std::string characters =
      "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz"
      "{|}~";

  bool has_heads() const { return patches > 0 || tokens > 0; }

  template <class V>
  void fields(V& v) {
    v("text", text, "weight of the next token, 0: the decoder does not run", {.min = 0});
    v("patches", patches, "weight of reading each glyph from SAM's patch below it", {.min = 0});
    v("tokens", tokens, "weight of reading each glyph from the vision token above it", {.min = 0});
    v("hidden", hidden, "width of these readers", {.min = 1});
    v("characters", characters, "that they tell apart; all others are one more");
  }
};

}  // namespace dsocr::train

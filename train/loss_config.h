#pragma once

#include <cstdint>
#include <string>

namespace dsocr::train {

/// What is learnt. The readers of glyphs need pages of `dsocr data render --glyphs`.
struct LossConfig {
  double text = 1;
  double patches = 0, tokens = 0, codes = 0, places = 0, ahead = 0, spelling = 0;
  std::int64_t hidden = 256, code = 32;
  std::int64_t places_layer = 2, ahead_layer = 3;
  std::string characters =
      "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz"
      "{|}~";

  bool has_reader() const { return patches > 0 || tokens > 0 || codes > 0 || ahead > 0; }
  bool in_decoder() const { return places > 0 || ahead > 0 || spelling > 0; }
  bool has_heads() const { return has_reader() || in_decoder(); }

  template <class V>
  void fields(V& v) {
    v("text", text, "weight of the next token, 0: the decoder does not run", {.min = 0});
    v("patches", patches, "weight of reading each glyph from SAM's patch below it", {.min = 0});
    v("tokens", tokens, "weight of reading each glyph from the vision token above it", {.min = 0});
    v("codes", codes, "weight of giving from a vision token what is known of its patches' glyphs",
      {.min = 0});
    v("code", code, "width of what is known of a patch", {.min = 1});
    v("hidden", hidden, "width in which it is read at a place", {.min = 1});
    v("places", places, "weight of telling inside of the decoder where the next glyph stands",
      {.min = 0});
    v("places_layer", places_layer, "after how many layers it is told", {.min = 1});
    v("ahead", ahead, "weight of giving there what is known of the patches from the next glyph on",
      {.min = 0});
    v("ahead_layer", ahead_layer, "after how many layers it is given", {.min = 1});
    v("spelling", spelling, "weight of telling at the end of the decoder the next four glyphs",
      {.min = 0});
    v("characters", characters, "that they tell apart; all others are one more");
  }
};

}  // namespace dsocr::train

#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "data/image/encode.h"
#include "data/page.h"

namespace dsocr::test {

inline data::Image picture(std::uint8_t shade, std::int64_t width = 9, std::int64_t height = 7) {
  data::Image image{width, height, {}};
  image.rgb.assign(static_cast<size_t>(width * height * 3), shade);
  return image;
}

/// Page `i`, different from every other in all its fields.
inline data::Page make_page(int i) {
  const std::string number = std::to_string(i);
  data::Page page{
      .id = "page-" + number,
      .image = data::encode_png(picture(static_cast<std::uint8_t>(i), 5 + i % 40), "test"),
      .width = static_cast<std::uint32_t>(5 + i % 40),
      .height = 7,
      .text = "Text of page " + number + " \xE2\x82\xAC\n",
      .language = i % 2 == 0 ? "en" : "zh-Hans",
      .split = "train",
      .meta = i % 3 == 0 ? "" : R"({"number":)" + number + "}"};
  for (int b = 0; b < i % 4; ++b)
    page.blocks.push_back({.category = "title",
                           .box = {1, 2, 30, static_cast<std::uint16_t>(100 + b)},
                           .order = b,
                           .text = "block " + number + "." + std::to_string(b),
                           .confidence = 0.5f,
                           .labeller = "human"});
  return page;
}

inline std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline void expect_equal(const data::Page& found, const data::Page& expected) {
  EXPECT_EQ(found.id, expected.id);
  EXPECT_EQ(found.image, expected.image);
  EXPECT_EQ(found.width, expected.width);
  EXPECT_EQ(found.height, expected.height);
  EXPECT_EQ(found.text, expected.text);
  EXPECT_EQ(found.language, expected.language);
  EXPECT_EQ(found.split, expected.split);
  EXPECT_EQ(found.meta, expected.meta);
  EXPECT_EQ(found.blocks, expected.blocks);
}

}  // namespace dsocr::test

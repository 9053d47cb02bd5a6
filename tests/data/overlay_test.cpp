#include "data/image/overlay.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <map>
#include <set>

namespace dsocr::data {
namespace {

using Rgb = std::array<std::uint8_t, 3>;
using Boxes = std::vector<LabelledBox>;

Image filled(std::int64_t width, std::int64_t height, std::uint8_t value) {
  return {width, height,
          std::vector<std::uint8_t>(static_cast<std::size_t>(width * height * 3), value)};
}

Rgb pixel(const Image& image, std::int64_t x, std::int64_t y) {
  const auto at = static_cast<std::size_t>((y * image.width + x) * 3);
  return {image.rgb[at], image.rgb[at + 1], image.rgb[at + 2]};
}

// The colour of a label's outline when the page has these labels.
std::map<std::string, Rgb> colours(const std::vector<std::string>& labels) {
  std::map<std::string, Rgb> found;
  Boxes boxes;
  for (int i = 0; i < static_cast<int>(labels.size()); ++i) {
    boxes.push_back({labels[static_cast<std::size_t>(i)], {10, 40 + 60 * i, 390, 80 + 60 * i}});
  }
  const Image drawn = draw_boxes(filled(400, 800, 200), boxes);
  for (const LabelledBox& box : boxes) found[box.label] = pixel(drawn, 300, box.box.y1);
  return found;
}

TEST(Overlay, LabelsHaveTheirColourOnEveryPage) {
  const auto many = colours({"text", "title", "table", "image", "equation", "sub_title",
                             "table_caption", "image_caption", "unknown"});
  std::set<Rgb> distinct;
  for (const auto& [label, colour] : many) distinct.insert(colour);
  EXPECT_EQ(distinct.size(), many.size());
  EXPECT_EQ(many.at("text"), (Rgb{0x33, 0x22, 0x88}));
  EXPECT_EQ(colours({"title"}).at("title"), many.at("title"));
  EXPECT_EQ(colours({"odd", "text"}), colours({"text", "odd"}));
  const auto unknown = colours({"a", "b", "c", "d", "e", "f", "text"});
  distinct.clear();
  for (const auto& [label, colour] : unknown) distinct.insert(colour);
  EXPECT_EQ(distinct.size(), unknown.size());
}

TEST(Overlay, DrawsOnlyOutlineAndTag) {
  const Image page = filled(1000, 1000, 255);
  const Image drawn = draw_boxes(page, Boxes{{"text", {200, 300, 600, 700}}});
  const Rgb text = {0x33, 0x22, 0x88};
  EXPECT_EQ(pixel(drawn, 200, 500), text);
  EXPECT_EQ(pixel(drawn, 599, 500), text);
  EXPECT_EQ(pixel(drawn, 400, 300), text);
  EXPECT_EQ(pixel(drawn, 400, 699), text);
  EXPECT_EQ(pixel(drawn, 400, 500), (Rgb{255, 255, 255}));
  EXPECT_EQ(pixel(drawn, 201, 296), text);  // the tag, above the box
  EXPECT_EQ(pixel(drawn, 700, 500), (Rgb{255, 255, 255}));
  EXPECT_EQ(draw_boxes(page, {}), page);
}

TEST(Overlay, KeepsAnythingOnThePage) {
  const int far = std::numeric_limits<int>::max();
  const Boxes boxes = {{"text", {-far, -far, far, far}},
                       {"title\nof two \u4f60\xff lines", {far, far, -far, -far}},
                       {std::string(1000, 'x'), {90, 90, 90, 90}},
                       {"", {500, 500, 600, 600}}};
  for (const auto& [width, height] : {std::pair{100, 80}, {1, 1}, {2000, 3}, {3, 2000}}) {
    const Image drawn = draw_boxes(filled(width, height, 9), boxes);
    EXPECT_EQ(drawn.width, width);
    EXPECT_EQ(drawn.rgb.size(), static_cast<std::size_t>(width * height * 3));
  }
  EXPECT_EQ(draw_boxes(Image{}, boxes), Image{});
}

TEST(Overlay, CropsWhatIsOnThePage) {
  Image page = filled(4, 3, 0);
  for (std::size_t i = 0; i < page.rgb.size(); ++i) page.rgb[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(crop(page, {0, 0, 4, 3}), page);
  EXPECT_EQ(crop(page, {-5, -5, 99, 99}), page);
  EXPECT_EQ(crop(page, {1, 1, 3, 2}), (Image{2, 1, {15, 16, 17, 18, 19, 20}}));
  EXPECT_EQ(crop(page, {2, 1, 2, 3}), std::nullopt);
  EXPECT_EQ(crop(page, {3, 1, 2, 3}), std::nullopt);
  EXPECT_EQ(crop(page, {4, 0, 9, 3}), std::nullopt);
}

}  // namespace
}  // namespace dsocr::data

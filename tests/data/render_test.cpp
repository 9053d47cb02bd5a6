#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "data/render/renderer.h"
#include "data/render/typeset.h"
#include "tests/data/render_texts.h"
#include "tests/support/thrown.h"

namespace dsocr::data {
namespace {

using test::config_of;
using test::contains;
using test::kProse;
using test::repeated;
using test::thrown_message;

PageStyle small_style() {
  return draw_style(config_of(R"({"page": {"width": [400], "height": [300],
                                             "margin": [20]}, "font": {"px": [14]}})"),
                    0);
}

// Pixels darker than the threshold within a box of the grid.
std::int64_t ink_in(const Image& image, const std::array<std::uint16_t, 4>& box) {
  std::int64_t ink = 0;
  for (std::int64_t y = box[1] * image.height / 999; y * 999 < box[3] * image.height; ++y)
    for (std::int64_t x = box[0] * image.width / 999; x * 999 < box[2] * image.width; ++x)
      ink += image.rgb[static_cast<std::size_t>((y * image.width + x) * 3)] < 128 ? 1 : 0;
  return ink;
}

TEST(Typeset, BlocksHoldTheInkOfTheirText) {
  const auto elements =
      parse_markdown("# Title\n\n" + std::string(kProse) +
                     "\n\n- one\n- two\n\n---\n\n| a | b |\n|---|---|\n| c | d |");
  PageStyle style = small_style();
  style.height = 0;
  const RenderedPage page = render(elements, style, configs::VisionMode::kBase);
  std::vector<std::string> categories;
  std::int64_t in_boxes = 0;
  for (const Block& block : page.blocks) {
    categories.push_back(block.category);
    in_boxes += ink_in(page.image, block.box);
    EXPECT_GT(ink_in(page.image, block.box), 0) << block.category;
  }
  EXPECT_EQ(categories, (std::vector<std::string>{"title", "text", "list", "rule", "table"}));
  EXPECT_EQ(page.blocks[1].text, kProse);
  EXPECT_EQ(page.blocks[2].text, "one\ntwo");
  EXPECT_LE(std::abs(in_boxes - ink_in(page.image, {0, 0, 999, 999})), 3);  // boxes are on a grid
}

// What fonts a thread keeps is replaced now and then; a page that was set before is still drawn.
TEST(Typeset, PagesDoNotDependOnThoseBefore) {
  PageStyle style = small_style();
  const auto elements = parse_plain(kProse, true);
  const Typesetter typesetter;
  const SetPage first = typesetter.set(elements, style);
  const Image image = draw(first, style);
  for (int i = 0; i < 150; ++i) {
    PageStyle other = style;
    other.font_px = 10 + 0.05 * i;
    typesetter.set(elements, other);
  }
  EXPECT_EQ(draw(first, style), image);
  EXPECT_EQ(draw(typesetter.set(elements, style), style), image);
}

TEST(Typeset, FillsColumnsInReadingOrder) {
  PageStyle style = small_style();
  style.columns = 2;
  const auto elements = parse_plain(repeated(kProse, 6), true);
  const SetPage page = thread_typesetter().set(elements, style);
  EXPECT_LT(page.end, (Place{elements.size(), 0}));
  EXPECT_GT(page.end, (Place{1, 0}));
  std::string text;
  double middle = 0;
  for (const SetBlock& block : page.blocks) {
    text += (text.empty() ? "" : " ") + block.text;
    middle = std::max(middle, block.box.left);
  }
  EXPECT_GT(middle, style.width / 2 - 5);
  EXPECT_TRUE(single_blanks(repeated(kProse, 6)).starts_with(text));
}

TEST(Typeset, BalancesColumnsOfAPageAsHighAsItsText) {
  PageStyle style = small_style();
  style.height = 0;
  const auto elements = parse_plain(repeated(kProse, 4), true);
  const double one = thread_typesetter().set(elements, style).height;
  style.columns = 2;
  style.column_gap = 0;
  style.width = 2 * 360 + 40;
  const double two = thread_typesetter().set(elements, style).height;
  EXPECT_NEAR(two - 40, (one - 40) / 2, 30);
}

TEST(Typeset, RightToLeftBeginsAtTheRight) {
  const auto elements = parse_plain("\u05e9\u05dc\u05d5\u05dd", true);
  const SetPage page = thread_typesetter().set(elements, small_style());
  EXPECT_NEAR(page.blocks[0].box.right, 380, 6);
  EXPECT_GT(page.blocks[0].box.left, 200);
}

TEST(Typeset, VerticalWritingStandsAtTheRight) {
  PageStyle style = small_style();
  style.writing = Writing::kVertical;
  style.language = "ja";
  const auto elements = parse_plain("\u4e16\u754c\u4eba\u6743", true);
  const RenderedPage page = render(elements, style, configs::VisionMode::kBase, {.glyphs = true});
  ASSERT_EQ(page.blocks.size(), 5u);
  const auto& box = page.blocks[0].box;
  EXPECT_GT(box[0], 850);
  EXPECT_GT(box[3] - box[1], 3 * (box[2] - box[0]));
  // One below the other.
  for (std::size_t i = 2; i < 5; ++i) EXPECT_GE(page.blocks[i].box[1], page.blocks[i - 1].box[3]);
}

// Every glyph's box has ink in it, and glyphs in their order are the text.
TEST(Typeset, GlyphsSpellTheText) {
  for (const std::string& text :
       {std::string("office of a page, by AVA"),
        std::string("\u05e9\u05dc\u05d5\u05dd 12 ok (\u05d0\u05d1)."),
        std::string("\u0939\u093f\u0928\u094d\u0926\u0940 \u0915\u094d\u0937")}) {
    const RenderedPage page = render(parse_plain(text, true), small_style(),
                                     configs::VisionMode::kBase, {.glyphs = true});
    std::string spelled;
    for (const Block& block : page.blocks) {
      if (block.category != "glyph") continue;
      EXPECT_EQ(block.order, -1);
      EXPECT_GT(ink_in(page.image, {static_cast<std::uint16_t>(block.box[0] - 2),
                                    static_cast<std::uint16_t>(block.box[1] - 2),
                                    static_cast<std::uint16_t>(block.box[2] + 2),
                                    static_cast<std::uint16_t>(block.box[3] + 2)}),
                0)
          << text << ": " << block.text;
      spelled += block.text;
    }
    std::string letters = text;
    std::erase(letters, ' ');
    EXPECT_EQ(spelled, letters);
  }
}

// The box of the last letter of a line would have a hyphen in it, which is not in the text.
TEST(Typeset, LinesThatBreakAWordHaveNoHyphen) {
  const RenderedPage page = render(parse_plain(std::string(200, 'n'), true), small_style(),
                                   configs::VisionMode::kBase, {.glyphs = true});
  std::set<int> tops, widths;
  for (const Block& block : page.blocks) {
    if (block.category != "glyph") continue;
    tops.insert(block.box[1]);
    widths.insert(block.box[2] - block.box[0]);
  }
  EXPECT_GT(tops.size(), 1u);
  EXPECT_LE(*widths.rbegin() - *widths.begin(), 2);
}

TEST(Typeset, NamesACharacterThatNoFontHas) {
  EXPECT_PRED2(contains, thrown_message([] {
                 render(parse_plain("abc \U000F0000", true), small_style(),
                        configs::VisionMode::kBase);
               }),
               "no installed font has the character U+F0000");
}

TEST(Degrade, BoxesFollowASkew) {
  PageStyle style = small_style();
  style.degrade = {.skew = 1, .seed = 3};
  const RenderedPage page = render(parse_plain("Short line of text", true), style,
                                   configs::VisionMode::kBase, {.glyphs = true});
  EXPECT_GE(ink_in(page.image, page.blocks[0].box), ink_in(page.image, {0, 0, 999, 999}) - 2);
  style.degrade.skew = 0;
  const RenderedPage straight = render(parse_plain("Short line of text", true), style,
                                       configs::VisionMode::kBase, {.glyphs = true});
  const auto height = [](const Block& block) { return block.box[3] - block.box[1]; };
  EXPECT_GT(height(page.blocks[0]), height(straight.blocks[0]) + 15);
}

TEST(Degrade, EachKindChangesThePictureTheSameWayEveryTime) {
  const PageStyle style = small_style();
  const auto elements = parse_plain(kProse, true);
  const Image clean = render(elements, style, configs::VisionMode::kBase).image;
  EXPECT_EQ(degrade(clean, {.seed = 5}).image, clean);
  double strongest = 0;
  for (auto member : {&Degradation::scan, &Degradation::texture, &Degradation::light,
                      &Degradation::skew, &Degradation::blur, &Degradation::noise}) {
    const auto difference = [&](double strength, std::uint64_t seed) {
      Degradation degradation{.seed = seed};
      degradation.*member = strength;
      const Image image = degrade(clean, degradation).image;
      EXPECT_EQ(image, degrade(clean, degradation).image);
      double sum = 0;
      for (std::size_t i = 0; i < image.rgb.size(); ++i)
        sum += std::abs(image.rgb[i] - clean.rgb[i]);
      return sum / static_cast<double>(image.rgb.size());
    };
    EXPECT_GT(difference(0.2, 5), 0.05);
    EXPECT_GT(difference(1, 5), 1.1 * difference(0.2, 5));
    strongest = std::max(strongest, difference(1, 5));
  }
  EXPECT_GT(strongest, 5);
}

}  // namespace
}  // namespace dsocr::data

#include "data/text/grounding.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "data/error.h"
#include "tests/support/read_json.h"
#include "tests/support/thrown.h"

namespace dsocr::data {
namespace {

using Boxes = std::vector<Box>;

TEST(Grounding, AgreesWithTheOfficialCode) {
  for (const auto& page : test::read_json(test::golden_dir() / "tables" / "postprocess.json")) {
    const auto text = page["input"].get<std::string>();
    auto refs = nlohmann::json::array();
    auto boxes = nlohmann::json::array();
    for (const Reference& reference : find_references(text)) {
      refs.push_back({reference.label, reference.det});
      EXPECT_EQ(text.substr(reference.begin, reference.end - reference.begin),
                "<|ref|>" + reference.label + "<|/ref|><|det|>" + reference.det + "<|/det|>");
      for (const Box& box : reference.boxes) {
        const Box pixels = to_pixels(box, page["image_width"].get<std::int64_t>(),
                                     page["image_height"].get<std::int64_t>());
        boxes.push_back(
            {{"label", reference.label}, {"box", {pixels.x1, pixels.y1, pixels.x2, pixels.y2}}});
      }
    }
    EXPECT_EQ(refs, page["refs"]);
    EXPECT_EQ(boxes, page["boxes"]);
  }
}

TEST(Grounding, ParsesBoxesStrictly) {
  EXPECT_EQ(parse_boxes("[[1, 2, 3, 4]]"), (Boxes{{1, 2, 3, 4}}));
  EXPECT_EQ(parse_boxes(" [[0,0,999,999] ,\n[007, 8, 9, 10]] "),
            (Boxes{{0, 0, 999, 999}, {7, 8, 9, 10}}));
  // What comes before a bad box is kept.
  EXPECT_EQ(parse_boxes("[[1, 2, 3, 4], [5, 6, 7], [5, 6, 7, 8]]"), (Boxes{{1, 2, 3, 4}}));
  EXPECT_EQ(parse_boxes("[[1, 2, 3, 4], [5, 6, 7, 8, 9]]"), (Boxes{{1, 2, 3, 4}}));
  EXPECT_EQ(parse_boxes("[[1, 2, 3, 4], []]"), (Boxes{{1, 2, 3, 4}}));
  EXPECT_EQ(parse_boxes("[[1, 2, 3, 4], [5, 6, 7, 1000]]"), (Boxes{{1, 2, 3, 4}}));
  EXPECT_EQ(parse_boxes("[[1, 2, 3, 99999999999999999999999]]"), Boxes{});
  // Text that is no such list has none.
  for (const char* bad :
       {"", "[]", "[", "[[1, 2, 3, 4]", "[[1, 2, 3, 4], [5, 6", "[[1, 2, 3, 4]]]", "[1, 2, 3, 4]",
        "[[1 2 3 4]]", "[[1, 2, 3, -4]]", "[[1.0, 2, 3, 4]]", "[[1, 2, 3, 4],]", "[[1, 2, 3, 4,]]",
        "[[1, 2, 3, 4]] + x", "__import__('os')", "[[[1, 2, 3, 4]]]", "((1, 2, 3, 4))"}) {
    EXPECT_EQ(parse_boxes(bad), Boxes{}) << bad;
  }
}

TEST(Grounding, PixelsAreCutToWholeOnes) {
  EXPECT_EQ(to_pixels({0, 1, 998, 999}, 1000, 2339), (Box{0, 2, 998, 2339}));
  EXPECT_EQ(to_pixels({500, 500, 500, 500}, 1, 0), (Box{0, 0, 0, 0}));
}

TEST(Grounding, ReferencesEndAtTheNearestTags) {
  const std::string text =
      "<|ref|>lost <|ref|>a<|/ref|> b<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|><|/det|>"
      "<|/ref|><|det|><|/det|><|ref|><|/ref|><|det|><|/det|><|ref|>open<|/ref|><|det|>";
  const auto found = find_references(text);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].label, "lost <|ref|>a<|/ref|> b");
  EXPECT_EQ(found[0].boxes, (Boxes{{1, 2, 3, 4}}));
  EXPECT_EQ(found[1].label, "");
  EXPECT_EQ(found[1].det, "");
}

TEST(Grounding, RoundTrip) {
  for (const std::string label : {"", "text", "two\nlines", "\xff", "<|ref|>", "a<|/ref|>",
                                  "<|/ref|><|det|", "<|/det|>", "\u56fe"}) {
    for (const Boxes& boxes :
         {Boxes{}, Boxes{{0, 1, 22, 999}}, Boxes{{9, 8, 7, 6}, {5, 5, 5, 5}}}) {
      const std::string text = format_reference(label, boxes);
      const auto found = find_references(text);
      ASSERT_EQ(found.size(), 1U) << text;
      EXPECT_EQ(found[0].label, label);
      EXPECT_EQ(found[0].boxes, boxes);
      EXPECT_EQ(found[0].end, text.size());
    }
  }
  EXPECT_EQ(format_reference("title", Boxes{{72, 51, 904, 120}}),
            "<|ref|>title<|/ref|><|det|>[[72, 51, 904, 120]]<|/det|>");
  EXPECT_EQ(test::thrown_message([] {
              format_reference("a", Boxes{{0, 0, 0, 1000}});
            }),
            "a box has 1000, which is not in 0..999");
  EXPECT_EQ(test::thrown_message([] { format_reference("<|/ref|><|det|>", Boxes{}); }),
            "a label may not contain <|/ref|><|det|>");
}

// Each of these takes minutes when every opening tag looks for its end anew.
TEST(Grounding, TakesLinearTimeOnAnyText) {
  const auto repeated = [](const std::string& text, std::size_t bytes) {
    std::string all;
    while (all.size() < bytes) all += text;
    return all;
  };
  constexpr std::size_t kBytes = 4'000'000;
  EXPECT_TRUE(find_references(repeated("<|ref|>", kBytes)).empty());
  EXPECT_TRUE(find_references(repeated("<|ref|><|/ref|><|det|>", kBytes)).empty());
  EXPECT_TRUE(find_references(repeated("<|ref|><|/det|>", kBytes)).empty());
  const std::string empty = "<|ref|><|/ref|><|det|>[<|/det|>";
  EXPECT_EQ(find_references(repeated(empty, empty.size() * 100'000)).size(), 100'000U);
  EXPECT_TRUE(parse_boxes(repeated("[", kBytes)).empty());
  EXPECT_EQ(parse_boxes("[" + repeated("[1,2,3,4],", kBytes) + "[1,2,3,4]]").size(), 400'001U);
}

}  // namespace
}  // namespace dsocr::data

// The parts of PP-OCR that need no network.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "data/label/ppocr/join_layout.h"
#include "data/label/ppocr/line_crop.h"
#include "data/label/ppocr/line_words.h"
#include "data/label/ppocr/text_detector.h"
#include "data/label/ppocr/text_page.h"
#include "data/label/ppocr/text_recogniser.h"

namespace dsocr::data {
namespace {

using Texts = std::vector<std::string>;

TEST(PpocrPlanes, AreBlueGreenRedWithZerosBeside) {
  cv::Mat rgb(1, 2, CV_8UC3);
  rgb.at<cv::Vec3b>(0, 0) = {255, 51, 0};
  rgb.at<cv::Vec3b>(0, 1) = {0, 0, 102};
  const Planes planes = to_planes(rgb, {{0.5, 0.2, 0}, {0.5, 1, 0.25}}, 2, 3);
  EXPECT_EQ(planes.height, 2U);
  EXPECT_EQ(planes.width, 3U);
  const std::vector<float> expected = {
      -1, -0.2F, 0, 0, 0, 0,   // blue: (0 - .5) / .5, (.4 - .5) / .5
      0,  -0.2F, 0, 0, 0, 0,   // green: (.2 - .2) / 1, (0 - .2) / 1
      4,  0,     0, 0, 0, 0};  // red: 1 / .25, 0
  ASSERT_EQ(planes.values.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(planes.values[i], expected[i], 1e-6);
}

// Python's round() takes halves to even numbers.
TEST(PpocrTextPage, GridHasMultiplesOf32) {
  EXPECT_EQ(scaled_to_grid({100, 48}, 1), cv::Size(96, 64));  // 3.1 and 1.5 steps
  EXPECT_EQ(scaled_to_grid({80, 3}, 1), cv::Size(64, 32));    // 2.5 and .1 steps
  EXPECT_EQ(scaled_to_grid({8000, 4000}, 0.25), cv::Size(1984, 992));
}

Image grey_page(std::int64_t width, std::int64_t height) {
  Image page{.width = width, .height = height};
  page.rgb.assign(static_cast<std::size_t>(width * height * 3), 200);
  return page;
}

TEST(PpocrTextPage, MakesLargePagesSmallerAndFindsTheWayBack) {
  const TextPage page(grey_page(4000, 1000));
  EXPECT_EQ(page.rgb().size(), cv::Size(1984, 512));  // 62.5 and 15.6 steps
  const cv::Point2f place = page.on_page({992, 256});
  EXPECT_NEAR(place.x, 2000, 0.01);
  EXPECT_NEAR(place.y, 500, 0.01);
  EXPECT_EQ(page.on_page({2000, -3}), cv::Point2f(4000, 0));
}

TEST(PpocrTextPage, SetsBlackAboveAndBelowAStrip) {
  const TextPage page(grey_page(640, 40));           // 16 times as wide as high
  ASSERT_EQ(page.rgb().size(), cv::Size(640, 160));  // twice 640 / 8
  EXPECT_EQ(page.rgb().at<cv::Vec3b>(59, 0), cv::Vec3b(0, 0, 0));
  EXPECT_EQ(page.rgb().at<cv::Vec3b>(60, 0), cv::Vec3b(200, 200, 200));
  EXPECT_EQ(page.rgb().at<cv::Vec3b>(100, 0), cv::Vec3b(0, 0, 0));
  EXPECT_EQ(page.on_page({10, 70}), cv::Point2f(10, 10));
}

// 41 x 11 pixels after dilation, 40 x 10 from middle to middle, grow by 400 * 1.6 / 100 = 6.4,
// which is 6 in whole pixels; the map is half as large as the page.
TEST(PpocrDetector, GrowsWhatItIsSureOf) {
  cv::Mat probability = cv::Mat::zeros(100, 200, CV_32F);
  probability(cv::Rect(60, 40, 40, 10)) = 0.9F;
  const auto lines = find_lines(probability, {400, 200});
  ASSERT_EQ(lines.size(), 1U);
  const Quad expected = {cv::Point2f(108, 68), {212, 68}, {212, 112}, {108, 112}};
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_LE(cv::norm(lines[0].at(i) - expected.at(i)), 3) << lines[0].at(i);
}

TEST(PpocrDetector, LeavesOutWhatIsSmallOrUnsure) {
  cv::Mat probability = cv::Mat::zeros(100, 200, CV_32F);
  EXPECT_TRUE(find_lines(probability, {200, 100}).empty());
  probability(cv::Rect(10, 10, 2, 2)) = 0.9F;    // small
  probability(cv::Rect(60, 10, 40, 10)) = 0.4F;  // above the threshold of pixels, not of lines
  EXPECT_TRUE(find_lines(probability, {200, 100}).empty());
}

// Each pixel says where it is: red its column, green its row.
cv::Mat map_of_places(int width, int height) {
  cv::Mat picture(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      picture.at<cv::Vec3b>(y, x) = {static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(y), 0};
  return picture;
}

TEST(PpocrCrop, OfALevelLineIsThePartOfThePage) {
  const LineCrop crop =
      cut_out(map_of_places(200, 100), {cv::Point2f(20, 30), {120, 30}, {120, 50}, {20, 50}});
  ASSERT_EQ(crop.rgb.size(), cv::Size(100, 20));
  EXPECT_EQ(crop.rgb.at<cv::Vec3b>(0, 0), cv::Vec3b(20, 30, 0));
  EXPECT_EQ(crop.rgb.at<cv::Vec3b>(10, 40), cv::Vec3b(60, 40, 0));
  EXPECT_LT(cv::norm(to_page(crop, {40, 10}) - cv::Point2f(60, 40)), 0.01);
}

// As high as 1.5 times its width: laid down with its top at the left... of the page's right side
// up.
TEST(PpocrCrop, LaysUprightLinesOnTheirLeftSide) {
  const LineCrop crop =
      cut_out(map_of_places(200, 100), {cv::Point2f(20, 30), {40, 30}, {40, 60}, {20, 60}});
  ASSERT_EQ(crop.rgb.size(), cv::Size(30, 20));
  // Its left top corner was the right top one on the page.
  EXPECT_NEAR(crop.rgb.at<cv::Vec3b>(0, 0)[0], 39, 1);
  EXPECT_NEAR(crop.rgb.at<cv::Vec3b>(0, 0)[1], 30, 1);
  EXPECT_LT(cv::norm(to_page(crop, {0, 0}) - cv::Point2f(40, 30)), 0.01);
  EXPECT_LT(cv::norm(to_page(crop, {30, 20}) - cv::Point2f(20, 60)), 0.01);
}

TEST(PpocrCrop, TurnsAndKnowsTheWayBack) {
  const LineCrop crop =
      cut_out(map_of_places(200, 100), {cv::Point2f(20, 30), {120, 30}, {120, 50}, {20, 50}});
  const LineCrop turned = half_turned(crop);
  EXPECT_EQ(turned.rgb.at<cv::Vec3b>(0, 0), cv::Vec3b(119, 49, 0));
  EXPECT_LT(cv::norm(to_page(turned, {0, 0}) - cv::Point2f(120, 50)), 0.01);
}

// Classes: nothing, a, b. Steps: a a - a b b -.
TEST(PpocrBestPath, JoinsRunsAndLeavesOutNothing) {
  const std::vector<std::string> characters = {"", "a", "b"};
  const std::vector<float> probabilities = {.1F, .8F, .1F, .3F, .6F, .1F, .9F, .1F, 0, .2F, .7F,
                                            .1F, 0,   .1F, .9F, .4F, .1F, .5F, 1,   0, 0};
  const auto read = best_path(probabilities, characters, 70);
  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read[0], (ReadCharacter{"a", .8F, 2}));
  EXPECT_EQ(read[1], (ReadCharacter{"a", .7F, 32}));
  EXPECT_EQ(read[2], (ReadCharacter{"b", .9F, 42}));
  EXPECT_TRUE(best_path({}, characters, 70).empty());
}

std::vector<ReadCharacter> spread(const Texts& characters) {
  std::vector<ReadCharacter> read;
  for (const auto& character : characters)
    read.push_back({character, 0.5F, 10 * static_cast<float>(read.size()) + 5});
  return read;
}

Texts words_of(const LineWords& line) {
  Texts words;
  for (const auto& word : line.words)
    words.push_back(line.text.substr(word.begin, word.end - word.begin));
  return words;
}

TEST(PpocrWords, EndAtBlanksAndBetweenScripts) {
  const auto line = split_words(spread({" ", "a", "b", " ", " ", "c", ",", "\u4f60", "\u597d", "3",
                                        "\u3002", "x", "\u3000", "(", "\u4f60", ")", " "}),
                                170);
  EXPECT_EQ(line.text, "ab c,\u4f60\u597d3\u3002x (\u4f60)");
  EXPECT_EQ(words_of(line), (Texts{"ab", "c,", "\u4f60\u597d3\u3002", "x", "(\u4f60)"}));
}

TEST(PpocrWords, HaveTheirPlaceAndTheMeanOfTheirCharacters) {
  auto read = spread({"a", "b", " ", "c"});
  read[0].probability = 1;
  const auto line = split_words(read, 60);
  ASSERT_EQ(line.words.size(), 2U);
  // From three quarters of 10 before 5, at the edge, to two thirds of the way from 15 to 25.
  EXPECT_FLOAT_EQ(line.words[0].from, 0);
  EXPECT_FLOAT_EQ(line.words[0].to, 15 + 20 / 3.0F);
  EXPECT_FLOAT_EQ(line.words[0].confidence, 0.75F);
  EXPECT_FLOAT_EQ(line.words[1].from, 35 - 20 / 3.0F);
  EXPECT_FLOAT_EQ(line.words[1].to, 42.5F);
  EXPECT_FLOAT_EQ(line.confidence, 0.625F);
}

TEST(PpocrWords, OfNothingOrBlanksAreNone) {
  EXPECT_EQ(split_words({}, 10), LineWords{});
  const auto line = split_words(spread({" ", "\u3000"}), 20);
  EXPECT_TRUE(line.text.empty());
  EXPECT_TRUE(line.words.empty());
}

LabelLine line_at(const std::string& text, float left, float top, float right, float bottom) {
  return {.text = text, .box = {left, top, right, bottom}, .confidence = 0.8F, .words = {}};
}

// Categories with their texts: "title: a b".
Texts outline(const PageLabels& labels) {
  Texts all;
  for (const auto& region : labels.regions) {
    all.push_back(region.category + ":");
    for (const auto& line : region.lines) all.back() += " " + line.text;
  }
  return all;
}

TEST(PpocrLayout, TakesLinesThatItCovers) {
  const std::vector<LabelLine> lines = {
      line_at("a", 10, 10, 200, 30), line_at("c", 10, 90, 200, 110), line_at("b", 10, 60, 200, 80)};
  const std::vector<LayoutPart> parts = {
      {"title", {8, 12, 190, 28}, 0.9F},
      {"text", {10, 62, 200, 104}, 0.7F},
      {"text", {10, 300, 200, 400}, 0.9F},  // nothing was read there
      {"image", {10, 500, 200, 700}, 0.6F}};
  const auto labels = join_layout(lines, parts);
  EXPECT_EQ(outline(labels), (Texts{"title: a", "text: b c", "image:"}));
  // A text is where its lines are, an image where the network saw it.
  EXPECT_EQ(labels.regions[0].box, (PixelBox{10, 10, 200, 30}));
  EXPECT_EQ(labels.regions[1].box, (PixelBox{10, 60, 200, 110}));
  EXPECT_EQ(labels.regions[1].confidence, 0.7F);
  EXPECT_EQ(labels.regions[2].box, (PixelBox{10, 500, 200, 700}));
}

TEST(PpocrLayout, MakesParagraphsOfOtherLines) {
  // Two lines, a gap, a paragraph of two, one that begins with an indent, large print.
  const auto labels = join_layout(
      {line_at("a", 10, 10, 300, 30), line_at("b", 10, 32, 280, 52), line_at("c", 10, 70, 300, 90),
       line_at("d", 10, 92, 300, 112), line_at("e", 40, 114, 300, 134),
       line_at("f", 10, 136, 200, 156), line_at("G", 10, 158, 300, 198)},
      {});
  EXPECT_EQ(outline(labels), (Texts{"text: a b", "text: c d", "text: e f", "text: G"}));
  EXPECT_EQ(labels.regions[0].box, (PixelBox{10, 10, 300, 52}));
  EXPECT_FLOAT_EQ(labels.regions[0].confidence, 0.8F);
}

TEST(PpocrLayout, DividesATextIntoParagraphs) {
  const auto labels = join_layout({line_at("a", 10, 10, 300, 30), line_at("b", 10, 32, 280, 52),
                                   line_at("c", 40, 54, 300, 74), line_at("d", 10, 76, 200, 96)},
                                  std::vector<LayoutPart>{{"text", {5, 5, 305, 100}, 0.6F}});
  EXPECT_EQ(outline(labels), (Texts{"text: a b", "text: c d"}));
  EXPECT_EQ(labels.regions[0].confidence, 0.6F);
  EXPECT_EQ(labels.regions[1].confidence, 0.6F);
}

// A line that was found in two pieces; a wide gap parts.
TEST(PpocrLayout, JoinsPiecesOfARow) {
  EXPECT_EQ(outline(join_layout({line_at("c", 10, 32, 300, 52), line_at("b", 130, 12, 300, 32),
                                 line_at("a", 10, 10, 120, 30)},
                                {})),
            Texts{"text: a b c"});
  EXPECT_EQ(
      outline(join_layout({line_at("a", 10, 10, 120, 30), line_at("b", 200, 10, 300, 30)}, {})),
      (Texts{"text: a", "text: b"}));
}

TEST(PpocrLayout, ReadsTablesByRows) {
  const auto labels = join_layout({line_at("d", 110, 42, 200, 60), line_at("a", 10, 10, 100, 30),
                                   line_at("c", 10, 40, 100, 60), line_at("b", 110, 12, 200, 32)},
                                  std::vector<LayoutPart>{{"table", {0, 0, 300, 300}, 0.9F}});
  EXPECT_EQ(outline(labels), Texts{"table: a b c d"});
}

// The smaller of two parts that cover a line all has it.
TEST(PpocrLayout, GivesCaptionsWhatIsTheirs) {
  const auto labels =
      join_layout({line_at("in", 50, 50, 100, 60), line_at("below", 20, 250, 200, 270)},
                  std::vector<LayoutPart>{{"image", {0, 0, 300, 300}, 0.9F},
                                          {"image_caption", {15, 245, 210, 275}, 0.8F}});
  EXPECT_EQ(outline(labels), (Texts{"image: in", "image_caption: below"}));
}

TEST(PpocrLayout, LeavesOutPartsThatSurerOnesTakeThePlaceOf) {
  const std::vector<LabelLine> lines = {line_at("a", 10, 10, 200, 30),
                                        line_at("b", 10, 40, 200, 60)};
  EXPECT_EQ(outline(join_layout(lines, std::vector<LayoutPart>{{"title", {5, 5, 205, 65}, 0.6F},
                                                               {"text", {5, 6, 205, 66}, 0.9F}})),
            Texts{"text: a b"});
  // Two surer ones cover the third.
  EXPECT_EQ(outline(join_layout(lines, std::vector<LayoutPart>{{"text", {5, 5, 205, 65}, 0.6F},
                                                               {"title", {5, 5, 205, 34}, 0.8F},
                                                               {"text", {5, 36, 205, 66}, 0.9F}})),
            (Texts{"title: a", "text: b"}));
}

std::vector<LabelLine> prose_lines(std::size_t count, float left) {
  std::vector<LabelLine> lines;
  for (std::size_t i = 0; i < count; ++i) {
    const float top = 10 + 22 * static_cast<float>(i);
    lines.push_back(
        line_at(std::string(1, static_cast<char>('a' + i)), left, top, left + 180, top + 20));
  }
  return lines;
}

TEST(PpocrLayout, TakesNoProseForAnImageOrATable) {
  const auto lines = prose_lines(5, 10);
  EXPECT_EQ(outline(join_layout(lines, std::vector<LayoutPart>{{"image", {0, 0, 900, 900}, 0.9F}})),
            Texts{"text: a b c d e"});
  // A table may hold prose unless it is full of it.
  EXPECT_EQ(outline(join_layout(lines, std::vector<LayoutPart>{{"table", {0, 0, 900, 900}, 0.9F}})),
            Texts{"table: a b c d e"});
  EXPECT_EQ(outline(join_layout(lines, std::vector<LayoutPart>{{"table", {0, 0, 200, 130}, 0.9F}})),
            Texts{"text: a b c d e"});
}

TEST(PpocrLayout, TrustsASurerTextWithinATable) {
  const auto lines = prose_lines(3, 10);
  EXPECT_EQ(outline(join_layout(lines, std::vector<LayoutPart>{{"table", {0, 0, 300, 300}, 0.6F},
                                                               {"text", {5, 5, 195, 80}, 0.9F}})),
            Texts{"text: a b c"});
}

TEST(PpocrLayout, OfAnEmptyPageIsEmpty) { EXPECT_EQ(join_layout({}, {}), PageLabels{}); }

TEST(PpocrLayout, OverlapIsToWhatBothCover) {
  EXPECT_DOUBLE_EQ(intersection_over_union({0, 0, 10, 10}, {5, 0, 15, 10}), 50 / 150.0);
  EXPECT_DOUBLE_EQ(intersection_over_union({0, 0, 10, 10}, {20, 0, 30, 10}), 0);
  EXPECT_DOUBLE_EQ(intersection_over_union({0, 0, 0, 0}, {0, 0, 0, 0}), 0);
}

}  // namespace
}  // namespace dsocr::data

#include "data/label/text_layer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "data/corpora/pdf_pages.h"
#include "data/error.h"
#include "data/image/decode.h"
#include "data/label/layer_lines.h"
#include "data/label/layer_regions.h"
#include "data/label/titles.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"
#include "tests/support/tiny_pdf.h"

namespace dsocr::data {
namespace {

constexpr const char* kA4 = "0 0 595 842";

// The labels of the one page of a PDF, as `dsocr data pack` takes it.
PageLabels labels_of_pdf(const std::string& pdf) {
  const test::TempDir dir;
  const auto file = dir.write("page.pdf", pdf);
  const PdfPages pages({{file, "page", {file}}}, 144);
  const Page page = pages.page(0);
  const Image image = decode_image(
      {reinterpret_cast<const std::uint8_t*>(page.image.data()), page.image.size()}, page.id);
  return open_text_layer("")->label(image, page);
}

// A line of text at a place in points from the bottom left.
std::string show(double x, double y, double size, const std::string& text) {
  return "BT /F " + std::to_string(size) + " Tf " + std::to_string(x) + " " + std::to_string(y) +
         " Td (" + text + ") Tj ET\n";
}

// Lines end with a line break, regions with two.
std::string text_of(const PageLabels& labels) {
  std::string text;
  for (const LabelRegion& region : labels.regions) {
    if (!text.empty()) text += '\n';
    for (const LabelLine& line : region.lines) text += line.text + '\n';
  }
  return text;
}

constexpr const char* kLines[] = {"All human beings are born free and equal in dignity",
                                  "and rights. They are endowed with reason",
                                  "and conscience and should act towards one another",
                                  "in a spirit of brotherhood."};

// Four lines of a paragraph, the topmost at y.
std::string paragraph(double x, double y, double size, double indent = 0) {
  std::string content;
  for (size_t i = 0; i < std::size(kLines); ++i)
    content +=
        show(x + (i == 0 ? indent : 0), y - 1.2 * size * static_cast<double>(i), size, kLines[i]);
  return content;
}

std::string paragraph_text() {
  std::string text;
  for (const char* line : kLines) text += std::string(line) + "\n";
  return text;
}

TEST(TextLayer, JoinsWordsToLinesAndParagraphs) {
  const PageLabels labels =
      labels_of_pdf(test::one_page_pdf(paragraph(50, 700, 10) + paragraph(50, 640, 10), kA4));
  EXPECT_EQ(text_of(labels), paragraph_text() + "\n" + paragraph_text());
  ASSERT_EQ(labels.regions.size(), 2U);
  const LabelRegion& region = labels.regions[0];
  EXPECT_EQ(region.category, "text");
  EXPECT_FLOAT_EQ(region.confidence, 0.95F);
  // 50 points of 595 are 100 pixels of 1190 at 144 dpi; the grid has steps of 1.2 pixels.
  EXPECT_NEAR(region.box.left, 100, 1.3);
  EXPECT_NEAR(region.box.top, 2 * (842 - 700 - 8), 6);
  const LabelLine& line = region.lines.at(1);
  ASSERT_EQ(line.words.size(), 7U);
  EXPECT_EQ(line.text.substr(line.words[1].begin, line.words[1].end - line.words[1].begin),
            "rights.");
  EXPECT_GT(line.words[1].box.left, line.words[0].box.right);
  EXPECT_FLOAT_EQ(line.words[1].confidence, 0.95F);
}

TEST(TextLayer, AnIndentedLineBeginsAParagraph) {
  const PageLabels labels = labels_of_pdf(
      test::one_page_pdf(paragraph(50, 700, 10, 15) + paragraph(50, 700 - 4 * 12, 10, 15), kA4));
  EXPECT_EQ(text_of(labels), paragraph_text() + "\n" + paragraph_text());
}

TEST(TextLayer, AnItemOfAListIsOne) {
  const PageLabels labels = labels_of_pdf(
      test::one_page_pdf(show(50, 700, 10, "1. All human beings are born free and equal in") +
                             show(65, 688, 10, "dignity and rights, and are endowed with") +
                             show(65, 676, 10, "reason and conscience."),
                         kA4));
  EXPECT_EQ(labels.regions.size(), 1U) << text_of(labels);
}

TEST(TextLayer, ReadsColumnsUnderATitle) {
  const PageLabels labels = labels_of_pdf(
      test::one_page_pdf(show(180, 780, 20, "Of human rights") + paragraph(310, 700, 10) +
                             paragraph(50, 700, 10) + paragraph(50, 640, 10),
                         kA4));
  EXPECT_EQ(text_of(labels), "Of human rights\n\n" + paragraph_text() + "\n" + paragraph_text() +
                                 "\n" + paragraph_text());
  ASSERT_EQ(labels.regions.size(), 4U);
  EXPECT_EQ(labels.regions[0].category, "title");
  EXPECT_EQ(labels.regions[1].category, "text");
  EXPECT_LT(labels.regions[2].box.right, labels.regions[3].box.left);
}

// The grid's steps are 0.6 points wide; the blanks of this type are 1.1.
TEST(TextLayer, SmallTypeKeepsItsBlanks) {
  const PageLabels labels = labels_of_pdf(test::one_page_pdf(paragraph(51.3, 700, 4), kA4));
  EXPECT_EQ(text_of(labels), paragraph_text());
}

TEST(TextLayer, ExponentsAndChangesOfFontStayInTheirLine) {
  const PageLabels labels = labels_of_pdf(test::one_page_pdf(
      "BT /F 10 Tf 50 700 Td (E = mc) Tj /F 7 Tf 4 Ts (2) Tj /F 10 Tf 0 Ts ( is known) Tj ET",
      kA4));
  EXPECT_EQ(text_of(labels), "E = mc2 is known\n");
}

// Letters A to Z of the font stand for Hebrew letters, as its table says.
std::string hebrew_pdf(const std::string& content) {
  const std::string table =
      "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /T def\n"
      "1 begincodespacerange <00> <ff> endcodespacerange\n"
      "2 beginbfrange <20> <40> <0020> <41> <5a> <05d0> endbfrange\n"
      "endcmap end end";
  return test::pdf_of({"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
                       std::string("<</Type/Page/Parent 2 0 R/MediaBox[") + kA4 +
                           "]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
                       test::pdf_stream(content),
                       "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>",
                       test::pdf_stream(table)});
}

// The page shows, from the left: "(12-15 " and "CBA" and, after a gap, "FED". Read from the right:
// DEF, then ABC, the number as it stands.
TEST(TextLayer, RightToLeftIsInLogicalOrder) {
  const PageLabels labels = labels_of_pdf(hebrew_pdf(show(50, 700, 12, "12-15 CBA, FED")));
  const std::string def = "\u05d3\u05d4\u05d5", abc = "\u05d0\u05d1\u05d2";
  EXPECT_EQ(text_of(labels), def + " ," + abc + " 12-15\n");
  ASSERT_EQ(labels.regions.size(), 1U);
  const LabelLine& line = labels.regions[0].lines.at(0);
  EXPECT_EQ(line.text.substr(line.words[0].begin, line.words[0].end - line.words[0].begin), def);
  EXPECT_GT(line.words.front().box.left, line.words.back().box.right);
  size_t end = 0;
  for (const LabelWord& word : line.words) {
    EXPECT_GE(word.begin, end);
    EXPECT_LE(word.end, line.text.size());
    end = word.end;
  }
}

LayerWord word(const char32_t* text, float left, float right, float top = 0, float bottom = 10) {
  return {text, {left, top, right, bottom}, 0.5F};
}

std::vector<std::string> texts(const std::vector<LayerLine>& lines) {
  std::vector<std::string> all;
  for (const LayerLine& line : lines) all.push_back(line.line.text);
  return all;
}

using Texts = std::vector<std::string>;

TEST(LayerLines, BlanksStandWhereGapsAre) {
  EXPECT_EQ(texts(layer_lines(std::vector{word(U"a", 0, 10), word(U"b", 13, 20)}, 1)),
            Texts{"a b"});
  EXPECT_EQ(texts(layer_lines(std::vector{word(U"a", 0, 10), word(U"b", 10, 20)}, 1)), Texts{"ab"});
  // Less than a tenth of the height.
  EXPECT_EQ(texts(layer_lines(std::vector{word(U"a", 0, 10), word(U"b", 10.9F, 20)}, 1)),
            Texts{"ab"});
  // Chinese has none.
  EXPECT_EQ(texts(layer_lines(std::vector{word(U"\u4eba", 0, 10), word(U"\u751f", 13, 20)}, 1)),
            Texts{"\u4eba\u751f"});
  EXPECT_EQ(texts(layer_lines(std::vector{word(U"\u4eba", 0, 10), word(U"x", 13, 20)}, 1)),
            Texts{"\u4eba x"});
}

TEST(LayerLines, EndAtWideGapsAndBelow) {
  EXPECT_EQ(texts(layer_lines(std::vector{word(U"a", 0, 10), word(U"b", 26, 30)}, 1)),
            (Texts{"a", "b"}));
  EXPECT_EQ(texts(layer_lines(std::vector{word(U"a", 0, 10), word(U"b", 12, 20, 6, 16)}, 1)),
            (Texts{"a", "b"}));
  // What touches belongs together, wherever Poppler has it.
  EXPECT_EQ(
      texts(layer_lines(
          std::vector{word(U"a", 0, 10), word(U"below", 0, 50, 12, 22), word(U"b", 12, 20)}, 1)),
      (Texts{"a b", "below"}));
  EXPECT_EQ(layer_lines({}, 1).size(), 0U);
}

TEST(LayerLines, MixedDirections) {
  // In a line of Latin text two Hebrew words stand in reverse.
  const std::vector<LayerWord> latin{word(U"see", 0, 30), word(U"\u05d3\u05d2", 35, 50),
                                     word(U"\u05d1\u05d0", 55, 70), word(U"there", 75, 100)};
  EXPECT_EQ(texts(layer_lines(latin, 1)), Texts{"see \u05d0\u05d1 \u05d2\u05d3 there"});
  // Letters beyond 16 bits, and a word whose pieces are read apart from each other.
  const std::vector<LayerLine> lines =
      layer_lines(std::vector{word(U"\U0001E902\U0001E901 1\u05d0", 0, 40)}, 1);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_TRUE(lines[0].right_to_left);
  EXPECT_EQ(lines[0].line.text, "\u05d01 \U0001E901\U0001E902");
}

TEST(Titles, AreShortAndHigh) {
  const std::vector<std::vector<float>> heights{
      {20}, std::vector<float>(9, 10.0F), {20, 20, 20, 20}, {20, 10}, {}, {15, 16}};
  EXPECT_EQ(find_titles(heights, {1.5F}),
            (std::vector<bool>{true, false, false, false, false, true}));
  EXPECT_EQ(find_titles(heights, {1.5F, 5}),
            (std::vector<bool>{true, false, false, false, false, false}));
  EXPECT_EQ(find_titles(heights, {2}),
            (std::vector<bool>{true, false, false, false, false, false}));
  EXPECT_TRUE(find_titles({}, {2}).empty());
}

// A page of 999 x 999 pixels with ink everywhere: pixels are the grid.
constexpr std::int64_t kInked = 999;
Image inked_page() {
  Image image{kInked, kInked, std::vector<std::uint8_t>(kInked * kInked * 3, 255)};
  for (size_t i = 0; i < image.rgb.size(); i += 30) image.rgb[i] = 0;
  return image;
}

Block block(const std::string& text, std::array<std::uint16_t, 4> box) {
  return {.category = "word", .box = box, .text = text, .labeller = "pdf text layer"};
}

std::vector<float> confidences(const std::vector<Block>& blocks) {
  std::vector<float> all;
  for (const LabelRegion& region :
       open_text_layer("")->label(inked_page(), {.blocks = blocks}).regions)
    for (const LabelLine& line : region.lines)
      for (const LabelWord& one : line.words) all.push_back(one.confidence);
  return all;
}

TEST(TextLayer, GarbageIsNotTrusted) {
  const std::string broken = "\ufffd\ue000\x01";  // 3 characters
  EXPECT_EQ(confidences({block("abcdefg", {0, 0, 100, 20})}), (std::vector<float>{0.95F}));
  // 3 of 30 characters of the page are garbage: 0.95 (1 - 0.2), and of the word 3 of 6.
  const std::vector<float> some = confidences({block("abcdefghijklmnopqrstuvwx", {0, 0, 100, 20}),
                                               block("abc" + broken, {110, 0, 150, 20})});
  ASSERT_EQ(some.size(), 2U);
  EXPECT_NEAR(some[0], 0.95 * 0.8, 1e-6);
  EXPECT_NEAR(some[1], 0.95 * 0.8 * 0.5, 1e-6);
  // Half of it, and all of it.
  EXPECT_EQ(confidences({block("abc" + broken, {0, 0, 100, 20})}), (std::vector<float>{0}));
  EXPECT_EQ(confidences({block(broken, {0, 0, 100, 20})}), (std::vector<float>{0}));
}

TEST(TextLayer, WordsThatCannotBeSeenAreLeftOut) {
  Image image = inked_page();
  std::fill_n(image.rgb.begin() + 500 * kInked * 3, 499 * kInked * 3, std::uint8_t{250});
  const Page page{.blocks = {block("abcdefghi", {0, 0, 100, 20}),
                             block("white", {0, 600, 100, 620}),     // no ink there
                             block("outside", {999, 0, 999, 20})}};  // moved to the edge
  const PageLabels labels = open_text_layer("")->label(image, page);
  EXPECT_EQ(text_of(labels), "abcdefghi\n");
  // 12 of 21 characters are not there.
  EXPECT_EQ(labels.regions.at(0).confidence, 0);
}

TEST(TextLayer, OtherPagesHaveNoLabels) {
  const auto labeller = open_text_layer("");
  EXPECT_EQ(labeller->label(inked_page(), {}), PageLabels{});
  Block glyph = block("a", {0, 0, 100, 20});
  glyph.category = "glyph";
  Block other = block("a", {0, 0, 100, 20});
  other.labeller = "tesseract-5.3";
  EXPECT_EQ(labeller->label(inked_page(), {.blocks = {glyph, other}}), PageLabels{});
  EXPECT_EQ(labeller->label(inked_page(), {.blocks = {block(" \t", {0, 0, 100, 20})}}),
            PageLabels{});
  EXPECT_EQ(labels_of_pdf(test::one_page_pdf("0 0 300 300 re f", kA4)), PageLabels{});
  // One pixel.
  const Image dot{1, 1, {0, 0, 0}};
  EXPECT_EQ(labeller->label(dot, {.blocks = {block("a", {0, 0, 999, 999})}}), PageLabels{});
}

TEST(TextLayer, SaysWhatItIs) {
  EXPECT_EQ(open_text_layer("")->info(), (LabellerInfo{.name = "text_layer", .version = "1"}));
  EXPECT_EQ(test::thrown_message([] { open_text_layer("eng"); }), "text_layer takes no arguments");
}

}  // namespace
}  // namespace dsocr::data

#include "data/label/tesseract.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <thread>

#include "configs/process.h"
#include "data/error.h"
#include "data/image/encode.h"
#include "data/label/tesseract_engine.h"
#include "data/label/tesseract_languages.h"
#include "data/random.h"
#include "data/render/renderer.h"
#include "tests/data/render_texts.h"
#include "tests/support/temp_dir.h"

namespace dsocr::data {
namespace {

using test::kProse;

bool has_language(const std::string& language) {
  return std::filesystem::exists(tesseract_file(tesseract_folder(), language));
}

// Skips a test whose languages are not all there.
#define DSOCR_REQUIRE_LANGUAGE(language) \
  if (!has_language(language)) GTEST_SKIP() << "needs " << tesseract_package(language)

// A4 at 144 dpi.
constexpr double kDpi = 144;
constexpr const char* kSentence = "All human beings are born free and equal in dignity.";

RenderedPage page_of(const std::string& text, PageStyle style = {}) {
  style.dpi = kDpi;
  return render(parse_plain(text, true), style, configs::VisionMode::kBase, {.line_breaks = true});
}

PageLabels labels_of(const Image& image, const std::string& languages) {
  return open_tesseract(languages)->label(image, {});
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

std::vector<LabelLine> lines_of(const PageLabels& labels) {
  std::vector<LabelLine> lines;
  for (const LabelRegion& region : labels.regions)
    lines.insert(lines.end(), region.lines.begin(), region.lines.end());
  return lines;
}

bool within(const PixelBox& inner, const PixelBox& outer) {
  return inner.left >= outer.left && inner.top >= outer.top && inner.right <= outer.right &&
         inner.bottom <= outer.bottom;
}

Image plain_image(std::int64_t width, std::int64_t height, std::uint8_t level) {
  return {width, height, std::vector<std::uint8_t>(static_cast<size_t>(width * height * 3), level)};
}

Image noise(std::int64_t width, std::int64_t height) {
  Image image = plain_image(width, height, 0);
  Random random(1);
  for (std::uint8_t& level : image.rgb) level = static_cast<std::uint8_t>(random.below(256));
  return image;
}

// Turned to the right by a quarter.
Image turned(const Image& image) {
  Image result = plain_image(image.height, image.width, 0);
  for (std::int64_t y = 0; y < image.height; ++y)
    for (std::int64_t x = 0; x < image.width; ++x)
      for (std::int64_t c = 0; c < 3; ++c)
        result.rgb[static_cast<size_t>((x * result.width + image.height - 1 - y) * 3 + c)] =
            image.rgb[static_cast<size_t>((y * image.width + x) * 3 + c)];
  return result;
}

void expect_sound(const PageLabels& labels, const Image& image) {
  const PixelBox page{0, 0, static_cast<float>(image.width), static_cast<float>(image.height)};
  for (const LabelRegion& region : labels.regions) {
    EXPECT_TRUE(within(region.box, page));
    EXPECT_NE(std::find(std::begin(kLabelCategories), std::end(kLabelCategories), region.category),
              std::end(kLabelCategories));
    for (const LabelLine& line : region.lines) {
      EXPECT_TRUE(within(line.box, region.box)) << line.text;
      std::string text;
      std::size_t end = 0;
      for (const LabelWord& word : line.words) {
        EXPECT_TRUE(within(word.box, line.box)) << line.text;
        EXPECT_LT(word.begin, word.end);
        ASSERT_LE(word.end, line.text.size());
        EXPECT_GE(word.confidence, 0);
        EXPECT_LE(word.confidence, 1);
        ASSERT_GE(word.begin, end);
        text += line.text.substr(end, word.end - end);
        EXPECT_EQ(line.text.substr(word.begin, word.end - word.begin).find(' '), std::string::npos);
        end = word.end;
      }
      EXPECT_EQ(text, line.text);  // nothing stands behind the last word
    }
  }
}

TEST(Tesseract, ReadsWordsWithBoxesAndConfidences) {
  const RenderedPage page = page_of(kProse);
  const PageLabels labels = labels_of(page.image, "eng");
  expect_sound(labels, page.image);
  EXPECT_EQ(text_of(labels), page.text + "\n");
  ASSERT_EQ(labels.regions.size(), 1U);
  const LabelRegion& region = labels.regions[0];
  EXPECT_EQ(region.category, "text");
  EXPECT_GT(region.confidence, 0.9);
  // The ink begins at the margin of 48 pixels at 96 dpi, 72 pixels of the picture.
  EXPECT_NEAR(region.box.left, 72, 4);
  EXPECT_NEAR(region.box.top, 72, 20);
  const LabelLine& line = region.lines.at(0);
  ASSERT_GT(line.words.size(), 5U);
  EXPECT_EQ(line.text.substr(line.words[1].begin, line.words[1].end - line.words[1].begin),
            "human");
  EXPECT_GT(line.words[1].box.left, line.words[0].box.right);
}

TEST(Tesseract, KeepsHyphensDashesAndSigns) {
  const RenderedPage page = page_of(
      "The well-known state-of-the-art method; see pp. 12-15 and \"quoted\" words: it's "
      "3.5% of $1,000.");
  EXPECT_EQ(text_of(labels_of(page.image, "eng")), page.text + "\n");
}

// What the program prints of a picture: word, confidence, left, top, width, height.
std::vector<std::string> words_of_program(const Image& image, const std::string& languages) {
  const test::TempDir dir;
  const auto file = dir.path() / "page.png";
  write_png(file, image);
  const auto result = configs::run_process({"tesseract", file.string(), "stdout", "-l", languages,
                                            "--oem", "1", "--psm", "3", "--dpi", "300", "tsv"},
                                           "", {.variables = {{"OMP_THREAD_LIMIT", "1"}}});
  std::vector<std::string> words;
  std::istringstream lines(result.out);
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> cells;
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, '\t');) cells.push_back(cell);
    if (cells.size() != 12 || cells[0] != "5") continue;
    if (cells[11].find_first_not_of(' ') == std::string::npos) continue;
    std::ostringstream word;
    word << cells[11] << ' ' << std::lround(std::stod(cells[10]) * 10) << ' ' << cells[6] << ' '
         << cells[7] << ' ' << cells[8] << ' ' << cells[9];
    words.push_back(word.str());
  }
  return words;
}

std::vector<std::string> words_of(const PageLabels& labels) {
  std::vector<std::string> words;
  for (const LabelLine& line : lines_of(labels)) {
    for (const LabelWord& word : line.words) {
      std::ostringstream text;
      text << line.text.substr(word.begin, word.end - word.begin) << ' '
           << std::lround(word.confidence * 1000) << ' ' << word.box.left << ' ' << word.box.top
           << ' ' << word.box.right - word.box.left << ' ' << word.box.bottom - word.box.top;
      words.push_back(text.str());
    }
  }
  return words;
}

// A4 at 300 dpi, which is neither enlarged nor shrunk: the program sees the same picture.
Image a4_page() {
  PageStyle style{.font_px = 14, .dpi = 300, .columns = 2, .align = Alignment::kJustify};
  const std::string text = "# Of rights, in two columns\n\n" + test::repeated(kProse, 8);
  RenderedPage page = render(parse_markdown(text), style, configs::VisionMode::kBase);
  return std::move(page.image);
}

TEST(Tesseract, AgreesWithTheProgram) {
  if (configs::find_program("tesseract").empty()) GTEST_SKIP() << "needs tesseract-ocr";
  const Image image = a4_page();
  const std::vector<std::string> words = words_of(labels_of(image, "eng"));
  EXPECT_GT(words.size(), 200U);
  EXPECT_EQ(words, words_of_program(image, "eng"));
}

TEST(Tesseract, ReadsColumnsOneAfterTheOther) {
  std::string text;
  for (int i = 0; i < 30; ++i) text += "This is sentence number " + std::to_string(i) + ". ";
  const RenderedPage page = page_of(text, {.height = 0, .columns = 2});
  const PageLabels labels = labels_of(page.image, "eng");
  std::string read = text_of(labels);
  std::replace(read.begin(), read.end(), '\n', ' ');
  EXPECT_EQ(single_blanks(read), single_blanks(text));
  EXPECT_LT(lines_of(labels).front().box.right, lines_of(labels).back().box.left);
}

TEST(Tesseract, TellsTitlesByTheirHeight) {
  const std::string text = "# Of human rights\n\n" + test::repeated(kProse, 2);
  const RenderedPage page =
      render(parse_markdown(text), {.title_scale = 2, .dpi = kDpi}, configs::VisionMode::kBase);
  const PageLabels labels = labels_of(page.image, "eng");
  ASSERT_GE(labels.regions.size(), 2U);
  EXPECT_EQ(labels.regions[0].category, "title");
  EXPECT_EQ(labels.regions[0].lines.at(0).text, "Of human rights");
  for (size_t i = 1; i < labels.regions.size(); ++i) EXPECT_EQ(labels.regions[i].category, "text");
}

TEST(Tesseract, FindsPictures) {
  RenderedPage page = page_of(test::repeated(kProse, 6));
  // Below the text, with shades as of a photograph.
  const std::int64_t width = page.image.width;
  for (std::int64_t y = 1100; y < 1500; ++y) {
    for (std::int64_t x = 300; x < 900; ++x) {
      const double shade = 120 + 60 * std::sin(static_cast<double>(x) / 40) +
                           40 * std::cos(static_cast<double>(y) / 23);
      for (std::int64_t c = 0; c < 3; ++c)
        page.image.rgb[static_cast<size_t>((y * width + x) * 3 + c)] =
            static_cast<std::uint8_t>(shade);
    }
  }
  const PageLabels labels = labels_of(page.image, "eng");
  const auto picture =
      std::find_if(labels.regions.begin(), labels.regions.end(),
                   [](const LabelRegion& region) { return region.category == "image"; });
  ASSERT_NE(picture, labels.regions.end());
  EXPECT_NEAR(picture->box.left, 300, 20);
  EXPECT_NEAR(picture->box.bottom, 1500, 20);
  EXPECT_TRUE(picture->lines.empty());
  EXPECT_LT(picture->confidence, 0.5);
}

TEST(Tesseract, PagesMayLieOnAnySide) {
  const RenderedPage page = page_of(test::repeated(kProse, 2));
  const auto labeller = open_tesseract("eng");
  const std::vector<LabelLine> upright = lines_of(labeller->label(page.image, {}));
  ASSERT_EQ(upright.size(), 4U);
  const auto width = static_cast<float>(page.image.width);
  const auto height = static_cast<float>(page.image.height);
  Image image = page.image;
  for (int quarters = 1; quarters < 4; ++quarters) {
    image = turned(image);
    const PageLabels labels = labeller->label(image, {});
    expect_sound(labels, image);
    const std::vector<LabelLine> lines = lines_of(labels);
    ASSERT_EQ(lines.size(), upright.size()) << quarters;
    for (size_t i = 0; i < lines.size(); ++i) {
      EXPECT_EQ(lines[i].text, upright[i].text) << quarters;
      const PixelBox& box = upright[i].box;
      const PixelBox expected =
          quarters == 1 ? PixelBox{height - box.bottom, box.left, height - box.top, box.right}
          : quarters == 2
              ? PixelBox{width - box.right, height - box.bottom, width - box.left, height - box.top}
              : PixelBox{box.top, width - box.right, box.bottom, width - box.left};
      EXPECT_NEAR(lines[i].box.left, expected.left, 3) << quarters;
      EXPECT_NEAR(lines[i].box.top, expected.top, 3) << quarters;
      EXPECT_NEAR(lines[i].box.right, expected.right, 3) << quarters;
      EXPECT_NEAR(lines[i].box.bottom, expected.bottom, 3) << quarters;
    }
  }
}

TEST(Tesseract, DoesNotDependOnPagesBefore) {
  const bool chinese = has_language("chi_sim");
  const std::string languages = chinese ? "eng+chi_sim" : "eng";
  std::vector<Image> pages{page_of(kSentence).image, noise(100, 80),
                           turned(page_of(kSentence).image)};
  if (chinese) pages.push_back(page_of("\u4eba\u4eba\u751f\u800c\u81ea\u7531 all human").image);
  std::vector<PageLabels> alone;
  for (const Image& page : pages) alone.push_back(labels_of(page, languages));
  const auto labeller = open_tesseract(languages);
  for (size_t i = pages.size(); i-- > 0;) EXPECT_EQ(labeller->label(pages[i], {}), alone[i]) << i;
}

std::ptrdiff_t num_threads() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
}

TEST(Tesseract, SeveralWorkSideBySideOnOneThreadEach) {
  const std::vector<Image> pages{page_of(kSentence).image,
                                 page_of("No one shall be held in slavery or servitude.").image};
  std::vector<PageLabels> alone;
  const std::ptrdiff_t threads_before = num_threads();
  for (const Image& page : pages) alone.push_back(labels_of(page, "eng"));
  EXPECT_EQ(num_threads(), threads_before);
  std::vector<std::thread> threads;
  std::vector<std::vector<PageLabels>> labels(2);
  for (auto& own : labels)
    threads.emplace_back([&own, &pages] {
      const auto labeller = open_tesseract("eng");
      for (const Image& page : pages) own.push_back(labeller->label(page, {}));
    });
  for (std::thread& thread : threads) thread.join();
  for (const auto& own : labels)
    for (size_t i = 0; i < own.size(); ++i) EXPECT_EQ(own[i], alone[i]);
}

TEST(Tesseract, PagesWithoutTextHaveNoWords) {
  const auto labeller = open_tesseract("eng");
  testing::internal::CaptureStderr();
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 300}, {300, 1}, {2, 3}, {400, 500}})
    for (const std::uint8_t level : std::initializer_list<std::uint8_t>{0, 128, 255})
      EXPECT_EQ(labeller->label(plain_image(width, height, level), {}), PageLabels{})
          << width << "x" << height << " " << int{level};
  const Image rough = noise(200, 250);
  const PageLabels labels = labeller->label(rough, {});
  expect_sound(labels, rough);
  EXPECT_LT(words_of(labels).size(), 5U);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_THROW(labeller->label({}, {}), DataError);
}

// Tesseract itself refuses sides of 32,768 pixels and more.
TEST(Tesseract, LongPagesAreShrunk) {
  const Image text = page_of(kProse, {.font_px = 28, .height = 0}).image;
  Image page = plain_image(33'000, text.height, 255);
  const std::int64_t at = 31'000;
  for (std::int64_t y = 0; y < text.height; ++y)
    std::copy_n(text.rgb.begin() + y * text.width * 3, text.width * 3,
                page.rgb.begin() + (y * page.width + at) * 3);
  const PageLabels labels = labels_of(page, "eng");
  const std::vector<LabelLine> lines = lines_of(labels);
  ASSERT_FALSE(lines.empty());
  EXPECT_TRUE(lines[0].text.starts_with("All human beings")) << lines[0].text;
  EXPECT_NEAR(lines[0].box.left, 31'000 + 72, 8);
}

TEST(Tesseract, HebrewIsInLogicalOrder) {
  DSOCR_REQUIRE_LANGUAGE("heb");
  const RenderedPage page = page_of(
      "\u05db\u05dc \u05d1\u05e0\u05d9 \u05d0\u05d3\u05dd \u05e0\u05d5\u05dc\u05d3\u05d5 "
      "\u05d1\u05e0\u05d9 \u05d7\u05d5\u05e8\u05d9\u05df, \u05d1\u05e9\u05e0\u05ea 1948 "
      "(\u05e2\u05de\u05d5\u05d3 12-15).");
  const PageLabels labels = labels_of(page.image, "heb");
  expect_sound(labels, page.image);
  EXPECT_EQ(text_of(labels), page.text + "\n");
  const std::vector<LabelLine> lines = lines_of(labels);
  ASSERT_FALSE(lines.empty());
  // The first word stands at the right.
  EXPECT_GT(lines[0].words.front().box.left, lines[0].words.back().box.right);
}

TEST(Tesseract, MarksOfDirectionAreLeftOut) {
  DSOCR_REQUIRE_LANGUAGE("heb");
  const RenderedPage page = page_of(
      "All human beings are born free \u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd "
      "and equal in dignity and rights.");
  EXPECT_EQ(text_of(labels_of(page.image, "eng+heb")), page.text + "\n");
}

TEST(Tesseract, ArabicIsInLogicalOrder) {
  DSOCR_REQUIRE_LANGUAGE("ara");
  const RenderedPage page = page_of(
      "\u064a\u0648\u0644\u062f \u062c\u0645\u064a\u0639 \u0627\u0644\u0646\u0627\u0633 "
      "\u0645\u062a\u0633\u0627\u0648\u064a\u0646 \u0641\u064a "
      "\u0627\u0644\u0643\u0631\u0627\u0645\u0629 \u0648\u0627\u0644\u062d\u0642\u0648\u0642.");
  EXPECT_EQ(text_of(labels_of(page.image, "ara")), page.text + "\n");
}

TEST(Tesseract, ChineseHasNoBlanks) {
  DSOCR_REQUIRE_LANGUAGE("chi_sim");
  const RenderedPage page = page_of(
      "\u4eba\u4eba\u751f\u800c\u81ea\u7531\uff0c\u5728\u5c0a\u4e25\u548c\u6743\u5229"
      "\u4e0a\u4e00\u5f8b\u5e73\u7b49\u3002 OCR 2018",
      {.family = "Noto Sans CJK SC"});
  const PageLabels labels = labels_of(page.image, "chi_sim");
  expect_sound(labels, page.image);
  EXPECT_EQ(text_of(labels), page.text + "\n");
}

TEST(Tesseract, TheLanguageOfAPageDecides) {
  DSOCR_REQUIRE_LANGUAGE("rus");
  const RenderedPage russian = page_of(
      "\u0412\u0441\u0435 \u043b\u044e\u0434\u0438 \u0440\u043e\u0436\u0434\u0430\u044e\u0442\u0441"
      "\u044f \u0441\u0432\u043e\u0431\u043e\u0434\u043d\u044b\u043c\u0438.");
  const RenderedPage english = page_of(kSentence);
  const auto labeller = open_tesseract("");
  EXPECT_EQ(text_of(labeller->label(russian.image, {.language = "ru-RU"})), russian.text + "\n");
  EXPECT_EQ(text_of(labeller->label(english.image, {})), english.text + "\n");
  EXPECT_EQ(text_of(labeller->label(russian.image, {.language = "ru"})), russian.text + "\n");
  try {
    labeller->label(english.image, {.id = "page 3", .language = "tlh"});
    ADD_FAILURE() << "Klingon";
  } catch (const DataError& error) {
    EXPECT_STREQ(error.what(), "sample 'page 3': Tesseract does not read the language 'tlh'");
    EXPECT_TRUE(error.recoverable());
  }
}

}  // namespace
}  // namespace dsocr::data

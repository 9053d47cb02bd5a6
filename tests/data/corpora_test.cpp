#include "data/corpora/corpora.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "data/error.h"
#include "data/image/decode.h"
#include "tests/support/read_json.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"
#include "tests/support/tiny_pdf.h"

namespace dsocr::data {
namespace {

class Corpora : public testing::Test {
 protected:
  Corpora() { image_ = dir_.write("a.png", "the bytes of a.png"); }
  std::unique_ptr<Corpus> open(const std::string& format, const std::string& content) const {
    return open_corpus(format, dir_.write("source.json", content));
  }
  std::string page_error(const std::string& format, const std::string& content) const {
    const auto corpus = open(format, content);
    return test::thrown_message([&] { corpus->page(0); });
  }
  test::TempDir dir_;
  std::filesystem::path image_;
};

TEST_F(Corpora, TheTableHasNamesOnceAndRefusesOthers) {
  std::set<std::string> names;
  for (const CorpusFormat& format : corpus_formats()) {
    EXPECT_TRUE(names.insert(format.name).second) << format.name;
    EXPECT_THROW(open_corpus(format.name, dir_.path() / "none"), DataError) << format.name;
  }
  EXPECT_EQ(test::thrown_message([&] { open_corpus("json", image_); }),
            "no format 'json'; did you mean 'jsonl'?");
}

TEST_F(Corpora, JsonlTakesAllFields) {
  const std::string blocks =
      R"([{"category": "title", "box": [0, 1, 2, 999], "order": 4, "text": "t", )"
      R"("confidence": 0.25, "labeller": "me"}, {"category": "text", "box": [0, 0, 0, 0]}])";
  const auto corpus = open("jsonl", R"({"image": "a.png", "text": "one"})"
                                    "\n"
                                    R"({"image": "a.png", "text": "two", "id": "x", )"
                                    R"("language": "ur", "split": "train", "blocks": )" +
                                        blocks + "}\n");
  ASSERT_EQ(corpus->size(), 2u);
  EXPECT_EQ(corpus->id(0), "a.png");
  EXPECT_EQ(corpus->page(0).image, "the bytes of a.png");
  EXPECT_EQ(corpus->page(0).text, "one");
  const Page page = corpus->page(1);
  EXPECT_EQ(page.id, "x");
  EXPECT_EQ(page.language, "ur");
  EXPECT_EQ(page.split, "train");
  ASSERT_EQ(page.blocks.size(), 2u);
  EXPECT_EQ(page.blocks[0], (Block{"title", {0, 1, 2, 999}, 4, "t", 0.25f, "me"}));
  EXPECT_EQ(page.blocks[1].order, -1);
  EXPECT_TRUE(std::isnan(page.blocks[1].confidence));
}

TEST_F(Corpora, JsonlNamesWhatIsWrong) {
  EXPECT_NE(page_error("jsonl", R"({"image": "none.png", "text": ""})").find("none.png"),
            std::string::npos);
  EXPECT_NE(page_error("jsonl", R"({"image": "a.png"})").find("has no field 'text'"),
            std::string::npos);
  const auto block_error = [&](const std::string& block) {
    return page_error("jsonl", R"({"image": "a.png", "text": "", "blocks": [)" + block + "]}");
  };
  EXPECT_NE(block_error(R"({"box": [1, 2, 3]})").find("no box of four"), std::string::npos);
  EXPECT_NE(block_error(R"({"box": [1, 2, 3, 1000]})").find("a box has 1000"), std::string::npos);
  EXPECT_NE(block_error(R"({"box": [1, 2, 3, 4.5]})").find("a box has 4.5"), std::string::npos);
  EXPECT_NE(block_error(R"({"box": [1, 2, 3, 4], "order": "x"})").find("order \"x\""),
            std::string::npos);
}

TEST_F(Corpora, ChatTakesTheConversationsOfSeveralTools) {
  for (const char* record :
       {R"({"images": ["a.png"], "messages": [{"role": "user", "content": "<image>Free OCR."},
            {"role": "assistant", "content": "read"}]})",
        R"({"images": [{"path": "a.png"}], "messages": [{"role": "user", "content": "?"},
            {"role": "assistant", "content": "read"}]})",
        R"({"messages": [{"role": "user", "content": [{"type": "image", "image": "a.png"},
            {"type": "text", "text": "Free OCR."}]},
            {"role": "assistant", "content": [{"type": "text", "text": "read"}]}]})",
        R"({"image": "a.png", "conversations": [{"from": "human", "value": "<image>"},
            {"from": "gpt", "value": "read"}]})"}) {
    const auto corpus = open("chat", std::string("[") + record + "]");
    ASSERT_EQ(corpus->size(), 1u);
    const Page page = corpus->page(0);
    EXPECT_EQ(page.id, "a.png") << record;
    EXPECT_EQ(page.image, "the bytes of a.png");
    EXPECT_EQ(page.text, "read") << record;
  }
}

TEST_F(Corpora, ChatWantsOneImageAndOneAnswer) {
  EXPECT_NE(page_error("chat", R"([{"messages": [{"role": "assistant", "content": "x"}]}])")
                .find("record 1': has 0 images and 1 answers"),
            std::string::npos);
  EXPECT_NE(
      page_error("chat", R"([{"images": ["a.png"], "messages": 3}])").find("is not a conversation"),
      std::string::npos);
}

TEST_F(Corpora, OmniDocBenchBringsItsLayout) {
  std::filesystem::create_directory(dir_.path() / "images");
  std::filesystem::rename(image_, dir_.path() / "images" / "p.jpg");
  const auto corpus = open("omnidocbench", R"([{"page_info": {"image_path": "p.jpg",
    "width": 2000, "height": 1000, "page_attribute": {"language": "simplified_chinese"}},
    "layout_dets": [
      {"category_type": "text_block", "poly": [0, 500, 1000, 500, 1000, 1000, 0, 1000],
       "order": 2, "text": "second"},
      {"category_type": "title", "poly": [0, 0, 2000, 0, 2000, 100, 0, 100], "order": 1,
       "text": "first"},
      {"category_type": "table", "poly": [0, 0, 1, 0, 1, 1, 0, 1], "order": 3,
       "latex": "", "html": "<table>"},
      {"category_type": "page_number", "poly": [5, 5, 6, 5, 6, 6, 5, 6], "order": null,
       "text": "7"}]}])");
  const Page page = corpus->page(0);
  EXPECT_EQ(page.id, "p.jpg");
  EXPECT_EQ(page.language, "zh-Hans");
  EXPECT_EQ(page.text, "first\n\nsecond\n\n<table>");
  ASSERT_EQ(page.blocks.size(), 4u);
  EXPECT_EQ(page.blocks[0].box, (std::array<std::uint16_t, 4>{0, 500, 500, 999}));
  EXPECT_EQ(page.blocks[0].order, 1);
  EXPECT_EQ(page.blocks[1].box, (std::array<std::uint16_t, 4>{0, 0, 999, 100}));
  EXPECT_EQ(page.blocks[3].order, -1);
  EXPECT_EQ(page.blocks[3].labeller, "human");
  EXPECT_NE(page_error("omnidocbench", R"([{"image": "p.jpg"}])").find("is no page of"),
            std::string::npos);
}

TEST_F(Corpora, PdfPagesComeWithTheWordsOfTheirTextLayer) {
  dir_.write("b.pdf", test::one_page_pdf(""));
  std::filesystem::create_directory(dir_.path() / "a");
  dir_.write("a/1.pdf",
             test::one_page_pdf("BT /F 24 Tf 20 40 Td (Second page) Tj ET", "0 0 200 100"));
  const auto corpus = open_corpus("pdf", dir_.path(), {.dpi = 72});
  ASSERT_EQ(corpus->size(), 2u);
  EXPECT_EQ(corpus->id(0), "a/1.pdf#1");
  EXPECT_EQ(corpus->id(1), "b.pdf#1");
  EXPECT_TRUE(corpus->page(1).blocks.empty());
  const Page page = corpus->page(0);
  const Image image = decode_image(
      {reinterpret_cast<const std::uint8_t*>(page.image.data()), page.image.size()}, page.id);
  EXPECT_EQ(image.width, 200);
  EXPECT_EQ(image.height, 100);
  EXPECT_EQ(page.text, "Second page");  // Poppler's ends with a form feed
  ASSERT_EQ(page.blocks.size(), 2u);
  EXPECT_EQ(page.blocks[0].text, "Second");
  EXPECT_EQ(page.blocks[1].text, "page");
  EXPECT_EQ(page.blocks[1].category, "word");
  EXPECT_EQ(page.blocks[1].order, 1);
  const auto& [left, top, right, bottom] = page.blocks[0].box;
  // 24 points at (20, 40) of a page of 200 x 100: the word's middle.
  EXPECT_LT(left, 110);
  EXPECT_GT(right, 400);
  EXPECT_LT(top, 600);
  EXPECT_GT(bottom, 540);
}

TEST_F(Corpora, TextIsSetAsPages) {
  const auto corpus =
      open_corpus("text", dir_.write("a.md", "# Title\n\nSome words."), {.dpi = 96});
  ASSERT_EQ(corpus->size(), 1u);
  const Page page = corpus->page(0);
  EXPECT_EQ(page.text, "# Title\n\nSome words.");
  EXPECT_EQ(page.width, 794u);
  EXPECT_EQ(page.blocks.size(), 2u);
}

TEST_F(Corpora, APdfThatCannotBeReadIsOneBadPage) {
  dir_.write("bad.pdf", "not a PDF");
  const auto corpus = open_corpus("pdf", dir_.path());
  ASSERT_EQ(corpus->size(), 1u);
  EXPECT_NE(test::thrown_message([&] { corpus->page(0); }).find("is not a PDF"), std::string::npos);
}

TEST_F(Corpora, PageXmlBringsRegionsAndReadingOrder) {
  dir_.write("p.page.xml", R"(<?xml version="1.0" encoding="UTF-8"?>
<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15">
 <Metadata><Creator>Transkribus</Creator></Metadata>
 <Page imageFilename="scans/a.png" imageWidth="999" imageHeight="1998">
  <ReadingOrder><OrderedGroup id="g"><RegionRefIndexed index="0" regionRef="r2"/>
   <RegionRefIndexed index="1" regionRef="r1"/></OrderedGroup></ReadingOrder>
  <TextRegion id="r1" type="paragraph"><Coords points="10,20 110,20 110,220 10,220"/>
   <TextLine><TextEquiv><Unicode>one</Unicode></TextEquiv></TextLine>
   <TextLine><TextEquiv><Unicode>two &amp; three</Unicode></TextEquiv></TextLine></TextRegion>
  <TextRegion id="r2" type="heading"><Coords points="0,0 999,0 999,10"/>
   <TextEquiv conf="0.5"><Unicode>Title</Unicode></TextEquiv></TextRegion>
  <ImageRegion id="r3"><Coords points="5,1000 6,1002"/></ImageRegion>
 </Page></PcGts>)");
  const auto corpus = open_corpus("page", dir_.path());
  ASSERT_EQ(corpus->size(), 1u);
  const Page page = corpus->page(0);
  EXPECT_EQ(page.id, "p.page.xml");
  EXPECT_EQ(page.image, "the bytes of a.png");
  EXPECT_EQ(page.text, "Title\n\none\ntwo & three");
  ASSERT_EQ(page.blocks.size(), 3u);
  EXPECT_EQ(page.blocks[0], (Block{"heading", {0, 0, 999, 5}, 0, "Title", 0.5f, "Transkribus"}));
  EXPECT_EQ(page.blocks[1].category, "paragraph");
  EXPECT_EQ(page.blocks[1].box, (std::array<std::uint16_t, 4>{10, 10, 110, 110}));
  EXPECT_EQ(page.blocks[2].category, "ImageRegion");
  EXPECT_EQ(page.blocks[2].order, -1);
}

TEST_F(Corpora, AltoTakesBlocksInAnyUnit) {
  const auto file = dir_.write("a.xml", R"(<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#">
 <Description><MeasurementUnit>mm10</MeasurementUnit>
  <OCRProcessing><ocrProcessingStep><processingSoftware><softwareName>ABBYY</softwareName>
  </processingSoftware></ocrProcessingStep></OCRProcessing></Description>
 <Layout><Page WIDTH="2000" HEIGHT="1000">
  <TopMargin><TextBlock HPOS="0" VPOS="0" WIDTH="20" HEIGHT="10"><TextLine>
   <String CONTENT="7"/></TextLine></TextBlock></TopMargin>
  <PrintSpace><ComposedBlock>
   <TextBlock HPOS="200" VPOS="100" WIDTH="1000" HEIGHT="100">
    <TextLine><String CONTENT="Hello" WC="0.5"/><SP/><String CONTENT="wor" WC="1"/><HYP/></TextLine>
    <TextLine><String CONTENT="ld"/></TextLine></TextBlock>
   <Illustration HPOS="0" VPOS="500" WIDTH="2000" HEIGHT="500"/></ComposedBlock></PrintSpace>
 </Page></Layout></alto>)");
  const Page page = open_corpus("alto", file)->page(0);
  EXPECT_EQ(page.image, "the bytes of a.png");  // the one that is called like the file
  EXPECT_EQ(page.text, "Hello wor-\nld");
  ASSERT_EQ(page.blocks.size(), 3u);
  EXPECT_EQ(page.blocks[0].box, (std::array<std::uint16_t, 4>{100, 100, 599, 200}));
  EXPECT_EQ(page.blocks[0].confidence, 0.75f);
  EXPECT_EQ(page.blocks[0].labeller, "ABBYY");
  EXPECT_EQ(page.blocks[1].text, "7");
  EXPECT_EQ(page.blocks[1].order, -1);
  EXPECT_EQ(page.blocks[2].category, "figure");
}

TEST_F(Corpora, HocrTakesParagraphs) {
  const auto file = dir_.write("x.hocr", R"(<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><head><meta name='ocr-system' content='tesseract 5.3.0'/></head>
<body><div class='ocr_page' title='image "a.png"; bbox 0 0 999 999; ppageno 0'>
 <div class='ocr_carea' title="bbox 1 2 3 4"><p class='ocr_par' lang='eng' title="bbox 10 20 500 60">
  <span class='ocr_line' title="bbox 10 20 500 40"><span class='ocrx_word' title='bbox 1 1 2 2; x_wconf 90'>Hello</span>
   <span class='ocrx_word' title='bbox 1 1 2 2; x_wconf 70'><strong>big</strong></span></span>
  <span class='ocr_line' title="bbox 10 40 500 60"><span class='ocrx_word' title='bbox 1 1 2 2'>world</span></span>
 </p><p class='ocr_par' title="bbox 10 70 500 90"><span class='ocr_line' title="bbox 10 70 500 90">
  <span class='ocrx_word' title='bbox 1 1 2 2; x_wconf 95'> </span></span></p></div></div></body></html>)");
  const Page page = open_corpus("hocr", file)->page(0);
  EXPECT_EQ(page.image, "the bytes of a.png");
  EXPECT_EQ(page.text, "Hello big\nworld");
  ASSERT_EQ(page.blocks.size(), 1u);
  EXPECT_EQ(page.blocks[0].box, (std::array<std::uint16_t, 4>{10, 20, 500, 60}));
  EXPECT_FLOAT_EQ(page.blocks[0].confidence, 0.8f);
  EXPECT_EQ(page.blocks[0].labeller, "tesseract 5.3.0");
}

TEST_F(Corpora, XmlOfAnotherKindIsNamed) {
  const auto error = [&](const char* format, const std::string& content) {
    const auto corpus = open_corpus(format, dir_.write("a.xml", content));
    return test::thrown_message([&] { corpus->page(0); });
  };
  for (const char* format : {"page", "alto", "hocr"}) {
    EXPECT_NE(error(format, "<a><b></a>").find("is not XML"), std::string::npos) << format;
    EXPECT_NE(error(format, "").find("is not XML"), std::string::npos) << format;
    EXPECT_NE(error(format, "<other/>").find("a.xml: "), std::string::npos) << format;
  }
  EXPECT_NE(error("page", "<PcGts><Page/></PcGts>").find("says no size"), std::string::npos);
  EXPECT_NE(error("page", R"(<PcGts><Page imageWidth="9" imageHeight="9"><TextRegion>
    <Coords points="x"/></TextRegion></Page></PcGts>)")
                .find("has the points 'x'"),
            std::string::npos);
}

TEST_F(Corpora, FoxPagesAreThoseOfItsReader) {
  DSOCR_REQUIRE_SHARED("data/fox/en_page_ocr.json");
  const auto corpus = open_corpus("fox", test::shared_dir() / "data/fox");
  EXPECT_EQ(corpus->size(), 112u);
  const Page page = corpus->page(0);
  EXPECT_EQ(page.id, "en_1.png");
  EXPECT_EQ(page.image, read_file(test::shared_dir() / "data/fox/images/en_pdf_png/en_1.png"));
  EXPECT_NE(page.text.find("FREEDOM OF INFORMATION ACT"), std::string::npos);
}

}  // namespace
}  // namespace dsocr::data

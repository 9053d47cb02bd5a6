#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "data/hdf5/page_store.h"
#include "data/label/calibrate.h"
#include "data/label/target.h"
#include "tests/experiments/run_dsocr.h"
#include "tests/support/temp_dir.h"

namespace dsocr {
namespace {

using test::Outcome;
using test::run;

// Real engines on pages that are drawn with their texts.
class LabelCommand : public testing::Test {
 protected:
  LabelCommand() {
    setenv("DSOCR_LABELLER", DSOCR_LABELLER_PROGRAM, 1);
    const auto text = dir_.write(
        "text.txt",
        "The quick brown fox jumps over the lazy dog while seven wizards drink hot tea in the "
        "garden behind the old stone house near the river and talk about the weather of last "
        "winter, when snow lay on the hills until May and nobody could cross the bridge.\n");
    const Outcome rendered =
        run({"data", "render", text.string(), "--out", path("pages.h5"), "--tokens", "8",
             "--page.width", "500", "--page.height", "300", "--font.px", "28", "--language", "en"});
    EXPECT_EQ(rendered.status, 0) << rendered.err;
  }
  ~LabelCommand() override { unsetenv("DSOCR_LABELLER"); }

  std::string path(const std::string& name) const { return (dir_.path() / name).string(); }
  Outcome label(const std::string& with, const std::string& out) const {
    return run({"data", "label", path("pages.h5"), "--with", with, "--out", path(out)});
  }

  test::TempDir dir_;
};

TEST_F(LabelCommand, EnginesLabelTogether) {
  const Outcome labelled = label("ppocr,tesseract:eng", "labels.h5");
  ASSERT_EQ(labelled.status, 0) << labelled.err;
  EXPECT_NE(labelled.out.find("tesseract:eng 5."), std::string::npos) << labelled.out;
  const data::PageStore pages(path("pages.h5")), labels(path("labels.h5"));
  ASSERT_EQ(labels.num_pages(), pages.num_pages());
  ASSERT_GE(pages.num_pages(), 4u);
  std::size_t right = 0;
  for (std::uint64_t i = 0; i < labels.num_pages(); ++i) {
    const data::Page page = labels.page(i);
    EXPECT_EQ(page.id, pages.page(i).id);
    EXPECT_NE(page.meta.find("tesseract:eng 5."), std::string::npos) << page.meta;
    ASSERT_FALSE(page.blocks.empty());
    EXPECT_EQ(page.blocks[0].order, 0);
    EXPECT_EQ(page.blocks[0].labeller, "ppocr+tesseract");
    right += data::comparable(data::to_code_points(page.text)) ==
                     data::comparable(data::to_code_points(pages.page(i).text))
                 ? 1
                 : 0;
  }
  EXPECT_GE(right + 1, labels.num_pages());

  const Outcome report = run({"data", "label", "report", path("labels.h5"), "--pages",
                              path("pages.h5"), "--out", path("report"), "--pictures", "2"});
  EXPECT_EQ(report.status, 0) << report.err;
  EXPECT_NE(report.out.find("all together"), std::string::npos) << report.out;
  for (const char* file : {"report.html", "engines.csv", "by_language.csv", "pages/1.jpg"})
    EXPECT_TRUE(std::filesystem::exists(dir_.path() / "report" / file)) << file;
}

TEST_F(LabelCommand, GlyphsStandAboutWhereTheyWereDrawn) {
  const Outcome rendered =
      run({"data", "render", path("text.txt"), "--out", path("drawn.h5"), "--page.width", "500",
           "--page.height", "300", "--font.px", "28", "--glyphs", "true"});
  ASSERT_EQ(rendered.status, 0) << rendered.err;
  const Outcome labelled = run({"data", "label", path("drawn.h5"), "--with", "tesseract:eng",
                                "--glyphs", "--out", path("labels.h5")});
  ASSERT_EQ(labelled.status, 0) << labelled.err;
  const auto glyphs_of = [&](const std::string& store) {
    std::vector<data::Block> glyphs = data::PageStore(path(store)).page(0).blocks;
    std::erase_if(glyphs, [](const data::Block& block) { return block.category != "glyph"; });
    return glyphs;
  };
  const auto drawn = glyphs_of("drawn.h5"), found = glyphs_of("labels.h5");
  ASSERT_EQ(found.size(), drawn.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].text, drawn[i].text) << i;
    EXPECT_GT(found[i].confidence, 0.5) << i;
    // 999 are 500 pixels: less than the width of a letter.
    const auto left = (found[i].box[0] + found[i].box[2]) / 2,
               right = (drawn[i].box[0] + drawn[i].box[2]) / 2;
    EXPECT_NEAR(left, right, 30) << i << " " << drawn[i].text;
    EXPECT_LE(found[i].box[1], drawn[i].box[3]) << i;
    EXPECT_GE(found[i].box[3], drawn[i].box[1]) << i;
  }
}

TEST_F(LabelCommand, CalibrationSaysWhatIsKept) {
  // Ten pages and more, of which most are read without an error.
  const Outcome rendered =
      run({"data", "render", path("text.txt"), "--out", path("known.h5"), "--tokens", "4",
           "--page.width", "400", "--page.height", "200", "--font.px", "28", "--language", "en"});
  ASSERT_EQ(rendered.status, 0) << rendered.err;
  const Outcome calibrated = run({"data", "label", "calibrate", path("known.h5"), "--with",
                                  "tesseract:eng", "--out", path("calibration")});
  ASSERT_EQ(calibrated.status, 0) << calibrated.err;
  EXPECT_NE(calibrated.out.find("mean over characters, percent"), std::string::npos);
  const auto calibration = data::load_calibration(dir_.path() / "calibration/calibration.json");
  EXPECT_EQ(calibration.num_pages, data::PageStore(path("known.h5")).num_pages());
  EXPECT_EQ(calibration.engines.at(0).name, "tesseract:eng");
  EXPECT_TRUE(std::filesystem::exists(dir_.path() / "calibration/reliability.svg"));

  // As few pages cannot promise one error in a thousand: all is masked, nothing is lost.
  const Outcome strict = run({"data", "label", path("pages.h5"), "--with", "tesseract:eng",
                              "--calibration", path("calibration/calibration.json"),
                              "--target-error", "0.001", "--out", path("strict.h5")});
  ASSERT_EQ(strict.status, 0) << strict.err;
  EXPECT_NE(strict.out.find("nothing is kept"), std::string::npos) << strict.out;
  const data::PageStore labels(path("strict.h5"));
  for (std::uint64_t i = 0; i < labels.num_pages(); ++i) {
    const data::Page page = labels.page(i);
    EXPECT_FALSE(page.blocks.empty());
    EXPECT_EQ(data::noted_threshold(page.meta), 1);
  }

  const Outcome others =
      run({"data", "label", path("pages.h5"), "--with", "tesseract:eng,ppocr", "--calibration",
           path("calibration/calibration.json"), "--out", path("others.h5")});
  EXPECT_EQ(others.status, 1);
  EXPECT_NE(others.err.find("the calibration is of tesseract 5."), std::string::npos) << others.err;
  EXPECT_NE(others.err.find("not of ppocr openvino-"), std::string::npos) << others.err;
}

TEST_F(LabelCommand, TextsOfTheLanguageBelongToTheCalibration) {
  const auto other =
      dir_.write("other.txt", "Seven lazy dogs talk about the bridge by the river.\n");
  const Outcome rendered =
      run({"data", "render", path("text.txt"), "--out", path("known.h5"), "--tokens", "4",
           "--page.width", "400", "--page.height", "200", "--font.px", "28", "--language", "en"});
  ASSERT_EQ(rendered.status, 0) << rendered.err;
  const Outcome calibrated =
      run({"data", "label", "calibrate", path("known.h5"), "--with", "tesseract:eng", "--texts",
           other.string(), "--out", path("calibration")});
  ASSERT_EQ(calibrated.status, 0) << calibrated.err;
  const auto labelled = [&](const std::vector<std::string>& more, const std::string& out) {
    std::vector<std::string> line{"data",
                                  "label",
                                  path("pages.h5"),
                                  "--with",
                                  "tesseract:eng",
                                  "--calibration",
                                  path("calibration/calibration.json"),
                                  "--out",
                                  path(out)};
    line.insert(line.end(), more.begin(), more.end());
    return run(line);
  };
  EXPECT_EQ(labelled({"--texts", other.string()}, "same.h5").status, 0);
  for (const auto& more :
       {std::vector<std::string>{}, std::vector<std::string>{"--texts", path("text.txt")}}) {
    const Outcome outcome = labelled(more, "not.h5");
    EXPECT_EQ(outcome.status, 1);
    EXPECT_NE(outcome.err.find("made with other texts of the language"), std::string::npos)
        << outcome.err;
  }
  EXPECT_NE(labelled({"--texts", path("none.txt")}, "not.h5").err.find("none.txt"),
            std::string::npos);
}

TEST_F(LabelCommand, LabellersAreListed) {
  const Outcome listed = run({"ls"});
  EXPECT_EQ(listed.status, 0) << listed.err;
  for (const char* name : {"ppocr", "tesseract", "text-layer"})
    EXPECT_NE(listed.out.find("labeller   " + std::string(name)), std::string::npos) << listed.out;
}

TEST_F(LabelCommand, SaysWhatCannotBeOpened) {
  EXPECT_NE(label("tesseract:xyz", "a.h5").err.find("xyz"), std::string::npos);
  EXPECT_EQ(label("tesseract:xyz", "a.h5").status, 1);
  const Outcome unknown = label("teseract", "a.h5");
  EXPECT_NE(unknown.err.find("did you mean 'tesseract'?"), std::string::npos) << unknown.err;
  // A language of Debian without its data names the package.
  EXPECT_NE(label("tesseract:tha", "a.h5").err.find("apt-get install tesseract-ocr-tha"),
            std::string::npos);
  EXPECT_EQ(run({"data", "label", path("pages.h5")}).status, 2);
  EXPECT_FALSE(std::filesystem::exists(dir_.path() / "a.h5"));
}

}  // namespace
}  // namespace dsocr

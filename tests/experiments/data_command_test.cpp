#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "data/image/decode.h"
#include "data/image/encode.h"
#include "tests/experiments/run_dsocr.h"
#include "tests/support/temp_dir.h"

namespace dsocr {
namespace {

using test::Outcome;
using test::run;

class DataCommand : public testing::Test {
 protected:
  DataCommand() {
    for (int i = 0; i < 3; ++i) {
      data::Image image{40, 30, {}};
      image.rgb.assign(std::size_t{40} * 30 * 3, static_cast<std::uint8_t>(200 + i));
      data::write_png(dir_.path() / (std::to_string(i) + ".png"), image);
    }
    source_ = dir_.write("pages.jsonl", R"({"image": "0.png", "text": "zero"}
{"image": "1.png", "text": "one", "language": "en", "blocks": [{"category": "title", "box": [100, 100, 900, 500]}]}
{"image": "none.png", "text": "bad"}
{"image": "2.png", "text": "two"}
{"image": "0.png", "text": "zero again"}
)")
                  .string();
  }
  Outcome pack(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments{"data",  "pack",  source_, "--format",
                                       "jsonl", "--out", store_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
  test::TempDir dir_;
  std::string source_;
  const std::string store_ = (dir_.path() / "a.h5").string();
};

TEST_F(DataCommand, PackStopsAtABadPageAndResumesWithABudget) {
  const Outcome stopped = pack({});
  EXPECT_EQ(stopped.status, 1);
  EXPECT_NE(stopped.err.find("none.png"), std::string::npos) << stopped.err;
  EXPECT_FALSE(std::filesystem::exists(store_));
  const Outcome unfinished = run({"data", "inspect", store_});
  EXPECT_NE(unfinished.out.find("(unfinished)"), std::string::npos) << unfinished.out;

  EXPECT_NE(pack({"--max-bad", "1"}).err.find("resume it"), std::string::npos);
  const Outcome resumed = pack({"--max-bad", "1", "--resume"});
  EXPECT_EQ(resumed.status, 0) << resumed.err;
  EXPECT_EQ(resumed.out, "3 pages in " + store_ +
                             ", 1 of them now; 1 duplicates dropped; 1 bad pages skipped\n");
  EXPECT_NE(resumed.err.find("skipped: "), std::string::npos);
  EXPECT_EQ(run({"data", "verify", store_}).out, store_ + ": 3 pages, nothing wrong\n");
}

TEST_F(DataCommand, InspectShowsTheStoreAndItsPages) {
  ASSERT_EQ(pack({"--max-bad", "1", "--licence", "CC0", "--date", "2026-01-01"}).status, 0);
  const Outcome store = run({"data", "inspect", store_});
  EXPECT_NE(store.out.find("licence: CC0"), std::string::npos) << store.out;
  EXPECT_NE(store.out.find("date: 2026-01-01"), std::string::npos);
  EXPECT_NE(store.out.find("command: dsocr data pack"), std::string::npos);
  const std::string picture = (dir_.path() / "page.png").string();
  const Outcome page = run({"data", "inspect", store_, "--page", "1", "--out", picture});
  EXPECT_EQ(page.status, 0) << page.err;
  EXPECT_NE(page.out.find("40 x 30 pixels, png"), std::string::npos) << page.out;
  EXPECT_NE(page.out.find("title"), std::string::npos);
  EXPECT_EQ(data::read_image(picture).width, 40);
  EXPECT_EQ(run({"data", "inspect", store_, "--page", "3"}).status, 1);
}

TEST_F(DataCommand, StatsCountPagesTokensAndBlocks) {
  ASSERT_EQ(pack({"--max-bad", "1", "--split", "train"}).status, 0);
  const std::string out = (dir_.path() / "stats").string();
  const Outcome stats = run({"data", "stats", store_, "--out", out});
  EXPECT_EQ(stats.status, 0) << stats.err;
  EXPECT_NE(stats.out.find("(not said)      2"), std::string::npos) << stats.out;
  EXPECT_NE(stats.out.find("title         1"), std::string::npos) << stats.out;
  EXPECT_TRUE(std::filesystem::exists(out + "/tokens.svg"));
}

TEST_F(DataCommand, VerifyNamesTheBadPage) {
  ASSERT_EQ(pack({"--max-bad", "1"}).status, 0);
  {
    std::fstream file(store_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(12288 + 20);  // within the first image
    file.put('!');
  }
  const Outcome verify = run({"data", "verify", store_});
  EXPECT_EQ(verify.status, 1);
  EXPECT_EQ(verify.out, "page 0: the image's bytes are not those of its SHA-256\n");
}

TEST_F(DataCommand, ExportAndPackAgainGiveTheSamePages) {
  ASSERT_EQ(pack({"--max-bad", "1"}).status, 0);
  const std::string folder = (dir_.path() / "out").string(), again = store_ + ".again.h5";
  EXPECT_EQ(run({"data", "export", store_, "--out", folder}).out, "3 pages in " + folder + "\n");
  EXPECT_EQ(run({"data", "pack", folder + "/pages.jsonl", "--format", "jsonl", "--out", again}).out,
            "3 pages in " + again + "\n");
}

TEST_F(DataCommand, UnknownFormatsAndMissingSourcesAreNamed) {
  EXPECT_NE(run({"data", "pack", source_, "--format", "jason", "--out", store_})
                .err.find("no format 'jason'"),
            std::string::npos);
  EXPECT_NE(run({"data", "pack", "none", "--format", "jsonl", "--out", store_})
                .err.find("none: is not there"),
            std::string::npos);
}

TEST_F(DataCommand, RenderTakesEveryFieldAsAnOption) {
  const std::string text = dir_.write("text.txt", "A page of words.\n").string();
  const Outcome rendered =
      run({"data", "render", text, "--out", store_, "--font.px", "20,30", "--page.width", "300",
           "--page.height", "0", "--page.ink", "#102030,#302010", "--degrade.noise", "0.2",
           "--glyphs", "true", "--date", "2026-01-01"});
  EXPECT_EQ(rendered.status, 0) << rendered.err;
  EXPECT_EQ(rendered.out, "1 pages in " + store_ + "\n");
  const Outcome page = run({"data", "inspect", store_, "--page", "0"});
  EXPECT_NE(page.out.find("A page of words."), std::string::npos) << page.out;
  EXPECT_NE(page.out.find("image: 300 x "), std::string::npos);
  EXPECT_NE(page.out.find("glyph"), std::string::npos);
  EXPECT_NE(page.out.find("\"degrade\":{\"noise\":0.2}"), std::string::npos);
  EXPECT_EQ(run({"data", "verify", store_}).status, 0);
}

TEST_F(DataCommand, RenderTakesPresetsAndRefusesWhatIsNoField) {
  const Outcome random =
      run({"data", "render", "--config", "render/fox-distorted", "--text.generate", "random",
           "--pages", "2", "--tokens", "30", "--out", store_});
  EXPECT_EQ(random.status, 0) << random.err;
  const Outcome page = run({"data", "inspect", store_, "--page", "1"});
  EXPECT_NE(page.out.find("random#2"), std::string::npos) << page.out;
  EXPECT_NE(page.out.find("image: 900 x "), std::string::npos);
  EXPECT_EQ(run({"data", "render", source_, "--out", "x.h5", "--page.columns", "0"}).err,
            "dsocr: config: page.columns[0]: must be >= 1 and <= 50, found 0\n");
  EXPECT_EQ(run({"data", "render", source_, "--out", "x.h5", "--page.colums", "2"}).status, 2);
}

}  // namespace
}  // namespace dsocr

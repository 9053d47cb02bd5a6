#include "reports/plot.h"

#include <gtest/gtest.h>

#include "reports/files.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::reports {
namespace {

Figure sample() {
  return {"curve",
          "Title with \"quotes\"",
          "caption",
          {"tokens / tokens", {}, {}},
          {"precision_x, %", 50.0, 100.0},
          {{"",
            {{"ours", "tiny", false, {{10, 96, 94.0, 98.0}, {12, 90, {}, {}}}},
             {"paper", "tiny", true, {{10, 97, {}, {}}}}}}}};
}

TEST(Plot, DrawsSvgAndPng) {
  const test::TempDir dir;
  draw_figures({sample()}, dir.path());
  const std::string svg = read_file(dir.path() / "curve.svg");
  EXPECT_NE(svg.find("<svg"), std::string::npos);
  EXPECT_NE(svg.find("ours"), std::string::npos);
  EXPECT_NE(svg.find("precision_x, %"), std::string::npos);
  EXPECT_EQ(read_file(dir.path() / "curve.png").substr(1, 3), "PNG");
}

// gnuplot would run what stands in backquotes inside double quotes.
TEST(Plot, NamesAreTextNotCommands) {
  const test::TempDir dir;
  Figure figure = sample();
  const auto trap = dir.path() / "trap";
  figure.panels[0].series[0].label = "`touch " + trap.string() + "` it's \\ \"x\"";
  figure.title = "`touch " + trap.string() + "`";
  figure.x.label = "a\nb'; system('touch " + trap.string() + "') #";
  const auto folder = dir.path() / "it's `here`";
  std::filesystem::create_directory(folder);
  draw_figures({figure}, folder);
  EXPECT_FALSE(std::filesystem::exists(trap));
  EXPECT_NE(read_file(folder / "curve.svg").find("it's"), std::string::npos);
}

TEST(Plot, ASinglePointHasAxes) {
  const test::TempDir dir;
  Figure figure = sample();
  figure.x = {"x", 10.0, 10.0};
  figure.y = {"y", 100.0, 100.0};
  figure.panels[0].series = {{"one", "g", false, {{10, 100, {}, {}}}}};
  EXPECT_NO_THROW(draw_figures({figure}, dir.path()));
}

TEST(Plot, PanelsShareOneTitle) {
  Figure figure = sample();
  figure.panels.push_back(figure.panels[0]);
  figure.panels[0].title = "left panel";
  figure.panels[1].title = "right panel";
  const test::TempDir dir;
  draw_figures({figure}, dir.path());
  const std::string svg = read_file(dir.path() / "curve.svg");
  EXPECT_NE(svg.find("left panel"), std::string::npos);
  EXPECT_NE(svg.find("right panel"), std::string::npos);
}

TEST(Plot, FailureCarriesTheProgramsMessage) {
  const std::string message = test::thrown_message([] { draw_figures({sample()}, "/nowhere"); });
  EXPECT_NE(message.find("gnuplot"), std::string::npos) << message;
  EXPECT_NE(message.find("/nowhere"), std::string::npos) << message;
}

}  // namespace
}  // namespace dsocr::reports

#include "eval/read/page_files.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "data/image/decode.h"
#include "data/text/clean_up.h"
#include "reports/files.h"
#include "tests/support/read_json.h"
#include "tests/support/temp_dir.h"

namespace dsocr::eval {
namespace {

using nlohmann::json;

// 200 x 100: red grows to the right, green downwards.
data::Image page_image() {
  data::Image image{.width = 200, .height = 100};
  for (int y = 0; y < 100; ++y)
    for (int x = 0; x < 200; ++x)
      for (const int value : {x, 2 * y, 90}) image.rgb.push_back(static_cast<std::uint8_t>(value));
  return image;
}

std::string reference(const std::string& label, const std::string& boxes) {
  return "<|ref|>" + label + "<|/ref|><|det|>" + boxes + "<|/det|>";
}

class PageFiles : public testing::Test {
 protected:
  std::string content(const char* file) const { return reports::read_file(folder_ / file); }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_))
      if (entry.is_regular_file())
        names.push_back(std::filesystem::relative(entry.path(), folder_).string());
    std::sort(names.begin(), names.end());
    return names;
  }
  // The figure shows the part of the page from (x, y) on, as far as JPEG keeps it.
  void expect_figure(const char* file, std::int64_t width, std::int64_t height, int x,
                     int y) const {
    const data::Image figure = data::read_image(folder_ / "images" / file);
    EXPECT_EQ(figure.width, width) << file;
    EXPECT_EQ(figure.height, height) << file;
    const auto middle = static_cast<size_t>(3 * ((height / 2) * width + width / 2));
    EXPECT_NEAR(figure.rgb[middle], static_cast<int>(x + width / 2), 8) << file;
    EXPECT_NEAR(figure.rgb[middle + 1], static_cast<int>(2 * (y + height / 2)), 8) << file;
  }
  const test::TempDir dir_;
  const std::filesystem::path folder_ = dir_.path() / "runs/page";
};

TEST_F(PageFiles, OfAGroundedAnswer) {
  const std::string output = reference("title", "[[0, 0, 999, 200]]") + "\n# Head\n\n" +
                             reference("image", "[[100, 200, 300, 400], [500, 500, 999, 999]]") +
                             "\n\n" + reference("text", "[[10, 10, 20, 20]]") +
                             "\nBody \\coloneqq x\n" + reference("image", "[[0, 0, 499, 499]]") +
                             std::string(data::kEosText);
  write_page_files(folder_, page_image(), output);

  EXPECT_EQ(files(),
            (std::vector<std::string>{"boxes.png", "images/0.jpg", "images/0_2.jpg", "images/1.jpg",
                                      "layout.json", "page.md", "raw.txt"}));
  EXPECT_EQ(content("raw.txt"), output);
  EXPECT_EQ(content("page.md"),
            "\n# Head\n\n![](images/0.jpg)\n\n\n\nBody := x\n![](images/1.jpg)\n\n");
  EXPECT_EQ(json::parse(content("layout.json")), json::parse(R"({
    "width": 200, "height": 100, "blocks": [
      {"order": 1, "label": "title", "boxes": [[0, 0, 999, 200]], "boxes_px": [[0, 0, 200, 20]],
       "text": "# Head"},
      {"order": 2, "label": "image", "boxes": [[100, 200, 300, 400], [500, 500, 999, 999]],
       "boxes_px": [[20, 20, 60, 40], [100, 50, 200, 100]], "text": ""},
      {"order": 3, "label": "text", "boxes": [[10, 10, 20, 20]], "boxes_px": [[2, 1, 4, 2]],
       "text": "Body \\coloneqq x"},
      {"order": 4, "label": "image", "boxes": [[0, 0, 499, 499]], "boxes_px": [[0, 0, 99, 49]],
       "text": ""}]})"));
  expect_figure("0.jpg", 40, 20, 20, 20);
  expect_figure("0_2.jpg", 100, 50, 100, 50);
  expect_figure("1.jpg", 99, 49, 0, 0);
  const data::Image boxes = data::read_image(folder_ / "boxes.png");
  EXPECT_EQ(boxes.width, 200);
  EXPECT_EQ(boxes.height, 100);
  EXPECT_NE(boxes, page_image());
}

TEST_F(PageFiles, OfAPlainAnswer) {
  write_page_files(folder_, page_image(), "  Only text. \n" + std::string(data::kEosText));
  EXPECT_EQ(files(), (std::vector<std::string>{"layout.json", "page.md", "raw.txt"}));
  EXPECT_EQ(content("page.md"), "Only text.\n");
  EXPECT_EQ(json::parse(content("layout.json")),
            json::parse(R"({"width": 200, "height": 100, "blocks": []})"));
}

TEST_F(PageFiles, OfAnEmptyAnswer) {
  write_page_files(folder_, page_image(), "");
  EXPECT_EQ(content("page.md"), "\n");
  EXPECT_EQ(content("raw.txt"), "");
}

// The links count references to images, so the files do, too.
TEST_F(PageFiles, FiguresWithoutPixelsKeepTheirNumber) {
  write_page_files(folder_, page_image(),
                   reference("image", "[[5, 5, 5, 900]]") + "\n" + reference("image", "none") +
                       "\n" + reference("image", "[[0, 0, 999, 999]]"));
  EXPECT_EQ(files(), (std::vector<std::string>{"boxes.png", "images/2.jpg", "layout.json",
                                               "page.md", "raw.txt"}));
  EXPECT_NE(content("page.md").find("![](images/2.jpg)"), std::string::npos);
  expect_figure("2.jpg", 200, 100, 0, 0);
  const json blocks = json::parse(content("layout.json")).at("blocks");
  EXPECT_EQ(blocks[1].at("boxes"), json::array());
  EXPECT_EQ(blocks[1].at("boxes_px"), json::array());
}

TEST_F(PageFiles, ReplaceOlderOnes) {
  write_page_files(folder_, page_image(), "one");
  write_page_files(folder_, page_image(), "two");
  EXPECT_EQ(content("page.md"), "two\n");
}

}  // namespace
}  // namespace dsocr::eval

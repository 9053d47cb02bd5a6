#include "eval/read/pages.h"

#include <gtest/gtest.h>

#include "data/error.h"
#include "data/image/encode.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"
#include "tests/support/tiny_pdf.h"

namespace dsocr::eval {
namespace {

using Strings = std::vector<std::string>;

class Pages : public testing::Test {
 protected:
  std::filesystem::path image(const std::string& name, std::int64_t width) {
    auto file = dir_.path() / name;
    std::filesystem::create_directories(file.parent_path());
    data::write_png(file, {.width = width,
                           .height = 2,
                           .rgb = std::vector<std::uint8_t>(static_cast<size_t>(6 * width), 9)});
    return file;
  }
  std::filesystem::path pdf(const std::string& name) {
    return dir_.write(name, test::two_pages_pdf());
  }
  static Strings names(const PageList& list) {
    Strings names;
    for (const PageList::Page& page : list.pages()) names.push_back(page.name);
    return names;
  }
  const test::TempDir dir_;
};

TEST_F(Pages, ListsImagesAndThePagesOfPdfs) {
  const auto a = image("a.png", 3), report = pdf("report.pdf"), plain = pdf("no_extension");
  PageList list({a, report, plain}, 72);
  EXPECT_EQ(names(list),
            (Strings{"a", "report_0001", "report_0002", "no_extension_0001", "no_extension_0002"}));
  EXPECT_EQ(list.pages()[0].file, a);
  EXPECT_EQ(list.pages()[0].pdf_page, std::nullopt);
  EXPECT_EQ(list.pages()[2].file, report);
  EXPECT_EQ(list.pages()[2].pdf_page, 1);
  EXPECT_EQ(list.load(0).width, 3);
  // Pages are 72 x 36 and 36 x 72 points; in any order, from one document and another.
  EXPECT_EQ(list.load(2).width, 36);
  EXPECT_EQ(list.load(1).width, 72);
  EXPECT_EQ(list.load(4).width, 36);
  EXPECT_EQ(list.load(1).height, 36);
  EXPECT_EQ(PageList({report}, 144).load(0).width, 144);
}

TEST_F(Pages, HaveUniqueNames) {
  PageList list({image("a.png", 1), image("b/a.png", 2), image("c/a.jpg", 3), image("a-2.png", 4)},
                72);
  EXPECT_EQ(names(list), (Strings{"a", "a-2", "a-3", "a-2-2"}));
  EXPECT_EQ(list.load(1).width, 2);
  const auto report = pdf("report.pdf");
  EXPECT_EQ(names(PageList({report, report}, 72)),
            (Strings{"report_0001", "report_0002", "report-2_0001", "report-2_0002"}));
  EXPECT_EQ(
      names(PageList({image("report_0002.png", 1), report, image("d/report_0002.png", 1)}, 72)),
      (Strings{"report_0002", "report-2_0001", "report-2_0002", "report_0002-2"}));
}

TEST_F(Pages, CountAFileThatCannotBeOpenedAsOnePage) {
  const auto bad = dir_.write("bad.pdf", "%PDF-1.4\nnothing"),
             text = dir_.write("text.png", "text");
  const auto missing = dir_.path() / "missing.png", gone = dir_.path() / "gone.pdf";
  PageList list({bad, text, missing, gone, image("good.png", 5)}, 72);
  EXPECT_EQ(names(list), (Strings{"bad", "text", "missing", "gone", "good"}));
  for (size_t i = 0; i < 4; ++i) {
    const std::string message = test::thrown_message([&] { list.load(i); });
    EXPECT_TRUE(message.starts_with(list.pages()[i].file.string() + ": ")) << message;
    try {
      list.load(i);
    } catch (const data::DataError& error) {
      EXPECT_TRUE(error.recoverable());
    }
  }
  EXPECT_FALSE(list.pages()[0].error.empty());
  EXPECT_EQ(list.load(4).width, 5);
}

TEST_F(Pages, MayBeNone) { EXPECT_TRUE(PageList({}, 72).pages().empty()); }

}  // namespace
}  // namespace dsocr::eval

#include "eval/omnidocbench/markdown/markdown.h"

#include <gtest/gtest.h>

#include "eval/normalize/unicode.h"
#include "tests/support/read_json.h"

namespace dsocr::omnidocbench {
namespace {

using metrics::decode_utf8;
using metrics::encode_utf8;
using nlohmann::json;

json to_json(const std::vector<Item>& items) {
  json list = json::array();
  for (const Item& item : items)
    list.push_back({item.category, item.fine, {item.start, item.end}, encode_utf8(item.content)});
  return list;
}

std::filesystem::path prediction(const std::string& set, const std::string& file) {
  return test::shared_dir() /
         (set == "demo" ? "data/omnidocbench-demo/predictions"
                        : "golden/omnidocbench/pred/" + set) /
         file;
}

std::u32string read_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  std::string lines;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    lines.push_back(text[i] == '\r' ? '\n' : text[i]);
  }
  return decode_utf8(lines);
}

class MarkdownGolden : public testing::TestWithParam<std::pair<const char*, Version>> {};

TEST_P(MarkdownGolden, GivesTheOfficialItems) {
  DSOCR_REQUIRE_SHARED("golden/omnidocbench/units");
  const auto& [folder, version] = GetParam();
  const auto units = test::shared_dir() / "golden/omnidocbench/units";
  json pages = test::read_json(units / "v15/md_tex_filter.json");
  ASSERT_GT(pages.size(), 100u);
  for (const json& other : test::read_json(units / folder / "md_tex_filter.json"))
    for (json& page : pages)
      if (page["set"] == other["set"] && page["file"] == other["file"]) page = other;
  size_t wrong = 0;
  for (const json& page : pages) {
    const std::u32string text = read_text(prediction(page["set"], page["file"]));
    const json items = to_json(grouped(parse_markdown(text, version)));
    if (items == page["items"]) continue;
    if (++wrong > 3) continue;
    for (size_t i = 0; i < std::max(items.size(), page["items"].size()); ++i)
      if (i >= items.size() || i >= page["items"].size() || items[i] != page["items"][i]) {
        ADD_FAILURE()
            << page["set"] << page["file"] << " item " << i << "\n"
            << (i < items.size() ? items[i].dump() : "none").substr(0, 300) << "\n"
            << (i < page["items"].size() ? page["items"][i].dump() : "none").substr(0, 300);
        break;
      }
  }
  EXPECT_EQ(wrong, 0u) << "of " << pages.size();
}

INSTANTIATE_TEST_SUITE_P(Versions, MarkdownGolden,
                         testing::Values(std::pair("v15", Version::k15),
                                         std::pair("v10", Version::k10),
                                         std::pair("v17", Version::k17)));

}  // namespace
}  // namespace dsocr::omnidocbench

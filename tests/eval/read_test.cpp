#include "eval/read/read.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "configs/error.h"
#include "data/error.h"
#include "data/image/encode.h"
#include "data/text/clean_up.h"
#include "data/text/tokenizer.h"
#include "eval/read/pages.h"
#include "reports/files.h"
#include "tests/support/read_json.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"
#include "tests/support/tiny_model.h"
#include "tests/support/tiny_pdf.h"

namespace dsocr::eval {
namespace {

using nlohmann::json;

// A network that writes a few words of several bytes and ends at any time.
class ReadPages : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const auto tokenizer = data::Tokenizer::load(data::default_tokenizer_file());
    auto ids = tokenizer.encode(" red, blue-green: \n 第一页 é 😀 four");
    ids.push_back(1);
    folder_ = std::make_unique<test::TempDir>();
    test::save_writer(folder_->path(), ids);
  }
  static void TearDownTestSuite() { folder_.reset(); }

  // The i-th page is noise of its own.
  std::filesystem::path page(const std::string& name, std::uint64_t seed) const {
    data::Image image{.width = 90, .height = 70};
    std::mt19937_64 random(seed);
    for (int i = 0; i < 90 * 70 * 3; ++i) image.rgb.push_back(static_cast<std::uint8_t>(random()));
    data::write_png(dir_.path() / name, image);
    return dir_.path() / name;
  }
  std::vector<std::filesystem::path> pages(std::uint64_t count) const {
    std::vector<std::filesystem::path> files;
    for (std::uint64_t i = 0; i < count; ++i)
      files.push_back(page("p" + std::to_string(i) + ".png", i));
    return files;
  }
  static ReadConfig config(std::int64_t batch) {
    ReadConfig config;
    config.mode = configs::VisionMode::kTiny;
    config.prompt = "free";
    config.dpi = 72;
    config.network.folder = folder_->path().string();
    config.network.decoding.max_new_tokens = 10;  // sampling sorts the vocabulary: 10 ms each
    config.network.decoding.sampling.temperature = 1;
    config.network.decoding.batch = batch;
    return config;
  }
  struct Output {
    ReadResult result;
    std::string text, messages;
  };
  Output read(const ReadConfig& config, const std::vector<std::filesystem::path>& files,
              const std::optional<std::filesystem::path>& out = {}) const {
    PageReader reader(config.network, 1);
    std::ostringstream text, messages;
    ReadResult result = read_pages(reader, config, files, out, text, messages);
    return {std::move(result), text.str(), messages.str()};
  }

  static std::unique_ptr<test::TempDir> folder_;
  const test::TempDir dir_;
};
std::unique_ptr<test::TempDir> ReadPages::folder_;

TEST_F(ReadPages, StreamsOnePage) {
  const Output output = read(config(1), pages(1));
  EXPECT_EQ(output.result.num_pages, 1u);
  EXPECT_EQ(output.result.failures.size(), 0u);
  EXPECT_EQ(output.messages, "");
  PageReader reader(config(1).network, 1);
  std::string streamed, whole;
  std::int64_t pieces = 0, tokens = 0;
  bool waiting = true;
  reader.read(configs::VisionMode::kTiny, prompt_text("free"),
              {.next = [&]() -> std::optional<std::pair<std::uint64_t, data::Image>> {
                 if (!std::exchange(waiting, false)) return std::nullopt;
                 return std::pair{std::uint64_t{0}, PageList(pages(1), 72).load(0)};
               },
               .done =
                   [&](std::uint64_t, const PageText& text) {
                     whole = text.text;
                     tokens = text.new_tokens;
                     EXPECT_EQ(text.prompt_tokens, 1 + 73 + 4);
                     EXPECT_EQ(text.stop, whole.ends_with(data::kEosText) ? "eos" : "length");
                   },
               .failed = [](std::uint64_t, const std::string& reason) { FAIL() << reason; },
               .stream =
                   [&](std::uint64_t, std::string_view piece) {
                     streamed += piece;
                     ++pieces;
                   }});
  EXPECT_EQ(output.text, streamed + "\n") << "the same page, the same text";
  if (whole.ends_with(data::kEosText)) whole.resize(whole.size() - data::kEosText.size());
  EXPECT_EQ(streamed, whole);
  EXPECT_GE(pieces, tokens - 1);
}

TEST_F(ReadPages, KeepsTheOrderInAnyBatch) {
  const auto files = pages(5);
  const Output one = read(config(1), files), three = read(config(3), files);
  EXPECT_EQ(one.text, three.text);
  EXPECT_EQ(one.result.num_pages, 5u);
  size_t at = 0;
  std::set<std::string> texts;
  for (int i = 0; i < 5; ++i) {
    const std::string header = "--- p" + std::to_string(i) + " ---\n";
    ASSERT_EQ(one.text.find(header, at), at) << i;
    const size_t end =
        i < 4 ? one.text.find("--- p" + std::to_string(i + 1) + " ---\n", at) : one.text.size();
    ASSERT_NE(end, std::string::npos);
    const std::string body = one.text.substr(at + header.size(), end - at - header.size());
    EXPECT_TRUE(body.ends_with("\n\n"));
    texts.insert(body);
    at = end;
  }
  EXPECT_GE(texts.size(), 4u) << "the test needs pages with texts of their own";
}

TEST_F(ReadPages, NamesPagesWithoutText) {
  const test::TempDir silent;
  test::save_writer(silent.path(), {1});  // eos at once
  ReadConfig empty = config(2);
  empty.network.folder = silent.path().string();
  EXPECT_EQ(read(empty, pages(2)).text, "--- p0 ---\n\n\n--- p1 ---\n\n\n");
  EXPECT_EQ(read(empty, pages(1)).text, "\n");
  EXPECT_EQ(read(empty, {dir_.path() / "none.png"}).text, "");
}

TEST_F(ReadPages, ReportsBadPagesAndGoesOn) {
  auto files = pages(4);
  const auto good = read(config(2), files);
  const auto text = dir_.write("p1.png", "no image");
  const auto pdf = dir_.write("bad.pdf", "%PDF-1.4\nnothing");
  files.insert(files.begin() + 2, {dir_.path() / "missing.png", pdf});
  const Output output = read(config(2), files);
  EXPECT_EQ(output.result.num_pages, 6u);
  ASSERT_EQ(output.result.failures.size(), 3u);
  const std::vector<std::filesystem::path> bad{text, dir_.path() / "missing.png", pdf};
  std::string messages;
  for (size_t i = 0; i < 3; ++i) {
    const std::string& failure = output.result.failures[i];
    EXPECT_TRUE(failure.starts_with(bad[i].string() + ": ")) << failure;
    EXPECT_EQ(failure.find(bad[i].string(), 1), std::string::npos) << "named twice: " << failure;
    messages += "dsocr: " + failure + "\n";
  }
  EXPECT_EQ(output.messages, messages);
  for (const char* name : {"p0", "p2", "p3"})
    EXPECT_NE(output.text.find(std::string("--- ") + name + " ---\n"), std::string::npos);
  for (const char* name : {"p1", "missing", "bad"})
    EXPECT_EQ(output.text.find(std::string("--- ") + name + " ---\n"), std::string::npos);
  // Page 0 has the same key, so the same text.
  const size_t end = good.text.find("--- p1 ---");
  EXPECT_EQ(output.text.substr(0, end), good.text.substr(0, end));
}

TEST_F(ReadPages, ReportsPagesThatDoNotFitTheMode) {
  data::write_png(dir_.path() / "thin.png",
                  {.width = 3000, .height = 1, .rgb = std::vector<std::uint8_t>(9000)});
  ReadConfig base = config(1);
  base.mode = configs::VisionMode::kBase;
  const Output output = read(base, {dir_.path() / "thin.png"});
  ASSERT_EQ(output.result.failures.size(), 1u);
  EXPECT_TRUE(output.result.failures[0].starts_with((dir_.path() / "thin.png").string() + ": "))
      << output.result.failures[0];
  EXPECT_EQ(output.text, "");
}

TEST_F(ReadPages, WritesAFolder) {
  const auto pdf = dir_.write("doc.pdf", test::two_pages_pdf());
  const auto out = dir_.path() / "out";
  std::filesystem::create_directory(out);
  const Output output =
      read(config(3), {page("a.png", 1), pdf, dir_.path() / "gone.png", pdf}, out);
  EXPECT_EQ(output.text, "");
  EXPECT_EQ(output.result.num_pages, 6u);
  EXPECT_EQ(output.result.failures.size(), 1u);

  const json list = json::parse(reports::read_file(out / "pages.json"));
  const std::vector<std::string> names{"a",    "doc_0001",   "doc_0002",
                                       "gone", "doc-2_0001", "doc-2_0002"};
  ASSERT_EQ(list.size(), 6u);
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(list[i].at("name"), names[i]);
  EXPECT_EQ(list[3].at("file"), (dir_.path() / "gone.png").string());
  EXPECT_NE(list[3].at("failure").get<std::string>().find("gone.png"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(out / "gone"));
  EXPECT_FALSE(list[0].contains("pdf_page"));
  EXPECT_EQ(list[0].at("width"), 90);
  EXPECT_EQ(list[2].at("pdf_page"), 2);
  EXPECT_EQ(list[2].at("height"), 72);
  EXPECT_EQ(list[2].at("prompt_tokens"), 78);
  EXPECT_EQ(list[2].at("loop_period"), json());

  const auto markdown = [&](const std::string& name) {
    const std::string raw = reports::read_file(out / name / "raw.txt");
    const std::string clean = data::clean_up_image(raw);
    EXPECT_EQ(reports::read_file(out / name / "page.md"), clean + "\n");
    EXPECT_TRUE(std::filesystem::exists(out / name / "layout.json"));
    return clean + std::string(data::kPageSplit);
  };
  markdown("a");
  EXPECT_EQ(reports::read_file(out / "doc.md"), markdown("doc_0001") + markdown("doc_0002"));
  EXPECT_EQ(reports::read_file(out / "doc-2.md"), markdown("doc-2_0001") + markdown("doc-2_0002"));
  EXPECT_FALSE(std::filesystem::exists(out / "a.md"));
}

TEST_F(ReadPages, StopsWherePositionsEnd) {
  ReadConfig small = config(1);
  const test::TempDir copy;
  for (const char* file : {"model.safetensors"})
    std::filesystem::copy_file(folder_->path() / file, copy.path() / file);
  json hf = test::read_json(folder_->path() / "config.json");
  const auto with_positions = [&](int positions) {
    hf["max_position_embeddings"] = positions;
    copy.write("config.json", hf.dump());
    small.network.folder = copy.path().string();
    return read(small, pages(2));
  };
  EXPECT_EQ(with_positions(79).result.failures.size(), 0u) << "78 tokens and one more";
  const Output output = with_positions(78);
  ASSERT_EQ(output.result.failures.size(), 2u);
  EXPECT_EQ(output.result.failures[0],
            (dir_.path() / "p0.png").string() +
                ": its prompt has 78 tokens, and the decoder 78 positions");
}

TEST_F(ReadPages, RefusesSettingsThatFitNoNetwork) {
  const auto message = [&](NetworkConfig network) {
    return test::thrown_message([&] { PageReader(network, 1); });
  };
  NetworkConfig network = config(1).network;
  network.dtype = "float16";
  EXPECT_EQ(message(network), "config: network.dtype: must be float32 or bfloat16, not 'float16'");
  network = config(1).network;
  network.device = "gpu";
  EXPECT_THROW(PageReader(network, 1), configs::ConfigError);
  network.device = "cpu";
  network.folder = "";
  EXPECT_EQ(message(network), "config: network.folder: must name a checkpoint folder");
  // A tokenizer whose <image> is another id.
  network.folder = (test::golden_dir() / "model").string();
  EXPECT_NE(message(network).find("its <image> is not the network's image token, 500"),
            std::string::npos);
}

TEST(PromptText, IsANameOrATextWithOneImage) {
  EXPECT_EQ(prompt_text("free"), "<image>\nFree OCR.");
  EXPECT_EQ(prompt_text("markdown"), "<image>\n<|grounding|>Convert the document to markdown.");
  EXPECT_EQ(prompt_text("ocr"), "<image>\n<|grounding|>OCR this image.");
  EXPECT_EQ(prompt_text("figure"), "<image>\nParse the figure.");
  EXPECT_EQ(prompt_text("describe"), "<image>\nDescribe this image in detail.");
  EXPECT_EQ(prompt_text("Say <image>!"), "Say <image>!");
  for (const char* text : {"", "Free", "Read it.", "<image> and <image>", "<image"}) {
    try {
      prompt_text(text);
      ADD_FAILURE() << text;
    } catch (const configs::ConfigError& error) {
      EXPECT_EQ(error.path(), "prompt");
    }
  }
}

}  // namespace
}  // namespace dsocr::eval

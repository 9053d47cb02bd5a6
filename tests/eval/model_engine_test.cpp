#include <gtest/gtest.h>

#include <set>

#include "data/image/encode.h"
#include "data/text/clean_up.h"
#include "data/text/tokenizer.h"
#include "eval/engines/model.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_model.h"

namespace dsocr::eval {
namespace {

// Ten pages of coloured blocks, and a network that tells them apart.
class ModelEngineTest : public testing::Test {
 protected:
  ModelEngineTest() {
    auto ids = data::Tokenizer::load(data::default_tokenizer_file())
                   .encode("one two three four five six seven eight nine ten");
    ids.push_back(1);
    test::save_writer(dir_.path(), ids);
    for (int i = 0; i < 10; ++i) {
      const std::string name = "page_" + std::to_string(i) + ".png";
      data::write_png(dir_.path() / name, blocks(i));
      requests_.push_back(
          {.id = name, .image = dir_.path() / name, .prompt = "<image>\nFree OCR."});
    }
  }

  // Of another size and with other blocks for every seed.
  static data::Image blocks(int seed) {
    data::Image image{.width = 60 + 10 * seed, .height = 100};
    for (std::int64_t y = 0; y < image.height; ++y)
      for (std::int64_t x = 0; x < image.width; ++x)
        for (std::int64_t channel = 0; channel < 3; ++channel)
          image.rgb.push_back(static_cast<std::uint8_t>(
              (x / (5 + seed) + 3 * (y / 20) + channel * seed) * 37 % 256));
    return image;
  }

  std::vector<Transcript> transcribe(std::int64_t batch, size_t threads) const {
    return engine(batch, threads)->transcribe(requests_);
  }
  std::unique_ptr<ModelEngine> engine(std::int64_t batch, size_t threads) const {
    NetworkConfig network{.folder = dir_.path().string()};
    network.decoding.max_new_tokens = 8;  // sampling sorts the vocabulary: 10 ms each
    network.decoding.sampling.temperature = 1;
    network.decoding.batch = batch;
    return std::make_unique<ModelEngine>(std::make_shared<PageReader>(network, threads),
                                         configs::VisionMode::kTiny, data::clean_up_image);
  }

  const test::TempDir dir_;
  std::vector<PageRequest> requests_;
};

TEST_F(ModelEngineTest, ReadsTheSameInAnyBatchAndWithAnyNumberOfThreads) {
  const std::vector<Transcript> alone = transcribe(1, 1);
  ASSERT_EQ(alone.size(), 10u);
  std::set<std::string> texts;
  std::set<size_t> lengths;
  for (size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(alone[i].failure, std::nullopt);
    ASSERT_TRUE(alone[i].page_size);
    EXPECT_EQ(alone[i].page_size->width, 60 + 10 * static_cast<std::int64_t>(i));
    EXPECT_EQ(alone[i].page_size->height, 100);
    EXPECT_EQ(alone[i].text.find("\uFF5C"), std::string::npos) << "eos text is cut off";
    texts.insert(alone[i].text);
    lengths.insert(alone[i].text.size());
  }
  EXPECT_GE(texts.size(), 8u) << "the test needs pages with texts of their own";
  EXPECT_GE(lengths.size(), 4u) << "the test needs texts that end at different times";
  for (const auto& [batch, threads] : {std::pair<std::int64_t, size_t>{8, 1}, {1, 2}}) {
    const std::vector<Transcript> other = transcribe(batch, threads);
    for (size_t i = 0; i < 10; ++i)
      EXPECT_EQ(other[i].text, alone[i].text)
          << "page " << i << ", batch " << batch << ", threads " << threads;
  }
}

TEST_F(ModelEngineTest, APageThatFailsDoesNotStopTheOthers) {
  requests_.resize(4);
  const std::vector<Transcript> good = transcribe(2, 1);
  requests_[1].image = dir_.path() / "none.png";
  requests_[2].image = "";
  const std::vector<Transcript> some = transcribe(2, 1);
  ASSERT_EQ(some.size(), 4u);
  ASSERT_TRUE(some[1].failure);
  EXPECT_TRUE(some[1].failure->starts_with((dir_.path() / "none.png").string()))
      << *some[1].failure;
  EXPECT_EQ(some[1].page_size, std::nullopt);
  EXPECT_EQ(some[2].failure, "the benchmark has no image of it");
  for (const size_t i : {0u, 3u}) {
    EXPECT_EQ(some[i].failure, std::nullopt);
    EXPECT_EQ(some[i].text, good[i].text)
        << "a page's text depends on its place, not on the others";
  }
}

TEST_F(ModelEngineTest, ReadsPagesOfSeveralPrompts) {
  requests_.resize(3);
  requests_[1].prompt = "<image>\nParse the figure.";
  const auto engine = this->engine(2, 1);
  const std::vector<Transcript> mixed = engine->transcribe(requests_);
  for (const Transcript& transcript : mixed) EXPECT_EQ(transcript.failure, std::nullopt);
  const std::vector<Transcript> again = transcribe(1, 1);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(mixed[i].text, again[i].text);
  EXPECT_EQ(engine->transcribe({}).size(), 0u);
}

TEST_F(ModelEngineTest, DescribesItself) {
  const auto engine = this->engine(4, 1);
  engine->transcribe(std::span(requests_).first(1));
  const auto json = engine->describe();
  EXPECT_EQ(json.at("engine"), "model");
  EXPECT_EQ(json.at("prompt"), "<image>\nFree OCR.");
  EXPECT_EQ(json.at("dtype"), "float32");
  EXPECT_EQ(json.at("decoding").at("batch"), 4);
  EXPECT_EQ(engine->inputs(), (std::vector<std::filesystem::path>{dir_.path() / "config.json",
                                                                  dir_.path() / "model.safetensors",
                                                                  data::default_tokenizer_file()}));
}

}  // namespace
}  // namespace dsocr::eval

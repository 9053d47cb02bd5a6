#include <gtest/gtest.h>

#include <filesystem>

#include "data/image/encode.h"
#include "data/text/prompt.h"
#include "data/text/tokenizer.h"
#include "model/weights/hf_config.h"
#include "reports/files.h"
#include "tests/experiments/run_dsocr.h"
#include "tests/support/temp_dir.h"

namespace dsocr {
namespace {

using test::Outcome;
using test::run;

// From texts to a small vocabulary to a small network.
class TokenizerCommand : public testing::Test {
 protected:
  TokenizerCommand() {
    std::string words;
    for (int i = 0; i < 400; ++i)
      words += {' ', static_cast<char>('a' + i % 20), static_cast<char>('a' + i % 7), 'x', 'y'};
    text_ = dir_.write("text.md", "# Title\n\n" + words + "\n").string();
  }
  Outcome train(const std::string& out, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> command{"data", "tokenizer", "train", text_, "--out", out};
    command.insert(command.end(), more.begin(), more.end());
    return run(command);
  }
  Outcome init(const std::string& tokenizer, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> command{"model",   "init",    "--preset", "nano",  "--tokenizer",
                                     tokenizer, "--dtype", "float32",  "--out", network_};
    command.insert(command.end(), more.begin(), more.end());
    return run(command);
  }
  std::string path(const std::string& name) const { return (dir_.path() / name).string(); }

  test::TempDir dir_;
  std::string text_;
  const std::string network_ = path("network");
};

TEST_F(TokenizerCommand, TrainWritesATokenizerIntoAFileOrAFolder) {
  const Outcome folder = train(path("new/folder"), {"--vocab", "290"});
  ASSERT_EQ(folder.status, 0) << folder.err;
  const std::string file = path("new/folder/tokenizer.json");
  EXPECT_EQ(folder.out.find("290 ids in " + file + ", from "), 0u) << folder.out;
  EXPECT_EQ(data::Tokenizer::load(file).vocab_size(), 290u);
  ASSERT_EQ(
      train(path("small.json"), {"--vocab", "2000", "--set", "vocab_size=290", "--threads", "1"})
          .status,
      0);
  EXPECT_EQ(reports::read_file(path("small.json")), reports::read_file(file));
}

TEST_F(TokenizerCommand, TrainOverwritesNothingAndNamesWhatIsWrong) {
  const std::string file = dir_.write("there.json", "mine").string();
  const Outcome there = train(file);
  EXPECT_EQ(there.status, 1);
  EXPECT_EQ(there.err, "dsocr: " + file + " exists already\n");
  EXPECT_EQ(reports::read_file(file), "mine");
  EXPECT_EQ(train(path("a.json"), {"--vocab", "100"}).status, 2);
  EXPECT_EQ(train(path("a.json"), {"--set", "vocabulary=300"}).status, 2);
  EXPECT_EQ(run({"data", "tokenizer", "train", path("none.txt"), "--out", path("a.json")}).err,
            "dsocr: " + path("none.txt") + ": is not there\n");
  const std::string bad = dir_.write("bad.txt", "bad \xFF").string();
  EXPECT_EQ(run({"data", "tokenizer", "train", bad, "--out", path("a.json")}).err,
            "dsocr: " + bad + ": is not UTF-8 at byte 4\n");
  EXPECT_FALSE(std::filesystem::exists(path("a.json")));
}

TEST_F(TokenizerCommand, InitMakesANetworkForTheVocabulary) {
  const std::string tokenizer = path("small.json");
  ASSERT_EQ(train(tokenizer, {"--vocab", "301"}).status, 0);
  const Outcome made = init(tokenizer);
  ASSERT_EQ(made.status, 0) << made.err;
  EXPECT_NE(made.out.find("304 rows for the 301 ids of " + tokenizer), std::string::npos)
      << made.out;
  const auto config = model::read_hf_config(network_ + "/config.json");
  EXPECT_EQ(config.decoder.vocab_size, 304);
  EXPECT_EQ(config.bos_token_id, 0);
  EXPECT_EQ(config.eos_token_id, 1);
  EXPECT_EQ(config.image_token_id, 3);
  EXPECT_EQ(reports::read_file(network_ + "/tokenizer.json"), reports::read_file(tokenizer));
}

TEST_F(TokenizerCommand, TheSmallNetworkReadsASmallView) {
  const std::string tokenizer = path("small.json");
  ASSERT_EQ(train(tokenizer, {"--vocab", "300"}).status, 0);
  ASSERT_EQ(init(tokenizer).status, 0);
  data::Image image{200, 100, {}};
  image.rgb.assign(std::size_t{200} * 100 * 3, 200);
  data::write_png(path("page.png"), image);
  const Outcome read =
      run({"read", path("page.png"), "--model", network_, "--mode", "p192", "--prompt", "free",
           "--out", path("read"), "--set", "network.decoding.max_new_tokens=4"});
  EXPECT_EQ(read.status, 0) << read.err;
  EXPECT_NE(reports::read_file(path("read/manifest.json")).find("p192"), std::string::npos);
}

TEST_F(TokenizerCommand, InitRefusesPresetsThatDoNotFitTheTokenizer) {
  // Without --tokenizer it is DeepSeek-OCR's.
  const auto nano = [&](const std::vector<std::string>& sets) {
    std::vector<std::string> command{"model", "init", "--preset", "nano", "--out", network_};
    for (const std::string& set : sets) command.insert(command.end(), {"--set", set});
    return run(command);
  };
  const std::string file = data::default_tokenizer_file().string();
  const Outcome small = nano({});
  EXPECT_EQ(small.status, 2);
  EXPECT_EQ(small.err,
            "dsocr: config: decoder.vocab_size: 1024 rows are too few for the 128827 ids of " +
                file + "; --tokenizer names another\n");
  EXPECT_EQ(nano({"decoder.vocab_size=129280"}).err,
            "dsocr: config: image_token_id: is 3, but <image> of " + file + " is 128815\n");
  EXPECT_EQ(init(text_).status, 1);
  EXPECT_FALSE(std::filesystem::exists(network_));
}

TEST_F(TokenizerCommand, InitTakesWhatSetNamesAsItIs) {
  const std::string tokenizer = path("small.json");
  ASSERT_EQ(train(tokenizer, {"--vocab", "280"}).status, 0);
  ASSERT_EQ(init(tokenizer, {"--set", "decoder.vocab_size=512", "--set", "eos_token_id=2"}).status,
            0);
  const auto config = model::read_hf_config(network_ + "/config.json");
  EXPECT_EQ(config.decoder.vocab_size, 512);
  EXPECT_EQ(config.eos_token_id, 2);
  EXPECT_EQ(config.image_token_id, 3);
}

TEST_F(TokenizerCommand, InitTakesAnEncoderThatHasLearnt) {
  const std::string tokenizer = path("small.json"), other = path("other");
  ASSERT_EQ(train(tokenizer, {"--vocab", "280"}).status, 0);
  ASSERT_EQ(init(tokenizer, {"--seed", "1"}).status, 0);
  reports::write_file(network_ + "/glyph_heads.safetensors", "heads");
  const Outcome made = run({"model", "init", "--preset", "nano", "--tokenizer", tokenizer, "--out",
                            other, "--set", "decoder.num_layers=2", "--encoder", network_});
  ASSERT_EQ(made.status, 0) << made.err;
  EXPECT_EQ(reports::read_file(other + "/glyph_heads.safetensors"), "heads");
  const Outcome unlike =
      run({"model", "init", "--preset", "tiny", "--out", path("unlike"), "--encoder", network_});
  EXPECT_EQ(unlike.status, 2);
  EXPECT_NE(unlike.err.find("encoder: model.sam_model."), std::string::npos) << unlike.err;
  EXPECT_FALSE(std::filesystem::exists(path("unlike")));
}

// The preset's own numbers, with a vocabulary of its own size.
TEST_F(TokenizerCommand, NanoHasEighteenMillionParameters) {
  const std::string tokenizer = path("small.json");
  ASSERT_EQ(train(tokenizer, {"--vocab", "300"}).status, 0);
  const Outcome made = init(tokenizer, {"--set", "decoder.vocab_size=1024"});
  ASSERT_EQ(made.status, 0) << made.err;
  const long parameters = std::stol(made.out);
  EXPECT_GT(parameters, 18'000'000);
  EXPECT_LE(parameters, 19'000'000);
}

}  // namespace
}  // namespace dsocr

#include "data/text/tokenizer_training.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <array>
#include <string>

#include "configs/error.h"
#include "configs/json_reader.h"
#include "configs/sha256.h"
#include "data/error.h"
#include "data/text/learn_merges.h"
#include "data/text/pre_tokenizer.h"
#include "data/text/prompt.h"
#include "data/text/tokenizer.h"
#include "tests/data/store_pages.h"
#include "tests/support/read_json.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::data {
namespace {

using nlohmann::json;
using Strings = std::vector<std::string>;

TrainedTokenizer train(const Strings& texts, const TokenizerTrainingConfig& config = {}) {
  return train_tokenizer(config,
                         {.size = texts.size(),
                          .text = [&](std::size_t i) { return texts.at(i); },
                          .name = [&](std::size_t i) { return "text " + std::to_string(i); }});
}

TokenizerTrainingConfig config_of(const json& golden) {
  return {.vocab_size = golden.at("vocab_size"),
          .min_frequency = golden.at("min_frequency"),
          .max_token_length = golden.at("max_token_length")};
}

json golden() { return test::read_json(test::golden_dir() / "tokenizer/training_vectors.json"); }

std::filesystem::path golden_file() {
  return test::golden_dir() / "tokenizer/trained_tokenizer.json";
}

TEST(TokenizerTraining, MergesAndFilesAreThoseOfTheLibrary) {
  const json vectors = golden();
  ASSERT_EQ(vectors.at("cases").size(), 8u);
  for (const json& expected : vectors.at("cases")) {
    const TrainedTokenizer trained = train(expected.at("texts"), config_of(expected));
    Strings merges;
    const json file = json::parse(trained.json);
    for (const json& merge : file.at("model").at("merges"))
      merges.push_back(merge[0].get<std::string>() + "\t" + merge[1].get<std::string>());
    EXPECT_EQ(json(merges), expected.at("merges"));
    EXPECT_EQ(configs::sha256_hex(trained.json), expected.at("sha256"));
    EXPECT_EQ(trained.vocab_size, file.at("model").at("vocab").size());
  }
  EXPECT_EQ(train(vectors["cases"][0]["texts"], config_of(vectors["cases"][0])).json,
            test::bytes_of(golden_file()));
}

TEST(TokenizerTraining, IdsAreThoseOfTheLibrary) {
  const Tokenizer tokenizer = Tokenizer::load(golden_file());
  EXPECT_EQ(tokenizer.vocab_size(), 512u);
  const json vectors = golden();
  ASSERT_EQ(vectors.at("encodings").size(), 3u);
  for (const json& vector : vectors.at("encodings")) {
    const std::string text = vector.at(0);
    const auto ids = tokenizer.encode(text);
    EXPECT_EQ(json(ids), vector.at(1));
    EXPECT_EQ(tokenizer.decode(ids), text);
  }
}

TEST(TokenizerTraining, EveryByteCanBeWrittenWhateverWasSeen) {
  const test::TempDir dir;
  const auto tokenizer =
      Tokenizer::load(dir.write("tokenizer.json", train({"aaaa aaaa"}, {.vocab_size = 300}).json));
  for (const std::string text :
       {"caf\u00E9 \u6DF1\u5EA6 \U0001F600\r\n\t\u2028", "aaaa", "<td>x</td>\x01\x7F"})
    EXPECT_EQ(tokenizer.decode(tokenizer.encode(text)), text);
}

TEST(TokenizerTraining, PiecesAreThoseOfDeepSeekOcr) {
  const json made = json::parse(train({"a"}).json);
  const json released = test::read_json(default_tokenizer_file());
  for (const char* part : {"normalizer", "pre_tokenizer", "post_processor", "decoder"})
    EXPECT_EQ(made.at(part), released.at(part)) << part;
}

TEST(TokenizerTraining, SpecialTokensHaveTheFirstIds) {
  const test::TempDir dir;
  const auto tokenizer = Tokenizer::load(dir.write("tokenizer.json", train({"a"}).json));
  const Tokenizer released = Tokenizer::load(default_tokenizer_file());
  const Strings tokens = pipeline_tokens();
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    EXPECT_EQ(tokenizer.token_id(tokens[i]), id);
    EXPECT_TRUE(tokenizer.is_special(id));
    // In the released tokenizer too, where the first three have the same ids.
    EXPECT_TRUE(released.is_special(released.token_id(tokens[i]).value_or(-1))) << tokens[i];
    if (i < 3) {
      EXPECT_EQ(released.token_id(tokens[i]), id);
    }
  }
  EXPECT_EQ(tokenizer.encode("<|ref|>a<|/ref|>").size(), 3u);
  const std::array<std::size_t, 1> counts{2};
  EXPECT_EQ(encode_prompt(tokenizer, "<image>", counts), (std::vector<std::int32_t>{0, 3, 3}));
}

TEST(TokenizerTraining, ThreadsAndTheOrderOfTextsChangeNothing) {
  const json expected = golden().at("cases").at(0);
  Strings texts = expected.at("texts");
  for (int i = 0; i < 20; ++i)
    texts.push_back(texts[static_cast<std::size_t>(i) % 3].substr(0, 50));
  std::string first;
  for (const std::size_t threads : {1U, 2U, 8U}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    const std::string made = train(texts, config_of(expected)).json;
    if (first.empty()) first = made;
    EXPECT_EQ(made, first);
    std::reverse(texts.begin(), texts.end());
  }
}

// A text is shared between threads, at places where the pieces do not notice.
TEST(TokenizerTraining, ALongTextIsCutWithoutATrace) {
  const json expected = golden().at("cases").at(0);
  const Strings parts = expected.at("texts");
  std::string text;
  for (std::size_t i = 0; text.size() < (std::size_t{5} << 20); ++i)
    text +=
        parts[i % parts.size()] + (i % 2 == 0 ? ".\r\n \n" : " \n") + "Next" + std::to_string(i);
  Strings patterns;
  const json settings = test::read_json(golden_file());
  for (const json& step : settings.at("pre_tokenizer").at("pretokenizers"))
    if (step.contains("pattern")) patterns.push_back(step.at("pattern").at("Regex"));
  PieceCounts pieces;
  for (const std::string_view piece : PreTokenizer(patterns).split(text))
    ++pieces[std::string(piece)];
  const LearntMerges learnt =
      learn_merges(pieces, pipeline_tokens(), {.vocab_size = 2048, .min_frequency = 2});
  const TrainedTokenizer trained = train({text}, {.vocab_size = 2048, .min_frequency = 2});
  EXPECT_EQ(trained.text_bytes, text.size());
  EXPECT_EQ(trained.num_different_pieces, pieces.size());
  const json merges = json::parse(trained.json).at("model").at("merges");
  ASSERT_EQ(merges.size(), learnt.merges.size());
  for (std::size_t i = 0; i < merges.size(); ++i) {
    const auto token = [&](std::int32_t id) { return learnt.tokens[static_cast<std::size_t>(id)]; };
    EXPECT_EQ(merges[i], json({token(learnt.merges[i].left), token(learnt.merges[i].right)}));
  }
}

TEST(TokenizerTraining, StopsWhereNoPairIsLeft) {
  const TrainedTokenizer trained = train({"ab ab"}, {.vocab_size = 2048, .min_frequency = 1});
  EXPECT_EQ(trained.vocab_size, 13u + 256u + 2u);  // "ab" and " ab"
  EXPECT_EQ(trained.num_pieces, 2u);
  EXPECT_EQ(train({"ab cd"}).vocab_size, 13u + 256u);  // nothing is there twice
}

TEST(TokenizerTraining, BadTextsAndSettingsAreNamed) {
  const auto message = [](const Strings& texts, const TokenizerTrainingConfig& config) {
    return test::thrown_message([&] { train(texts, config); });
  };
  EXPECT_EQ(message({"good", "bad \xFF"}, {}), "text 1: is not UTF-8 at byte 4");
  EXPECT_EQ(message({}, {}), "there is no text to learn from");
  EXPECT_EQ(message({"", ""}, {}), "there is no text to learn from");
  EXPECT_EQ(message({"a"}, {.vocab_size = 268}),
            "config: vocab_size: must be 269 at least: the bytes and 13 special tokens");
  Strings tokens = pipeline_tokens();
  std::swap(tokens[1], tokens[2]);
  EXPECT_EQ(message({"a"}, {.special_tokens = tokens}),
            "config: special_tokens: " + pipeline_tokens()[1] + " must have id 1");
  tokens = pipeline_tokens();
  tokens.push_back("<td>");
  EXPECT_EQ(message({"a"}, {.special_tokens = tokens}),
            "config: special_tokens: '<td>' is there twice");
  tokens.back().clear();
  EXPECT_EQ(message({"a"}, {.special_tokens = tokens}),
            "config: special_tokens: a token is empty or not UTF-8");
  EXPECT_EQ(test::thrown_message([] {
              configs::read_config<TokenizerTrainingConfig>(json{{"vocab_size", 256}});
            }).substr(0, 31),
            "config: vocab_size: must be >= ");
}

TEST(LearnMerges, TiesGoToTheSmallerIds) {
  // "b" comes before "c" in the alphabet, and both pairs are there twice.
  const LearntMerges learnt =
      learn_merges({{"acac", 1}, {"abab", 1}}, {}, {.vocab_size = 258, .min_frequency = 1});
  EXPECT_EQ(learnt.tokens.size(), 258u);
  EXPECT_EQ(learnt.tokens[256], "ab");
  EXPECT_EQ(learnt.tokens[257], "ac");
}

TEST(LearnMerges, PairsOfOneByteOverlap) {
  // Five in a row are two pairs from the left and one byte alone, whose id is smaller than a
  // pair's.
  const LearntMerges learnt =
      learn_merges({{"aaaaa", 3}}, {}, {.vocab_size = 300, .min_frequency = 1});
  EXPECT_EQ(Strings(learnt.tokens.begin() + 256, learnt.tokens.end()),
            (Strings{"aa", "aaa", "aaaaa"}));
}

}  // namespace
}  // namespace dsocr::data

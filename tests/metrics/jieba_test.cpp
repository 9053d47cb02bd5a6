#include "eval/metrics/jieba.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "configs/build_info.h"
#include "tests/support/read_json.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::metrics {
namespace {

const JiebaCutter& cutter() {
  static const JiebaCutter shared(configs::deps_dir() / "share/jieba");
  return shared;
}

std::vector<std::string> cut(const JiebaCutter& jieba, std::string_view text) {
  const std::u32string decoded = decode_utf8(text);
  std::vector<std::string> tokens;
  for (const auto token : jieba.cut(decoded)) tokens.push_back(encode_utf8(token));
  return tokens;
}

using Words = std::vector<std::string>;

// A word list and model that are small enough to follow by hand.
class SmallJieba : public testing::Test {
 protected:
  JiebaCutter load() const {
    folder_.write("dict.txt", dictionary_);
    folder_.write("hmm.tsv", model_);
    return JiebaCutter(folder_.path());
  }

  std::string message() const {
    return test::thrown_message([&] { load(); });
  }

  test::TempDir folder_;
  std::string dictionary_ = "甲乙 10 n\n甲 1 n\n乙 1 n\n乙丙丁 2 n\n";
  std::string model_ =
      "start\tB\t-1\nstart\tS\t-3\ntrans\tB\tE\t-1\ntrans\tE\tS\t-1\ntrans\tS\tS\t-1\n"
      "emit\tB\t丙\t-1\nemit\tE\t丁\t-1\nemit\tS\t丙\t-1\nemit\tS\t丁\t-1\n";
};

TEST_F(SmallJieba, TakesTheMostProbableWords) {
  const JiebaCutter jieba = load();
  // Total 14: "甲乙" has log(10/14), its two halves together 2 log(1/14).
  EXPECT_EQ(cut(jieba, "甲乙"), (Words{"甲乙"}));
  // log(1/14) + log(2/14) for "甲|乙丙丁" against log(10/14) + 2 log(1/14) for "甲乙|丙|丁".
  EXPECT_EQ(cut(jieba, "甲乙丙丁"), (Words{"甲", "乙丙丁"}));
}

TEST_F(SmallJieba, LeavesTheRestToTheModel) {
  const JiebaCutter jieba = load();
  // Beginning and end of a word: -1 - 1 - 1 - 1; two words of one character: -3 - 1 - 1 - 1.
  EXPECT_EQ(cut(jieba, "丙丁"), (Words{"丙丁"}));
  EXPECT_EQ(cut(jieba, "丙"), (Words{"丙"}));
  // Characters without any emission drown the other terms: all places tie, and S is the last
  // letter.
  EXPECT_EQ(cut(jieba, "戊己"), (Words{"戊", "己"}));
}

TEST_F(SmallJieba, PassesOtherTextThrough) {
  const JiebaCutter jieba = load();
  EXPECT_EQ(cut(jieba, ""), Words{});
  EXPECT_EQ(cut(jieba, "\r\n \r\u3000，"), (Words{"\r\n", " ", "\r", "\u3000", "，"}));
  EXPECT_EQ(cut(jieba, "v2.0beta 3.14% 5.% a.b"),
            (Words{"v2.0", "beta", " ", "3.14%", " ", "5", ".%", " ", "a", ".", "b"}));
  EXPECT_EQ(cut(jieba, "甲乙x-甲"), (Words{"甲乙", "x", "-", "甲"}));
  EXPECT_EQ(cut(jieba, "שלום é e\u0301 😀"),
            (Words{"ש", "ל", "ו", "ם", " ", "é", " ", "e", "\u0301", " ", "😀"}));
}

TEST_F(SmallJieba, HoldsMoreWordsThanTheFileSizeSuggests) {
  dictionary_.clear();
  std::string text;
  Words expected;
  for (char first = 'a'; first <= 'z'; ++first)
    for (char second = 'a'; second <= 'z'; ++second) {
      expected.push_back({first, second});
      dictionary_ += expected.back() + " 1\n";
      text += expected.back();
    }
  EXPECT_EQ(cut(load(), text), expected);
}

TEST_F(SmallJieba, NamesTheWrongLine) {
  dictionary_ = "甲 1\n乙\n";
  EXPECT_NE(message().find("dict.txt:2: not a number: ''"), std::string::npos) << message();
  dictionary_ = "甲 1.5 n\n";
  EXPECT_NE(message().find("dict.txt:1: not a number: '1.5'"), std::string::npos) << message();
  dictionary_ = "甲 1\n 2 n\n";
  EXPECT_NE(message().find("dict.txt:2: no word: ' 2 n'"), std::string::npos) << message();
  dictionary_ = "甲 1\n\xFF 2\n";
  EXPECT_NE(message().find("dict.txt:2: invalid UTF-8"), std::string::npos) << message();
  dictionary_ = "甲 0\n";
  EXPECT_NE(message().find("dict.txt: no words"), std::string::npos) << message();
  dictionary_ = "";
  EXPECT_NE(message().find("dict.txt"), std::string::npos) << message();

  dictionary_ = "甲 1\n";
  model_ = "start\tB\t-1\nstart\tX\t-1\n";
  EXPECT_NE(message().find("hmm.tsv:2: not one of B, E, M, S: 'X'"), std::string::npos);
  model_ = "begin\tB\t-1\n";
  EXPECT_NE(message().find("hmm.tsv:1: not one of start, trans, emit: 'begin'"), std::string::npos);
  model_ = "emit\tB\t甲乙\t-1\n";
  EXPECT_NE(message().find("hmm.tsv:1: not one character: '甲乙'"), std::string::npos);
  model_ = "emit\tB\t甲\t\n";
  EXPECT_NE(message().find("hmm.tsv:1: not a number: ''"), std::string::npos);
}

TEST(JiebaCutter, NamesTheMissingFile) {
  const test::TempDir empty;
  const std::string message = test::thrown_message([&] { JiebaCutter{empty.path()}; });
  EXPECT_NE(message.find((empty.path() / "dict.txt").string()), std::string::npos) << message;
}

TEST(JiebaCutter, EqualsTheReference) {
  const auto golden = test::read_json(test::golden_dir() / "fox/jieba_vectors.json");
  ASSERT_GE(golden.at("tokens").size(), 300u);
  for (const auto& tokens : golden.at("tokens")) {
    const auto expected = tokens.get<Words>();
    std::string text;
    for (const auto& token : expected) text += token;
    EXPECT_EQ(cut(cutter(), text), expected) << text;
  }
}

TEST(JiebaCutter, CutsFromSeveralThreads) {
  const std::string_view text = "陈思远昨天去了青枫镇的旧书店，买了3本书。";
  const Words expected = cut(cutter(), text);
  std::vector<Words> results(4);
  {
    std::vector<std::jthread> threads;
    for (auto& result : results) threads.emplace_back([&] { result = cut(cutter(), text); });
  }
  for (const auto& result : results) EXPECT_EQ(result, expected);
}

}  // namespace
}  // namespace dsocr::metrics

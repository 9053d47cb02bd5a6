#include "data/text/tokenizer.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "data/error.h"
#include "tests/support/read_json.h"
#include "tests/support/temp_dir.h"

namespace dsocr::data {
namespace {

using Ids = std::vector<int32_t>;
using nlohmann::json;

json tiny_json() {
  return test::read_json(test::golden_dir() / "tokenizer" / "tiny_tokenizer.json");
}

Tokenizer load_json(const json& value) {
  const test::TempDir dir;
  return Tokenizer::load(dir.write("tokenizer.json", value.dump()));
}

json added(int id, const std::string& content, bool normalized, bool special) {
  return {{"id", id},        {"content", content},       {"single_word", false}, {"lstrip", false},
          {"rstrip", false}, {"normalized", normalized}, {"special", special}};
}

template <typename Call>
std::string message_of(const Call& call) {
  try {
    call();
  } catch (const DataError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Tokenizer, EmptyTextHasNoIds) {
  const Tokenizer tokenizer = load_json(tiny_json());
  EXPECT_TRUE(tokenizer.encode("").empty());
  EXPECT_EQ(tokenizer.decode({}), "");
}

TEST(Tokenizer, MergesMayBeStringsOrPairs) {
  json strings = tiny_json();
  for (auto& merge : strings["model"]["merges"]) {
    merge = merge[0].get<std::string>() + " " + merge[1].get<std::string>();
  }
  const std::string text = "The capital of France is Paris, the 2nd of 12,345 towns.";
  EXPECT_EQ(load_json(strings).encode(text), load_json(tiny_json()).encode(text));
}

TEST(Tokenizer, AddedTokensAreLeftmostLongestAndNormalizedOnesComeSecond) {
  json file = tiny_json();
  file["added_tokens"].push_back(added(800, "<x>", false, false));
  file["added_tokens"].push_back(added(801, "<x><y>", false, true));
  file["added_tokens"].push_back(added(802, "a<x", true, false));
  const Tokenizer tokenizer = load_json(file);
  EXPECT_EQ(tokenizer.encode("<x><x><y>"), (Ids{800, 801}));
  // "a<x" starts further left, but "<x>" is searched first.
  EXPECT_EQ(tokenizer.encode("a<x>").back(), 800);
  EXPECT_EQ(tokenizer.encode("a<x"), (Ids{802}));
  EXPECT_EQ(tokenizer.vocab_size(), 803U);
  EXPECT_EQ(tokenizer.decode(Ids{800, 801, 802}), "<x><x><y>a<x");
  EXPECT_EQ(tokenizer.decode(Ids{800, 801, 802}, /*skip_special=*/true), "<x>a<x");
}

TEST(Tokenizer, AddedTokenSpelledInTheByteAlphabetDecodesToBytes) {
  json file = tiny_json();
  file["added_tokens"].push_back(added(800, "\u0120\u00C3\u00A9", false, false));
  const Tokenizer tokenizer = load_json(file);
  EXPECT_EQ(tokenizer.decode(Ids{800}), " \u00E9");
  EXPECT_EQ(tokenizer.token_id("\u0120\u00C3\u00A9"), 800);
}

TEST(Tokenizer, IdsWithoutATokenDecodeToNothing) {
  const Tokenizer tokenizer = load_json(tiny_json());
  const Ids hello = tokenizer.encode("Hello");
  Ids with_gaps = {5000, 1048575};
  with_gaps.insert(with_gaps.end(), hello.begin(), hello.end());
  EXPECT_EQ(tokenizer.decode(with_gaps), "Hello");
}

TEST(Tokenizer, DecodeRejectsImpossibleIds) {
  const Tokenizer tokenizer = load_json(tiny_json());
  EXPECT_EQ(message_of([&] { tokenizer.decode(Ids{7, -1}); }), "token id -1 is not in 0..1048575");
  EXPECT_EQ(message_of([&] { tokenizer.decode(Ids{1 << 20}); }),
            "token id 1048576 is not in 0..1048575");
}

TEST(Tokenizer, EncodeRejectsInvalidUtf8AsABadSample) {
  const Tokenizer tokenizer = load_json(tiny_json());
  try {
    tokenizer.encode("good \xC3\xA9 bad \xC3(");
    FAIL();
  } catch (const DataError& error) {
    EXPECT_STREQ(error.what(), "text is not valid UTF-8 at byte 12");
    EXPECT_TRUE(error.recoverable());
    EXPECT_EQ(error.sample_id(), "");
  }
}

TEST(Tokenizer, LongWordsAndRunsTakeNoQuadraticTime) {
  const Tokenizer tokenizer = load_json(tiny_json());
  constexpr size_t kSize = size_t{1} << 20;
  std::mt19937 random(1);
  std::string word;
  for (size_t i = 0; i < kSize; ++i) word += static_cast<char>('a' + random() % 26);
  for (const auto& text : {word, std::string(kSize, 'e'), std::string(kSize, ' ') + "x",
                           std::string(kSize, '\n'), std::string(kSize, '<')}) {
    EXPECT_EQ(tokenizer.decode(tokenizer.encode(text)), text);
  }
}

TEST(Tokenizer, HostilePatternGivesUp) {
  json file = tiny_json();
  file["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = "(?:a+)+[bc]";
  const Tokenizer tokenizer = load_json(file);
  const std::string text(64, 'a');
  const std::string message = message_of([&] { tokenizer.encode(text); });
  EXPECT_NE(
      message.find("regular expression '(?:a+)+[bc]' gave up on a text of 64 bytes: match limit"),
      std::string::npos)
      << message;
}

TEST(Tokenizer, EmptyMatchesOnlyCut) {
  json file = tiny_json();
  file["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = "x*";
  const Tokenizer tokenizer = load_json(file);
  // Every character becomes a piece of its own, so nothing can be merged but the bytes of one.
  const std::string text = "the\u00E9xx\u4E2D";
  const Ids ids = tokenizer.encode(text);
  EXPECT_EQ(tokenizer.decode(ids), text);
  EXPECT_EQ(ids[0], tokenizer.encode("t").front());
  EXPECT_EQ(ids[2], tokenizer.encode("e").front());
}

TEST(DataErrorTest, MessageNamesFileAndSample) {
  const DataError error("pages.h5", "page-7", "no image", /*recoverable=*/true);
  EXPECT_STREQ(error.what(), "pages.h5: sample 'page-7': no image");
  EXPECT_EQ(error.sample_id(), "page-7");
  EXPECT_TRUE(error.recoverable());
  EXPECT_FALSE(DataError("a", "", "b").recoverable());
}

}  // namespace
}  // namespace dsocr::data

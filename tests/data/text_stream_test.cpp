#include "data/text/text_stream.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "data/error.h"
#include "data/text/utf8.h"
#include "tests/support/read_json.h"

namespace dsocr::data {
namespace {

using Ids = std::vector<std::int32_t>;

const Tokenizer& tiny() {
  static const Tokenizer tokenizer =
      Tokenizer::load(test::golden_dir() / "tokenizer" / "tiny_tokenizer.json");
  return tokenizer;
}

std::string streamed(TextStream& stream, const Ids& ids) {
  std::string text;
  for (const auto id : ids) {
    const std::string part = stream.push(id);
    EXPECT_EQ(find_invalid_utf8(part), std::nullopt);
    text += part;
  }
  return text + stream.finish();
}

TEST(TextStream, GivesTheDecodedText) {
  TextStream stream(tiny());
  const auto golden = test::read_json(test::golden_dir() / "tokenizer" / "tiny_vectors.json");
  for (const char* part : {"encode", "decode"}) {
    for (const auto& vector : golden[part]) {
      EXPECT_EQ(streamed(stream, vector["ids"].get<Ids>()), vector["decoded"].get<std::string>());
    }
  }
}

TEST(TextStream, GivesTheDecodedTextOfAnyIds) {
  // Bytes that begin, continue and break off characters, U+FFFD itself, an id without a token.
  Ids pool = {static_cast<std::int32_t>(tiny().vocab_size()) + 5};
  for (const std::string text : {"a", "\u00e9", "\u4f60", "\ufffd", "\U0001f600", "\U0010ffff"}) {
    for (const auto id : tiny().encode(text)) pool.push_back(id);
  }
  TextStream stream(tiny());
  std::mt19937 random(1);
  for (int i = 0; i < 3000; ++i) {
    Ids ids;
    for (auto count = random() % 20; count > 0; --count) {
      const bool any = random() % 8 == 0;
      ids.push_back(any ? static_cast<std::int32_t>(random() % tiny().vocab_size())
                        : pool[random() % pool.size()]);
    }
    EXPECT_EQ(streamed(stream, ids), tiny().decode(ids));
  }
}

TEST(TextStream, WaitsForTheRestOfACharacter) {
  const Ids ids = tiny().encode("\u4f60x");
  ASSERT_EQ(ids.size(), 4U);
  TextStream stream(tiny());
  EXPECT_EQ(stream.push(ids[0]), "");
  EXPECT_EQ(stream.push(ids[1]), "");
  EXPECT_EQ(stream.push(ids[2]), "\u4f60");
  EXPECT_EQ(stream.push(ids[3]), "x");
  EXPECT_EQ(stream.push(ids[0]), "");
  EXPECT_EQ(stream.finish(), "\ufffd");
  EXPECT_EQ(stream.finish(), "");
}

TEST(TextStream, RefusesABadIdAndGoesOn) {
  const Ids ids = tiny().encode("\u4f60");
  ASSERT_EQ(ids.size(), 3U);
  TextStream stream(tiny());
  stream.push(ids[0]);
  EXPECT_THROW(stream.push(-1), DataError);
  stream.push(ids[1]);
  EXPECT_EQ(stream.push(ids[2]), "\u4f60");
}

}  // namespace
}  // namespace dsocr::data

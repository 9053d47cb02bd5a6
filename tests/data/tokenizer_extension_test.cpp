#include "data/text/tokenizer_extension.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <string>

#include "configs/sha256.h"
#include "data/error.h"
#include "tests/support/read_json.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::data {
namespace {

using nlohmann::json;
using Ids = std::vector<std::int32_t>;
using Strings = std::vector<std::string>;

// 512 ids learnt from made-up words in Latin letters and a few of other scripts.
std::filesystem::path old_file() { return test::golden_dir() / "tokenizer/trained_tokenizer.json"; }

TrainingTexts source(const Strings& texts) {
  return {.size = texts.size(),
          .text = [&texts](std::size_t i) { return texts.at(i); },
          .name = [](std::size_t i) { return "text " + std::to_string(i); }};
}

ExtendedTokenizer extend(const Strings& texts, const ExtensionRules& rules = {.size = 100},
                         const Strings& kept = {}, const std::filesystem::path& file = old_file()) {
  return extend_tokenizer(file, rules, source(texts), source(kept));
}

class TokenizerExtension : public testing::Test {
 protected:
  Tokenizer load(const ExtendedTokenizer& grown) const {
    return Tokenizer::load(dir_.write("grown.json", grown.json));
  }

  test::TempDir dir_;
  const Tokenizer old_ = Tokenizer::load(old_file());
};

// By hand: of "XY XY", X = D7 A9 and Y = D7 A0, both unknown, D7 A9 and D7 A0 stand there twice; A9
// has the smaller id, as it is spelled by itself. Then X Y twice; then the blank before it only
// once.
TEST_F(TokenizerExtension, LearnsWholeCharactersAndWordsOfThem) {
  const ExtendedTokenizer grown = extend({"\u05E9\u05E0 \u05E9\u05E0"});
  EXPECT_EQ(grown.first_id, 512u);
  EXPECT_EQ(grown.num_new, 3u);
  EXPECT_EQ(grown.new_characters, "\u05E0\u05E9");
  EXPECT_EQ(grown.text_bytes, 9u);
  const Tokenizer tokenizer = load(grown);
  EXPECT_EQ(tokenizer.vocab_size(), 515u);
  EXPECT_EQ(tokenizer.token_bytes(512), "\u05E9");
  EXPECT_EQ(tokenizer.token_bytes(513), "\u05E0");
  EXPECT_EQ(tokenizer.token_bytes(514), "\u05E9\u05E0");
  EXPECT_EQ(tokenizer.encode("\u05E9\u05E0\u05E0"), (Ids{514, 513}));
  EXPECT_EQ(extend({"\u05E9\u05E0 \u05E9\u05E0"}, {.size = 2}).num_new, 2u);
  EXPECT_EQ(extend({"\u05E9\u05E0 \u05E9\u05E0"}, {.size = 9, .min_frequency = 1}).num_new, 4u);
}

// Of three bytes: the first two, which no character of the old texts begins with, then all.
TEST_F(TokenizerExtension, BuildsLongCharactersFromTheirStart) {
  const Tokenizer tokenizer = load(extend({"\u10D0-\u10D0"}));
  EXPECT_EQ(tokenizer.vocab_size(), 514u);
  EXPECT_EQ(tokenizer.token_bytes(512), "\xE1\x83");
  EXPECT_EQ(tokenizer.token_bytes(513), "\u10D0");
  // The start of a character of the kept texts stays in bytes, and so does the new one.
  EXPECT_EQ(extend({"\u10D0-\u10D0"}, {.size = 9}, {"\u10D1"}).num_new, 0u);
}

TEST_F(TokenizerExtension, KeepsIdsAndMerges) {
  const json before = test::read_json(old_file());
  const json after = json::parse(extend({"\u05E9\u05E0 kalo \u05E9\u05E0 kalo"}).json);
  for (const auto& [token, id] : before.at("model").at("vocab").items())
    EXPECT_EQ(after.at("model").at("vocab").at(token), id);
  const json& merges = after.at("model").at("merges");
  const std::size_t num_old = before.at("model").at("merges").size();
  EXPECT_TRUE(std::equal(before["model"]["merges"].begin(), before["model"]["merges"].end(),
                         merges.begin(), merges.begin() + static_cast<std::ptrdiff_t>(num_old)));
  EXPECT_EQ(merges.size(), num_old + 3);
  for (const char* part : {"version", "added_tokens", "pre_tokenizer", "decoder", "normalizer"})
    EXPECT_EQ(after.at(part), before.at(part)) << part;
}

// The words in ASCII would be worth tokens, but texts in the old script would have other ids.
TEST_F(TokenizerExtension, OldTextsHaveTheirIds) {
  Strings texts;
  for (int i = 0; i < 50; ++i) texts.emplace_back("\u05E9\u05E0 xqzxqz -- \u05E0 caf\u00E9 ===");
  const json golden = test::read_json(test::golden_dir() / "tokenizer/training_vectors.json");
  const Strings kept = golden.at("cases").at(0).at("texts");
  const ExtendedTokenizer grown = extend(texts, {.size = 100}, kept);
  const Tokenizer tokenizer = load(grown);
  EXPECT_EQ(grown.num_new, 4u);  // both letters, the first word, the second with its blank
  require_same_ids(old_, tokenizer, source(kept));
  for (const std::string text : {"xqzxqz -- ===", "kalo ter\n\n", "<image>caf", "\u6DF1\u5EA6",
                                 "\u0436\u0438 \u0628\u062A", "\U0001F600"})
    EXPECT_EQ(tokenizer.encode(text), old_.encode(text)) << text;
  EXPECT_LT(tokenizer.encode(texts[0]).size(), old_.encode(texts[0]).size());
  EXPECT_EQ(test::thrown_message([&] { require_same_ids(old_, tokenizer, source(texts)); }),
            "text 0: has other ids in the grown vocabulary");
}

TEST_F(TokenizerExtension, IdsAreThoseOfTheLibrary) {
  const json vectors = test::read_json(test::golden_dir() / "tokenizer/extension_vectors.json");
  const ExtendedTokenizer grown =
      extend(vectors.at("texts"), {.size = vectors.at("size").get<std::size_t>()});
  EXPECT_EQ(configs::sha256_hex(grown.json), vectors.at("sha256"));
  const Tokenizer tokenizer = load(grown);
  ASSERT_EQ(vectors.at("encodings").size(), 6u);
  for (const json& vector : vectors.at("encodings")) {
    const std::string text = vector.at(0);
    EXPECT_EQ(json(tokenizer.encode(text)), vector.at(1));
    EXPECT_EQ(tokenizer.decode(tokenizer.encode(text)), text);
  }
}

// Hugging Face counts the ids of added tokens from the size of model.vocab when they are not in it.
TEST_F(TokenizerExtension, AddedTokensAreInTheVocabularyWithTheirIds) {
  json settings = test::read_json(old_file());
  json added = settings["added_tokens"][3];
  added["id"] = 512;
  added["content"] = "<\uFF5Cextra\uFF5C>";
  settings["added_tokens"].push_back(added);
  const auto file = dir_.write("old.json", settings.dump());
  const ExtendedTokenizer grown = extend({"\u05E9\u05E9"}, {.size = 100}, {}, file);
  EXPECT_EQ(grown.first_id, 513u);
  const json vocab = json::parse(grown.json).at("model").at("vocab");
  EXPECT_EQ(vocab.at("<\uFF5Cextra\uFF5C>"), 512);
  const Tokenizer tokenizer = load(grown);
  EXPECT_EQ(tokenizer.encode("<\uFF5Cextra\uFF5C>\u05E9<image>"), (Ids{512, 513, 3}));
  EXPECT_TRUE(tokenizer.is_special(512));
}

TEST_F(TokenizerExtension, TheReleasedVocabularyGrows) {
  const auto file = default_tokenizer_file();
  const Tokenizer released = Tokenizer::load(file);
  Strings texts;
  for (int i = 0; i < 5; ++i)
    texts.emplace_back("\u05D1\u05E8\u05D0\u05E9\u05D9\u05EA \u05D1\u05E8\u05D0");
  const ExtendedTokenizer grown = extend(texts, {.size = 8}, {}, file);
  EXPECT_EQ(grown.first_id, 128'827u);
  EXPECT_GT(grown.num_new, 0u);
  const Tokenizer tokenizer = load(grown);
  EXPECT_LT(tokenizer.encode(texts[0]).size(), released.encode(texts[0]).size());
  EXPECT_EQ(tokenizer.token_id("<image>"), released.token_id("<image>"));
  const auto pieces = old_ids_of_new_tokens(released, tokenizer);
  EXPECT_EQ(pieces.size(), grown.num_new);
  for (const std::string text :
       {"The quick brown fox\u2014", "\u6DF1\u5EA6\u6C42\u7D22", "<td>\u00E9</td>"})
    EXPECT_EQ(tokenizer.encode(text), released.encode(text));
}

TEST_F(TokenizerExtension, NewTokensAreMadeOfOldIds) {
  const Tokenizer tokenizer = load(extend({"\u05E9\u05E0 \u05E9\u05E0 \u2014\u2014"}));
  const auto pieces = old_ids_of_new_tokens(old_, tokenizer);
  ASSERT_EQ(pieces.size(), tokenizer.vocab_size() - 512);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    std::string bytes;
    for (const std::int32_t id : pieces[i]) bytes += old_.token_bytes(id);
    EXPECT_EQ(bytes, tokenizer.token_bytes(static_cast<std::int32_t>(512 + i)));
  }
  EXPECT_EQ(test::thrown_message([&] { old_ids_of_new_tokens(tokenizer, old_); }),
            "the vocabularies differ at id 512");
}

TEST_F(TokenizerExtension, ThreadsAndTheOrderOfTextsChangeNothing) {
  Strings texts = test::read_json(test::golden_dir() / "tokenizer/extension_vectors.json")["texts"];
  for (std::size_t i = 0; i < 20; ++i) texts.push_back("\u05E9\u05E0");
  std::string first;
  for (const std::size_t threads : {1U, 2U, 8U}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    const std::string made = extend(texts).json;
    if (first.empty()) first = made;
    EXPECT_EQ(made, first);
    std::reverse(texts.begin(), texts.end());
  }
}

TEST_F(TokenizerExtension, SaysWhatIsWrong) {
  const std::string nothing_new =
      "the texts have no new character, and with tokens of others alone the ids of old texts would "
      "change";
  EXPECT_EQ(test::thrown_message([] { extend({"plain text"}); }), nothing_new);
  EXPECT_EQ(test::thrown_message([] { extend({}); }), nothing_new);
  EXPECT_EQ(test::thrown_message([] { extend({"\u05E9"}, {.size = 1}, {"\u05E9"}); }), nothing_new);
  EXPECT_EQ(test::thrown_message([] {
              extend({"ok", "bad \xFF"});
            }),
            "text 1: is not UTF-8 at byte 4");
  EXPECT_EQ(test::thrown_message([] { extend({"\u05E9"}, {.size = 1'048'065}); }),
            old_file().string() + ": 1048065 more tokens are too many: ids end at 1048575");
}

}  // namespace
}  // namespace dsocr::data

// Every file that the tokenizer refuses, and what it says.
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include "data/error.h"
#include "data/text/tokenizer.h"
#include "tests/support/read_json.h"
#include "tests/support/temp_dir.h"

namespace dsocr::data {
namespace {

using nlohmann::json;

/// The error for a file, without the file's name in front; "loaded" when there is none.
std::string error_for_file(const std::filesystem::path& file) {
  try {
    Tokenizer::load(file);
  } catch (const DataError& error) {
    const std::string message = error.what();
    const std::string prefix = file.string() + ": ";
    return message.starts_with(prefix) ? message.substr(prefix.size()) : "no file: " + message;
  }
  return "loaded";
}

std::string error_for_text(const std::string& text) {
  const test::TempDir dir;
  return error_for_file(dir.write("tokenizer.json", text));
}

std::string tiny_text() {
  std::ifstream in(test::golden_dir() / "tokenizer" / "tiny_tokenizer.json");
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The error for the tiny tokenizer with one value set: (pointer, value).
std::string error_with(const std::string& pointer, const json& value) {
  json file = json::parse(tiny_text());
  file[json::json_pointer(pointer)] = value;
  return error_for_text(file.dump());
}

std::string error_without(const std::string& parent, const std::string& field) {
  json file = json::parse(tiny_text());
  file[json::json_pointer(parent)].erase(field);
  return error_for_text(file.dump());
}

TEST(TokenizerFile, FilesThatCannotBeRead) {
  const test::TempDir dir;
  EXPECT_EQ(error_for_file(dir.path() / "absent.json"), "no such file");
  EXPECT_EQ(error_for_file(dir.path()), "not a regular file");
}

TEST(TokenizerFile, TextThatIsNotATokenizer) {
  const std::string parse_error = "not valid JSON: [json.exception.parse_error.101] parse error";
  const std::string whole = tiny_text();
  for (const auto& text : {std::string(), std::string("hello"), whole.substr(0, whole.size() / 2),
                           whole + "}", std::string("{\"version\": \"\xFF\"}")}) {
    EXPECT_TRUE(error_for_text(text).starts_with(parse_error)) << error_for_text(text);
  }
  EXPECT_EQ(error_for_text("3"), "the file must hold an object");
  EXPECT_EQ(error_for_text("[]"), "the file must hold an object");
  EXPECT_EQ(error_for_text("{}"), "version is null, supported is only \"1.0\"");
  EXPECT_EQ(error_for_text(std::string(100000, '[')), "nested more than 32 deep");
  EXPECT_EQ(error_for_text(R"({"version": "1.0", "version": "1.0"})"),
            "key \"version\" appears twice");
}

struct Refusal {
  const char* pointer;
  json value;
  const char* message;
};

TEST(TokenizerFile, SettingsThatAreNotImplemented) {
  const std::vector<Refusal> refusals = {
      {"/version", "2.0", "version is \"2.0\", supported is only \"1.0\""},
      {"/truncation", json::object(), "truncation is an object, supported is only null"},
      {"/padding", json::object(), "padding is an object, supported is only null"},
      {"/extra", 1, "extra is not a known field"},
      {"/normalizer",
       {{"type", "NFC"}},
       "normalizer.type is \"NFC\", supported is only \"Sequence\""},
      {"/normalizer",
       {{"type", "Sequence"}, {"normalizers", {{{"type", "NFC"}}}}},
       "normalizer.normalizers is a list, supported is only an empty list"},
      {"/pre_tokenizer", nullptr, "pre_tokenizer must be an object"},
      {"/pre_tokenizer",
       {{"type", "Metaspace"}, {"replacement", "_"}},
       "pre_tokenizer.type is \"Metaspace\", supported is only \"Sequence\""},
      {"/pre_tokenizer/pretokenizers", json::array(),
       "pre_tokenizer.pretokenizers is a list, supported is only a list that ends with ByteLevel"},
      {"/pre_tokenizer/pretokenizers/0/type", "Digits",
       "pre_tokenizer.pretokenizers[0].type is \"Digits\", supported is only \"Split\""},
      {"/pre_tokenizer/pretokenizers/1/behavior", "Removed",
       "pre_tokenizer.pretokenizers[1].behavior is \"Removed\", supported is only \"Isolated\""},
      {"/pre_tokenizer/pretokenizers/1/invert", true,
       "pre_tokenizer.pretokenizers[1].invert is true, supported is only false"},
      {"/pre_tokenizer/pretokenizers/2/pattern",
       {{"String", " "}},
       "pre_tokenizer.pretokenizers[2].pattern.String is not a known field"},
      {"/pre_tokenizer/pretokenizers/2/pattern/Regex", 5,
       "pre_tokenizer.pretokenizers[2].pattern.Regex is 5, supported is only a string"},
      {"/pre_tokenizer/pretokenizers/3/use_regex", true,
       "pre_tokenizer.pretokenizers[3].use_regex is true, supported is only false"},
      {"/pre_tokenizer/pretokenizers/3/add_prefix_space", true,
       "pre_tokenizer.pretokenizers[3].add_prefix_space is true, supported is only false"},
      {"/post_processor",
       {{"type", "BertProcessing"}},
       "post_processor.type is \"BertProcessing\", supported is only \"ByteLevel\" or "
       "\"TemplateProcessing\""},
      {"/decoder", nullptr, "decoder must be an object"},
      {"/decoder/type", "Metaspace",
       "decoder.type is \"Metaspace\", supported is only \"ByteLevel\""},
      {"/model", 5, "model must be an object"},
      {"/model/type", "Unigram", "model.type is \"Unigram\", supported is only \"BPE\""},
      {"/model/dropout", 0.1, "model.dropout is 0.1, supported is only null"},
      {"/model/unk_token", "<unk>", "model.unk_token is \"<unk>\", supported is only null"},
      {"/model/fuse_unk", true, "model.fuse_unk is true, supported is only false"},
      {"/model/byte_fallback", true, "model.byte_fallback is true, supported is only false"},
      {"/model/ignore_merges", true, "model.ignore_merges is true, supported is only false"},
      {"/model/continuing_subword_prefix", "##",
       "model.continuing_subword_prefix is \"##\", supported is only null"},
      {"/model/end_of_word_suffix", "</w>",
       "model.end_of_word_suffix is \"</w>\", supported is only null"},
      {"/added_tokens", 5, "added_tokens is 5, supported is only a list"},
      {"/added_tokens/1/lstrip", true, "added_tokens[1].lstrip is true, supported is only false"},
      {"/added_tokens/1/rstrip", true, "added_tokens[1].rstrip is true, supported is only false"},
      {"/added_tokens/1/single_word", true,
       "added_tokens[1].single_word is true, supported is only false"},
      {"/added_tokens/1/special", nullptr,
       "added_tokens[1].special is null, supported is only true or false"},
      {"/added_tokens/1/id", "7", "added_tokens[1].id is \"7\", supported is only an integer"},
      {"/added_tokens/1/id", -7, "added_tokens[1].id is -7, supported is only 0..1048575"},
      {"/added_tokens/1/content", 7, "added_tokens[1].content is 7, supported is only a string"},
  };
  for (const auto& refusal : refusals) {
    EXPECT_EQ(error_with(refusal.pointer, refusal.value), refusal.message);
  }
}

TEST(TokenizerFile, AbsentSettingsCountAsTheLibrarysDefault) {
  EXPECT_EQ(error_without("/pre_tokenizer/pretokenizers/3", "use_regex"),
            "pre_tokenizer.pretokenizers[3].use_regex is null, supported is only false");
  for (const auto* field : {"dropout", "unk_token", "fuse_unk", "byte_fallback", "ignore_merges"}) {
    EXPECT_EQ(error_without("/model", field), "loaded");
  }
  for (const auto* field : {"truncation", "padding", "normalizer", "post_processor"}) {
    EXPECT_EQ(error_without("", field), "loaded");
  }
  EXPECT_EQ(error_without("", "model"), "model must be an object");
  EXPECT_EQ(error_without("/model", "vocab"), "model.vocab must be an object");
  EXPECT_EQ(error_without("/model", "merges"), "model.merges must be a list");
}

TEST(TokenizerFile, BadVocabulary) {
  EXPECT_EQ(error_with("/model/vocab", json::array()), "model.vocab must be an object");
  EXPECT_EQ(error_with("/model/vocab/zz", -1), "model.vocab[\"zz\"]: id -1 is not in 0..1048575");
  EXPECT_EQ(error_with("/model/vocab/zz", 1 << 20),
            "model.vocab[\"zz\"]: id 1048576 is not in 0..1048575");
  EXPECT_EQ(error_with("/model/vocab/zz", 5), "model.vocab[\"zz\"]: id 5 is used twice");
  for (const json& value :
       {json(1.5), json("5"), json(), json::array(), json::object(), json(UINT64_MAX)}) {
    EXPECT_EQ(error_with("/model/vocab/zz", value),
              "model.vocab[\"zz\"]: the id is not an integer");
  }
}

TEST(TokenizerFile, VocabularyWithRepeatedOrMissingTokens) {
  std::string text = json::parse(tiny_text()).dump();
  const std::string head = "\"vocab\":{";
  const auto with = [&](const std::string& entries) {
    std::string changed = text;
    changed.insert(changed.find(head) + head.size(), entries);
    return error_for_text(changed);
  };
  EXPECT_EQ(with("\"zz\":900,\"zz\":901,"),
            "model.vocab[\"zz\"]: the token has two ids, 900 and 901");
  EXPECT_EQ(with("\"\":900,"), "model.vocab[\"\"]: the token is empty");
  EXPECT_EQ(with("\"\u4E2D\":900,\"\u4E2D\":901,"),
            "model.vocab[\"\u4E2D\"]: the token has two ids");
  json file = json::parse(text);
  file["model"]["merges"] = json::array();
  json bytes_only = json::object();
  for (const auto& [token, id] : file["model"]["vocab"].items())
    if (token.size() == 1 || (token.size() == 2 && token[0] < 0)) bytes_only[token] = id;
  file["model"]["vocab"] = bytes_only;
  EXPECT_EQ(error_for_text(file.dump()), "loaded");
  file["model"]["vocab"].erase("A");
  EXPECT_EQ(error_for_text(file.dump()), "model.vocab has no token for byte 65");
}

TEST(TokenizerFile, BadMerges) {
  const std::string form = "model.merges[3]: not two tokens, as \"a b\" or [\"a\", \"b\"]";
  for (const json& value :
       {json("ab"), json("a b c"), json(5), json(), json::object(), json::array(), json{"a"},
        json{"a", "b", "c"}, json{"a", 5}, json{"a", json{"b"}}}) {
    EXPECT_EQ(error_with("/model/merges/3", value), form) << value;
  }
  EXPECT_EQ(error_with("/model/merges", json::object()), "model.merges must be a list");
  EXPECT_EQ(error_with("/model/merges/3", "qqq Q"),
            "model.merges[3]: \"qqq\" is not a byte-level token of model.vocab");
  EXPECT_EQ(error_with("/model/merges/3", "Q qqq"),
            "model.merges[3]: \"qqq\" is not a byte-level token of model.vocab");
  EXPECT_EQ(error_with("/model/merges/3", "Q Q"),
            "model.merges[3]: \"QQ\" is not a byte-level token of model.vocab");
  EXPECT_EQ(error_with("/model/merges/3", "Q \u4E2D"),
            "model.merges[3]: \"\u4E2D\" is not in the byte-level alphabet");
  const json first = json::parse(tiny_text())["model"]["merges"][0];
  EXPECT_EQ(error_with("/model/merges/3", first), "model.merges[3]: the pair has an earlier merge");
}

TEST(TokenizerFile, AMergeThatIsMissing) {
  json file = json::parse(tiny_text());
  ASSERT_EQ(file["model"]["merges"][0], json({"e", "e"}));
  file["model"]["merges"].erase(0);
  EXPECT_EQ(error_for_text(file.dump()),
            "model.merges: no merge makes the token \"ee\" of model.vocab");
}

TEST(TokenizerFile, BadAddedTokens) {
  EXPECT_EQ(error_with("/added_tokens/5/content", ""),
            "added_tokens[5] \"\": the content is empty");
  EXPECT_EQ(error_with("/added_tokens/5/content", std::string(1025, 'x')).substr(1039),
            "xxx\": the content has more than 1024 bytes");
  EXPECT_EQ(error_with("/added_tokens/6/content", "<image>"),
            "added_tokens[6] \"<image>\": the content is listed twice");
  EXPECT_EQ(error_with("/added_tokens/4/content", "<image>"),
            "added_tokens[5] \"<image>\": the token has two ids, 701 and 702");
  EXPECT_EQ(error_with("/added_tokens/5/id", 40),
            "added_tokens[5] \"<image>\": id 40 is used twice");
  EXPECT_EQ(error_with("/added_tokens/5/content", "A").substr(0, 41),
            "added_tokens[5] \"A\": the token has two id");
}

TEST(TokenizerFile, BadPatterns) {
  const std::string pointer = "/pre_tokenizer/pretokenizers/0/pattern/Regex";
  EXPECT_EQ(error_with(pointer, "(a"), "regular expression '(a': missing closing parenthesis");
  EXPECT_EQ(error_with(pointer, "(?i:a)"),
            "regular expression '(?i:a)', offset 0: this kind of group is not supported");
}

}  // namespace
}  // namespace dsocr::data

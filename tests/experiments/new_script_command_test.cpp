#include <gtest/gtest.h>

#include <filesystem>

#include "data/text/tokenizer.h"
#include "model/weights/hf_config.h"
#include "reports/files.h"
#include "tests/experiments/run_dsocr.h"
#include "tests/support/read_json.h"
#include "tests/support/temp_dir.h"

namespace dsocr {
namespace {

using test::Outcome;
using test::run;

// A small vocabulary of Latin letters learns Hebrew, and a network gets rows for it.
class NewScript : public testing::Test {
 protected:
  NewScript() {
    std::string words;
    for (int i = 0; i < 20; ++i) words += "\u05E9\u05DC\u05D5\u05DD \u05E2\u05D5\u05DC\u05DD. ka\n";
    std::filesystem::create_directory(dir_.path() / "texts");
    hebrew_ = dir_.write("texts/he.txt", words).string();
    dir_.write("texts/ka-Latn.txt", "ka ka ka");
    english_ = dir_.write("english.txt", "kalo ter pre ka").string();
  }
  std::string path(const std::string& name) const { return (dir_.path() / name).string(); }
  Outcome extend(const std::string& out, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> command{"data",   "tokenizer", "extend", old_,    hebrew_,  "--keep",
                                     english_, "--size",    "20",     "--out", path(out)};
    command.insert(command.end(), more.begin(), more.end());
    return run(command);
  }

  test::TempDir dir_;
  const std::string old_ = (test::golden_dir() / "tokenizer/trained_tokenizer.json").string();
  std::string hebrew_, english_;
};

// Six different letters; what is made of them is up to the words.
TEST_F(NewScript, ExtendGivesAVocabularyMoreTokens) {
  const Outcome made = extend("grown");
  ASSERT_EQ(made.status, 0) << made.err;
  const std::string file = path("grown/tokenizer.json");
  const auto grown = data::Tokenizer::load(file);
  const std::size_t num_new = grown.vocab_size() - 512;
  EXPECT_GE(num_new, 6u);
  EXPECT_EQ(made.out,
            std::to_string(num_new) + " more ids, from 512 on, in " + file + ", from " +
                std::to_string(std::filesystem::file_size(hebrew_)) +
                " bytes in 1 texts\nNew characters: "
                "\u05D5\u05DC\u05DD\u05E2\u05E9\nTexts without them keep their ids; 1 were "
                "compared.\n");
  ASSERT_EQ(extend("other.json", {"--threads", "1"}).status, 0);
  EXPECT_EQ(reports::read_file(path("other.json")), reports::read_file(file));
}

TEST_F(NewScript, ExtendOverwritesNothingAndNamesWhatIsWrong) {
  const std::string file = dir_.write("there.json", "mine").string();
  EXPECT_EQ(extend("there.json").err, "dsocr: " + file + " exists already\n");
  EXPECT_EQ(reports::read_file(file), "mine");
  EXPECT_EQ(extend("a.json", {"--min-frequency", "-1"}).status, 2);
  const Outcome nothing =
      run({"data", "tokenizer", "extend", old_, english_, "--size", "5", "--out", path("a.json")});
  EXPECT_EQ(nothing.status, 1);
  EXPECT_NE(nothing.err.find("no new character"), std::string::npos) << nothing.err;
  EXPECT_FALSE(std::filesystem::exists(path("a.json")));
}

TEST_F(NewScript, GrowGivesANetworkRows) {
  ASSERT_EQ(extend("grown.json").status, 0);
  ASSERT_EQ(run({"model", "init", "--preset", "nano", "--tokenizer", old_, "--dtype", "float32",
                 "--out", path("old")})
                .status,
            0);
  reports::write_file(path("old/glyph_heads.safetensors"), "heads");
  const Outcome made =
      run({"model", "grow", path("old"), "--tokenizer", path("grown.json"), "--out", path("new")});
  ASSERT_EQ(made.status, 0) << made.err;
  const std::size_t ids = data::Tokenizer::load(path("grown.json")).vocab_size();
  const std::int64_t rows = model::read_hf_config(path("new/config.json")).decoder.vocab_size;
  EXPECT_EQ(rows, static_cast<std::int64_t>((ids + 7) / 8 * 8));
  EXPECT_EQ(made.out, "Model: " + path("new") + "\n" + std::to_string(rows) + " rows for the " +
                          std::to_string(ids) + " ids of " + path("grown.json") + ", " +
                          std::to_string(ids - 512) + " of them new\n");
  EXPECT_EQ(reports::read_file(path("new/tokenizer.json")), reports::read_file(path("grown.json")));
  EXPECT_EQ(reports::read_file(path("new/glyph_heads.safetensors")), "heads");
  EXPECT_EQ(run({"model", "info", path("new")}).status, 0);
  const Outcome again =
      run({"model", "grow", path("old"), "--tokenizer", path("grown.json"), "--out", path("new")});
  EXPECT_EQ(again.err, "dsocr: " + path("new") + ": exists already\n");
  const Outcome shrunk =
      run({"model", "grow", path("new"), "--tokenizer", old_, "--out", path("x")});
  EXPECT_EQ(shrunk.err, "dsocr: the vocabularies differ at id 512\n");
}

TEST_F(NewScript, FertilityHoldsLanguagesAgainstAReference) {
  const Outcome shown = run({"data", "tokenizer", "fertility", old_, path("texts"), "--reference",
                             english_, "--out", path("report")});
  ASSERT_EQ(shown.status, 0) << shown.err;
  const auto report = test::read_json(path("report/report.json"));
  const auto& rows = report.at("tables").at(0).at("rows");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].at("text"), "reference");
  EXPECT_EQ(rows[1].at("text"), "he");
  EXPECT_EQ(rows[2].at("text"), "ka-Latn");
  EXPECT_EQ(rows[0].at("to_reference"), 1);
  EXPECT_EQ(rows[1].at("words"), 60);
  EXPECT_EQ(rows[2].at("whole_words"), 1);
  EXPECT_GT(rows[1].at("to_reference"), 3);
  for (const char* file : {"report.md", "fertility.csv", "longest.csv", "missing.csv", "words.svg"})
    EXPECT_TRUE(std::filesystem::exists(dir_.path() / "report" / file)) << file;
  EXPECT_NE(shown.out.find("U+05DC"), std::string::npos) << shown.out;
}

// Files that are not called by languages make one row.
TEST_F(NewScript, FertilityTakesAFolderAsOneText) {
  dir_.write("texts/more letters.txt", "ka");
  const Outcome shown = run({"data", "tokenizer", "fertility", old_, path("texts"), english_});
  ASSERT_EQ(shown.status, 0) << shown.err;
  EXPECT_NE(shown.out.find("\ntexts "), std::string::npos) << shown.out;
  EXPECT_NE(shown.out.find("\nenglish "), std::string::npos) << shown.out;
  EXPECT_EQ(shown.out.find("reference"), std::string::npos) << shown.out;
}

}  // namespace
}  // namespace dsocr

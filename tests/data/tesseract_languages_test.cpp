#include "data/label/tesseract_languages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "configs/sha256.h"
#include "data/label/tesseract.h"
#include "data/label/tesseract_engine.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::data {
namespace {

using test::thrown_message;

bool has_language(const std::string& language) {
  return std::filesystem::exists(tesseract_file(tesseract_folder(), language));
}

TEST(TesseractLanguages, HaveTheNamesOfDebiansPackages) {
  const std::vector<std::string> all = tesseract_languages();
  EXPECT_EQ(all.size(), 160U);  // tesseract-ocr-* of Debian 12 without -osd and -all
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
  for (const std::string& language : all)
    EXPECT_TRUE(tesseract_package(language).starts_with("tesseract-ocr-")) << language;
  EXPECT_EQ(tesseract_package("eng"), "tesseract-ocr-eng");
  EXPECT_EQ(tesseract_package("chi_sim_vert"), "tesseract-ocr-chi-sim-vert");
  EXPECT_EQ(tesseract_package("srp_latn"), "tesseract-ocr-srp-latn");
  EXPECT_EQ(tesseract_package("Cyrillic"), "tesseract-ocr-script-cyrl");
  EXPECT_EQ(tesseract_package("Canadian_Aboriginal"), "tesseract-ocr-script-cans");
  EXPECT_EQ(tesseract_package("HanS_vert"), "tesseract-ocr-script-hans-vert");
  for (const char* unknown : {"", "osd", "all", "en", "Cyrillic_vert", "chi-sim"})
    EXPECT_EQ(tesseract_package(unknown), "") << unknown;
}

TEST(TesseractLanguages, AreFoundForTags) {
  for (const auto& [tag, language] :
       std::vector<std::pair<std::string, std::string>>{{"en", "eng"},
                                                        {"en-US", "eng"},
                                                        {"de", "deu"},
                                                        {"fr", "fra"},
                                                        {"ru", "rus"},
                                                        {"uk", "ukr"},
                                                        {"he", "heb"},
                                                        {"iw", "heb"},
                                                        {"ar", "ara"},
                                                        {"fa", "fas"},
                                                        {"zh", "chi_sim"},
                                                        {"zh-Hans", "chi_sim"},
                                                        {"zh-TW", "chi_tra"},
                                                        {"zh-Hant", "chi_tra"},
                                                        {"ja", "jpn"},
                                                        {"ko", "kor"},
                                                        {"sr", "srp"},
                                                        {"sr-Cyrl", "srp"},
                                                        {"sr-Latn", "srp_latn"},
                                                        {"uz", "uzb"},
                                                        {"uz-Cyrl", "uzb_cyrl"},
                                                        {"az", "aze"},
                                                        {"nb", "nor"},
                                                        {"nn", "nor"},
                                                        {"no", "nor"},
                                                        {"ku", "kmr"},
                                                        {"tl", "fil"},
                                                        {"mn", "mon"},
                                                        {"grc", "grc"},
                                                        {"de-Latf", "frk"},
                                                        // Only their scripts.
                                                        {"ab", "Cyrillic"},
                                                        {"pa-Arab", "Arabic"},
                                                        {"ckb", "Arabic"},
                                                        {"yue", "HanT"},
                                                        {"und-Cyrl", "Cyrillic"},
                                                        {"gsw", "Latin"},
                                                        {"kk-Latn", "Latin"},
                                                        {"ko-Hang", "Hangul"},
                                                        // Nothing.
                                                        {"", ""},
                                                        {"und", ""},
                                                        {"xx", ""},
                                                        {"not a tag", ""},
                                                        {"und-Egyp", ""}}) {
    EXPECT_EQ(tesseract_language(tag), language) << tag;
    EXPECT_TRUE(language.empty() || !tesseract_package(language).empty()) << language;
  }
}

TEST(TesseractLanguages, SaysWhatItIs) {
  const LabellerInfo info = open_tesseract("eng")->info();
  EXPECT_EQ(info.name, "tesseract:eng");
  EXPECT_TRUE(info.version.starts_with("5.")) << info.version;
  const auto file = tesseract_file(tesseract_folder(), "eng");
  EXPECT_EQ(info.models, (std::vector<std::pair<std::string, std::string>>{
                             {"eng.traineddata", configs::sha256_file(file)}}));
  // Whatever a page may need.
  const LabellerInfo all = open_tesseract("")->info();
  EXPECT_EQ(all.name, "tesseract");
  EXPECT_NE(std::find(all.models.begin(), all.models.end(), info.models[0]), all.models.end());
  EXPECT_EQ(open_tesseract("auto")->info().models, all.models);
}

TEST(TesseractLanguages, NamesWhatIsWrong) {
  EXPECT_EQ(thrown_message([] { open_tesseract("engl"); }),
            "Tesseract has no language 'engl'; did you mean 'eng'?");
  EXPECT_EQ(thrown_message([] { open_tesseract("eng+chi-sim"); }),
            "Tesseract has no language 'chi-sim'; did you mean 'chi_sim'?");
  EXPECT_TRUE(thrown_message([] {
                open_tesseract("eng+");
              }).starts_with("Tesseract has no language ''; valid: "));
  const std::vector<std::string> all = tesseract_languages();
  const auto missing = std::find_if_not(all.begin(), all.end(), has_language);
  if (missing == all.end()) GTEST_SKIP() << "needs a language that is not installed";
  const std::string file = tesseract_file(tesseract_folder(), *missing).string();
  EXPECT_EQ(thrown_message([&] { open_tesseract("eng+" + *missing); }),
            file + ": is missing; apt-get install " + tesseract_package(*missing));
}

TEST(TesseractLanguages, RefusesDamagedData) {
  const test::TempDir dir;
  const auto whole = tesseract_file(tesseract_folder(), "eng");
  const auto file = tesseract_file(dir.path(), "eng");
  const auto size = std::filesystem::file_size(whole);
  testing::internal::CaptureStderr();
  for (const std::uintmax_t kept :
       {std::uintmax_t{0}, std::uintmax_t{3}, std::uintmax_t{1000}, size / 2, size - 100}) {
    std::filesystem::copy_file(whole, file, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(file, kept);
    EXPECT_EQ(
        thrown_message([&] { TesseractEngine(dir.path(), {"eng"}); }),
        file.string() + ": cannot be loaded by Tesseract: it is damaged, or has no LSTM network");
  }
  // A further language too, with which Tesseract alone would go on.
  std::filesystem::copy_file(whole, file, std::filesystem::copy_options::overwrite_existing);
  const auto second = dir.write("deu.traineddata", "no data");
  EXPECT_EQ(
      thrown_message([&] {
        TesseractEngine(dir.path(), {"eng", "deu"});
      }),
      second.string() + ": cannot be loaded by Tesseract: it is damaged, or has no LSTM network");
  EXPECT_EQ(TesseractEngine(dir.path(), {"eng"}).loaded(), (std::vector<std::string>{"eng"}));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace dsocr::data

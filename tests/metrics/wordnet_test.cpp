#include "eval/metrics/wordnet.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/temp_dir.h"

namespace dsocr::metrics {
namespace {

using Names = std::vector<std::string_view>;

constexpr const char* kDebianFolder = "/usr/share/wordnet";

#define DSOCR_REQUIRE_WORDNET() \
  if (!WordNet::available(kDebianFolder)) GTEST_SKIP() << "needs wordnet-base in " << kDebianFolder

// A dictionary of a few synsets in WordNet's file format.
class SmallWordNet {
 public:
  SmallWordNet() {
    const std::string licence = "  1 WordNet 3.0 Copyright 2006 by Princeton University  \n";
    const auto data = [&licence](const std::vector<std::string>& synsets) {
      std::string text = licence;
      for (const std::string& synset : synsets) {
        char offset[9];
        std::snprintf(offset, sizeof offset, "%08zu", text.size());
        text += offset + synset + "\n";
      }
      return text;
    };
    const std::string noun = data({" 05 n 02 dog 0 domestic_dog 0 000 | canine",
                                   " 05 n 03 Oxford 0 man 0 adult_male 1 000 | names"});
    const std::string adjective = data({" 00 s 02 galore(ip) 0 rife(p) 0 000 | plenty"});
    const std::string first = std::to_string(100000000 + licence.size()).substr(1);
    const std::string second = noun.substr(noun.find("\n00000", licence.size()) + 1, 8);
    write("data.noun", noun);
    write("data.verb", data({" 30 v 02 go 0 run 0 000 01 + 01 00 | move"}));
    write("data.adj", adjective);
    write("data.adv", data({" 02 r 01 well 0 000 | good"}));
    write("index.noun", licence + "dog n 1 0 1 1 " + first + "  \n" + "man n 1 2 @ ~ 1 0 " +
                            second + "  \nox n 2 0 2 1 " + second + " " + first + "  \n");
    write("index.verb", licence + "go v 1 0 1 1 " + first + "  \n");
    write("index.adj", licence + "galore a 1 0 1 0 " + first + "  \n");
    write("index.adv", licence + "well r 1 0 1 0 " + first + "  \n");
    write("noun.exc", "dogges none\ndogges dog\noxen ox\n");
    write("verb.exc", "went go\n");
    write("adj.exc", "acer acer\n");
    write("adv.exc", "best well\n");
  }

  const std::filesystem::path& path() const { return folder_.path(); }
  std::string file(const std::string& name) const { return (path() / name).string(); }
  void write(const std::string& name, const std::string& text) const { folder_.write(name, text); }

 private:
  test::TempDir folder_;
};

// What the constructor or a look-up says about a broken file.
std::string error_of(const SmallWordNet& files, std::string_view word = "dog") {
  try {
    WordNet(files.path()).lemma_names(word);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no error";
}

TEST(WordNet, ReadsNamesWithoutMarkersAndWithoutCollocations) {
  const SmallWordNet files;
  const WordNet wordnet(files.path());
  EXPECT_EQ(wordnet.version(), "3.0");
  EXPECT_EQ(wordnet.lemma_names("dog"), Names({"dog"}));
  EXPECT_EQ(wordnet.lemma_names("man"), Names({"Oxford", "man"}));
  EXPECT_EQ(wordnet.lemma_names("galore"), Names({"galore", "rife"}));
  EXPECT_EQ(wordnet.lemma_names("cat"), Names());
  EXPECT_EQ(wordnet.lemma_names(""), Names());
  EXPECT_EQ(wordnet.lemma_names("1"), Names());
}

TEST(WordNet, TriesSuffixesOnceAndOnlyOutsideTheExceptions) {
  const SmallWordNet files;
  const WordNet wordnet(files.path());
  EXPECT_EQ(wordnet.lemma_names("dogs"), Names({"dog"}));
  EXPECT_EQ(wordnet.lemma_names("men"), Names({"Oxford", "man"}));
  EXPECT_EQ(wordnet.lemma_names("going"), Names({"go", "run"}));
  EXPECT_EQ(wordnet.lemma_names("went"), Names({"go", "run"}));
  EXPECT_EQ(wordnet.lemma_names("best"), Names({"well"}));
  EXPECT_EQ(wordnet.lemma_names("oxen"), Names({"Oxford", "dog", "man"}));
  EXPECT_EQ(wordnet.lemma_names("dogses"), Names());
  EXPECT_EQ(wordnet.lemma_names("dogges"), Names({"dog"})) << "the last of equal lines counts";
}

TEST(WordNet, SaysWhetherItIsThere) {
  const SmallWordNet files;
  EXPECT_TRUE(WordNet::available(files.path()));
  std::filesystem::remove(files.path() / "adv.exc");
  EXPECT_FALSE(WordNet::available(files.path()));
  EXPECT_FALSE(WordNet::available(files.path() / "none"));
}

TEST(WordNet, NamesTheFileThatIsMissingOrBroken) {
  const auto broken = [](const std::string& name, const std::string& text) {
    const SmallWordNet copy;
    copy.write(name, text);
    std::string message = error_of(copy);
    const size_t folder = message.find(copy.path().string());
    return folder == std::string::npos ? message
                                       : message.erase(folder, copy.path().string().size() + 1);
  };
  const SmallWordNet files;
  std::filesystem::remove(files.path() / "data.verb");
  EXPECT_EQ(error_of(files), "WordNet: " + files.file("data.verb") + " no such file");
  EXPECT_EQ(broken("data.adv", ""), "WordNet: data.adv is empty");
  EXPECT_EQ(broken("index.noun", "dog n 1 0 1 1 00001740  \nentity n 1 0 1"),
            "WordNet: index.noun is cut short: the last line has no end");
  EXPECT_EQ(broken("index.noun", "entity n 1 0 1 1 00001740  \ndog n 1 0 1 1 00001740  \n"),
            "WordNet: index.noun is not sorted at \"dog\"");
  EXPECT_EQ(broken("noun.exc", "oxen ox\n\n"), "WordNet: noun.exc has an empty line at byte 8");
  EXPECT_EQ(broken("index.noun", "dog n 1 0 x 1 00001740  \n"),
            "WordNet: index.noun has a malformed line: \"dog n 1 0 x 1 00001740  \"");
  EXPECT_EQ(broken("index.noun", "dog n 2 0 2 1 00000057  \n"),
            "WordNet: index.noun has a malformed line: \"dog n 2 0 2 1 00000057  \"");
  EXPECT_EQ(broken("index.noun", "dog n 1 0 1 1 00001740  \n"),
            "WordNet: data.noun has no synset at offset 00001740");
  EXPECT_EQ(broken("index.noun", "dog n 1 0 1 1 00000058  \n"),
            "WordNet: data.noun has no synset at offset 00000058");
  EXPECT_EQ(broken("data.noun", "00000000 05 n 02 dog 0\n"),
            "WordNet: data.noun has no synset at offset 00000057");
  EXPECT_EQ(broken("index.noun", "dog n 1 0 1 1 00000000  \n"),
            "WordNet: data.noun has no synset at offset 00000000");
}

TEST(WordNet, ReportsASynsetThatIsCutShort) {
  const SmallWordNet files;
  files.write("index.noun", "dog n 1 0 1 1 00000000  \n");
  files.write("data.noun", "00000000 05 n 02 dog 0\n");
  EXPECT_EQ(error_of(files), "WordNet: " + files.file("data.noun") +
                                 " has a malformed line: \"00000000 05 n 02 dog 0\"");
}

TEST(WordNet, AgreesWithNltkOnTheDebianFiles) {
  DSOCR_REQUIRE_WORDNET();
  const WordNet wordnet(kDebianFolder);
  EXPECT_EQ(wordnet.version(), "3.0");
  EXPECT_EQ(wordnet.lemma_names("galore"), Names({"abounding", "galore"}));
  EXPECT_EQ(wordnet.lemma_names("oxen"), Names({"cattle", "cows", "kine", "ox", "oxen"}));
  EXPECT_EQ(wordnet.lemma_names("harbours"), Names({"entertain", "harbor", "harbour", "haven",
                                                    "hold", "nurse", "seaport", "shield"}));
  EXPECT_EQ(wordnet.lemma_names("qwertyuiop"), Names());
}

TEST(WordNet, AnswersManyThreadsAlike) {
  DSOCR_REQUIRE_WORDNET();
  const WordNet wordnet(kDebianFolder);
  const std::vector<std::string> words{"run", "runs", "better", "dogs", "went", "men", "zzz"};
  std::vector<Names> expected;
  for (const std::string& word : words) expected.push_back(wordnet.lemma_names(word));
  std::vector<std::vector<Names>> answers(4);
  std::vector<std::thread> threads;
  for (auto& answer : answers) {
    threads.emplace_back([&wordnet, &words, &answer] {
      for (const std::string& word : words) answer.push_back(wordnet.lemma_names(word));
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& answer : answers) EXPECT_EQ(answer, expected);
}

}  // namespace
}  // namespace dsocr::metrics

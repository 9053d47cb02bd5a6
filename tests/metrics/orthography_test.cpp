#include "eval/normalize/orthography.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "eval/normalize/unicode.h"

namespace dsocr::metrics {
namespace {

struct Case {
  const char* what;
  Orthography orthography;
  std::u32string text, expected;
};

TEST(Orthography, OfTable) {
  const std::vector<Case> cases{
      {"nothing", {}, U"", U""},
      {"only white space", {}, U" \t\n\u3000", U""},
      {"white space", {}, U"\n a \t b\u00A0c\r\n", U"a b c"},
      {"composed", {}, U"e\u0301", U"\u00E9"},
      {"marks in another order",
       {},
       U"\u05E9\u05B8\u05C1",
       U"\u05E9\u05B8\u05C1"},  // classes 18 and 24: they stay
      {"marks that are sorted", {}, U"\u05E9\u05C1\u05B8", U"\u05E9\u05B8\u05C1"},
      {"presentation forms of Hebrew come apart", {}, U"\uFB2A", U"\u05E9\u05C1"},
      {"marks of direction", {}, U"\u200F\u05D0\u200E1\u202B\u2066\u061C\uFEFF", U"\u05D01"},
      {"soft hyphen and word joiner", {}, U"co\u00ADop\u2060s", U"coops"},
      {"joiners stay", {}, U"\u0645\u06CC\u200C\u062E", U"\u0645\u06CC\u200C\u062E"},
      {"joiners go",
       {.remove_joiners = true},
       U"\u0645\u06CC\u200C\u062E\u200D",
       U"\u0645\u06CC\u062E"},
      {"niqqud stays",
       {},
       U"\u05E9\u05B8\u05DC\u05D5\u05B9\u05DD",
       U"\u05E9\u05B8\u05DC\u05D5\u05B9\u05DD"},
      {"niqqud and accents of reading go, maqaf and sof pasuq stay",
       {.remove_points = true},
       U"\u05DB\u05B4\u05BC\u0596\u05D9\u05BE\u05D8\u05D5\u05B9\u05D1\u05C3",
       U"\u05DB\u05D9\u05BE\u05D8\u05D5\u05D1\u05C3"},
      {"presentation forms lose their points too", {.remove_points = true}, U"\uFB2A", U"\u05E9"},
      {"tashkil goes, hamza stays",
       {.remove_points = true},
       U"\u0623\u064E\u0647\u0652\u0644\u0627\u064B \u0627\u0654",
       U"\u0623\u0647\u0644\u0627 \u0623"},
      {"vowel signs of Devanagari are no points",
       {.remove_points = true},
       U"\u0939\u093F",
       U"\u0939\u093F"},
      {"accents stay", {}, U"\u0439\u00E9\u03CC", U"\u0439\u00E9\u03CC"},
      {"accents go", {.remove_accents = true}, U"\u0439\u00E9\u03CC\u0451", U"\u0438e\u03BF\u0435"},
      {"Korean is whole again after accents", {.remove_accents = true}, U"\uAC00", U"\uAC00"},
      {"digits stay", {}, U"\u0663\u0967\uFF15", U"\u0663\u0967\uFF15"},
      {"digits unified", {.unify_digits = true}, U"\u0663\u0967\uFF155\u00B2", U"3155\u00B2"},
      {"compatibility", {.compatibility = true}, U"\uFB01\uFF15\uFEFB", U"fi5\u0644\u0627"},
      {"tatweel", {.remove_tatweel = true}, U"\u0645\u0640\u0640\u0645", U"\u0645\u0645"},
      {"tatweel stays", {}, U"\u0645\u0640\u0645", U"\u0645\u0640\u0645"},
      {"case", {.ignore_case = true}, U"\u0416\u0438 AB", U"\u0436\u0438 ab"},
  };
  for (const Case& of : cases)
    EXPECT_EQ(encode_utf8(normalise_orthography(of.text, of.orthography)), encode_utf8(of.expected))
        << of.what;
}

TEST(Orthography, TwiceIsOnce) {
  const Orthography all{true, true, true, true, true, true, true};
  for (const std::u32string text :
       {U"\u0130\u0307 \uFB2A\u05B8\u200D e\u0301\u0323 \u0663", U"\u1E9B\u0323 \u212B \uFDFA"}) {
    for (const Orthography& orthography : {Orthography{}, all}) {
      const std::u32string once = normalise_orthography(text, orthography);
      EXPECT_EQ(encode_utf8(normalise_orthography(once, orthography)), encode_utf8(once));
    }
  }
}

TEST(Orthography, SaysWhatItDoes) {
  EXPECT_EQ(describe({}), "NFC");
  EXPECT_EQ(describe({true, true, true, true, true, true, true}),
            "NFKC, digits unified, without points, without accents, without joiners, without "
            "tatweel, lower case");
}

}  // namespace
}  // namespace dsocr::metrics

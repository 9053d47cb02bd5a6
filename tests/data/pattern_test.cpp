#include "data/text/pattern.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "data/text/pattern_syntax.h"
#include "data/text/pre_tokenizer.h"
#include "data/text/unicode_additions.h"
#include "data/text/utf8.h"

namespace dsocr::data {
namespace {

using Parts = std::vector<std::string_view>;

Parts cut(const std::string& pattern, std::string_view text) {
  Parts parts;
  Pattern(pattern).cut(text, parts);
  return parts;
}

/// Whether the pattern matches exactly this one character.
bool matches(const std::string& pattern, uint32_t code_point) {
  std::string text = "\x01\x02";
  std::string character;
  append_utf8(character, code_point);
  text.insert(1, character);
  return cut(pattern, text).size() == 3;
}

/// Whether the pattern matches ordinary characters around this one, but not this one.
bool matches_neighbours_only(const std::string& pattern, uint32_t code_point) {
  std::string text = "a";
  append_utf8(text, code_point);
  text += "b";
  const auto pattern_run = cut("(?:" + pattern + ")+", text);
  return pattern_run.size() == 3;
}

std::string refusal(const std::string& pattern) {
  try {
    Pattern compiled(pattern);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "compiled";
}

TEST(Pattern, MatchesAndGapsBecomeParts) {
  EXPECT_EQ(cut("[0-9]{1,3}", "a12345b"), (Parts{"a", "123", "45", "b"}));
  EXPECT_EQ(cut("x", ""), (Parts{}));
  EXPECT_EQ(cut("x", "abc"), (Parts{"abc"}));
  EXPECT_EQ(cut("b*", "abbc"), (Parts{"a", "bb", "c"}));
  EXPECT_EQ(cut("", "\u00E9\u4E2D"), (Parts{"\u00E9", "\u4E2D"}));
}

TEST(Pattern, SpaceIsUnicodeWhiteSpace) {
  for (const uint32_t space : {0x9U, 0xDU, 0x20U, 0x85U, 0xA0U, 0x1680U, 0x2000U, 0x200AU, 0x2028U,
                               0x2029U, 0x202FU, 0x205FU, 0x3000U}) {
    for (const auto* pattern : {"\\s", "[\\s]", "[^\\S]"}) {
      EXPECT_TRUE(matches(pattern, space)) << pattern << space;
    }
    for (const auto* pattern : {"\\S", "[\\S]", "[^\\s]"}) {
      EXPECT_TRUE(matches_neighbours_only(pattern, space)) << pattern << space;
    }
  }
  for (const uint32_t other : {0x1CU, 0x1FU, 0x180EU, 0x200BU, 0xFEFFU}) {
    EXPECT_FALSE(matches("\\s", other)) << other;
    EXPECT_FALSE(matches("[x\\s]", other)) << other;
  }
}

TEST(Pattern, CategoriesAreThoseOfUnicode16) {
  for (const auto& addition : unicode_additions()) {
    const std::string in = std::string("\\p{") + addition.category + "}";
    for (const uint32_t code_point : {addition.first, addition.last}) {
      EXPECT_TRUE(matches(in, code_point)) << std::hex << code_point;
      EXPECT_TRUE(matches("[x" + in + "]", code_point)) << std::hex << code_point;
    }
  }
  EXPECT_EQ(cut("\\P{L}+", "ab12cd"), (Parts{"ab", "12", "cd"}));
  EXPECT_EQ(cut("\\P{S}+", "a\U0001FAE8b"), (Parts{"a", "\U0001FAE8", "b"}));
}

TEST(Pattern, LookAheadAndLaziness) {
  EXPECT_EQ(cut("\\s+(?!\\S)", "a   b  "), (Parts{"a", "  ", " b", "  "}));
  EXPECT_EQ(cut("(ab|c)(?=d)", "abcd"), (Parts{"ab", "c", "d"}));
  EXPECT_EQ(cut("a.", "a\nxa\u4E2D"), (Parts{"a\nx", "a\u4E2D"}));
  EXPECT_EQ(cut("<.+?>", "<a><b>"), (Parts{"<a>", "<b>"}));
}

TEST(PatternSyntax, RefusesWhatTheLibrariesReadDifferently) {
  const auto expect_refused = [](const std::string& pattern, const std::string& reason) {
    const std::string message = refusal(pattern);
    EXPECT_TRUE(message.starts_with("regular expression '" + pattern + "', offset ")) << message;
    EXPECT_TRUE(message.ends_with(": " + reason)) << message;
  };
  for (const auto* pattern : {"^a", "a$", "a]", "a}"}) {
    EXPECT_NE(refusal(pattern).find("unescaped '"), std::string::npos) << pattern;
  }
  for (const auto* pattern : {"\\w", "\\d", "\\b", "\\1", "\\x41", "\\h", "a\\"}) {
    expect_refused(pattern, "this escape is not supported");
  }
  for (const auto* pattern : {"(?i)a", "(?<=a)b", "(?<n>a)", "(*FAIL)", "(?>a)"}) {
    expect_refused(pattern, "this kind of group is not supported");
  }
  for (const auto* pattern : {"a{,2}", "a{", "a{x}", "a{1", "{}"}) {
    expect_refused(pattern, "only the quantifiers {n}, {n,} and {n,m} are supported");
  }
  for (const auto* pattern : {"a{2}?", "a{1,2}+"}) {
    expect_refused(pattern, "a quantifier after '}' is not supported");
  }
  for (const auto* pattern : {"\\p{Lu}", "\\p{Greek}", "\\p{C}", "\\pL", "\\p{^L}", "\\p"}) {
    expect_refused(pattern, "only the general categories L, M, N, P, S and Z are supported");
  }
  expect_refused("[\\P{L}]", "\\P in a class is not supported");
  expect_refused("[]a]", "empty character class");
  expect_refused("[a", "missing ']'");
  expect_refused("[a[b]]", "a class inside a class is not supported");
  expect_refused("[a&&b]", "'&&' in a class is not supported");
  expect_refused("[\\s-z]", "a range cannot start with a class");
}

TEST(PatternSyntax, InvalidExpressionsNameTheReason) {
  EXPECT_EQ(refusal("a**"),
            "regular expression 'a**': quantifier does not follow a repeatable item");
  EXPECT_EQ(refusal("[z-a]"), "regular expression '[z-a]': range out of order in character class");
}

TEST(PreTokenizer, EachPatternSeesOnePieceAtATime) {
  const std::vector<std::string> patterns = {"[0-9]+", "\\s+(?!\\S)|\\s+"};
  const PreTokenizer pre_tokenizer(patterns);
  // Before "7" the white space ends its piece, so the look-ahead gives nothing back.
  EXPECT_EQ(pre_tokenizer.split("a  7  b"), (Parts{"a", "  ", "7", " ", " ", "b"}));
  EXPECT_TRUE(pre_tokenizer.split("").empty());
}

}  // namespace
}  // namespace dsocr::data

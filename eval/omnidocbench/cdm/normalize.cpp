#include "eval/omnidocbench/cdm/normalize.h"

#include <functional>
#include <set>
#include <unordered_set>

#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/text/regex.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench::cdm {
namespace {

using Text = std::u32string;
using View = std::u32string_view;

Text without_blanks(View text) {
  Text out;
  for (const char32_t c : text)
    if (c != U' ') out += c;
  return out;
}

Text joined(const Text& match) { return without_blanks(match); }
Text joined_with_blank(const Text& match) { return without_blanks(match) + U" "; }

/// For every match, all found first, `rewrite` of it takes its place, everywhere.
/// `needed` is in every match.
void rewrite_matches(Text& text, View needed, const Regex& pattern,
                     const std::function<Text(const Text&)>& rewrite) {
  if (!contains(text, needed)) return;
  std::set<Text> done;
  std::vector<Text> found;
  for (const auto& match : pattern.find_all(text)) {
    Text part(match.group(text, 0));
    if (done.insert(part).second) found.push_back(std::move(part));
  }
  for (const Text& part : found) text = replace_all(text, part, rewrite(part));
}

Regex pattern_of(std::string_view pattern) { return Regex(pattern, Regex::kDotAll); }

/// Step 1.
void prepare(Text& text, Version version) {
  static const Regex kSpace = pattern_of(R"(\\[hv]space \{ [.0-9a-z ]+ \})");
  static const Regex kArray = pattern_of(R"(\\begin\{array\} \{ [lrc ]+ \})");
  static const Regex kNot = pattern_of(R"(\\not [<>+=\-])");
  text = Text(strip(text));
  text = replace_all(text, U"\\pmatrix", U"\\mypmatrix");
  text = replace_all(text, U"\\matrix", U"\\mymatrix");
  text = remove_all(text, {U"\\raggedright", U"\\arraybackslash", U"\\lowercase", U"\\uppercase"});
  rewrite_matches(text, U"space", kSpace, joined);
  rewrite_matches(text, U"\\begin{array}", kArray, [](const Text& match) {
    constexpr View kBegin = U"\\begin{array} ";
    return Text(kBegin) + without_blanks(View(match).substr(kBegin.size()));
  });
  if (version != Version::k17) rewrite_matches(text, U"\\not", kNot, joined);
  text = U" " + text + U" ";
}

Text roman(View name) {
  Text out = U"\\mathrm {";
  for (const char32_t letter : name) {
    out += U' ';
    out += letter;
  }
  return out + U" }";
}

constexpr View kDots = U". . .";

/// What takes the place of a word in v1.7, itself where nothing does.
Text spelt(View word) {
  static const std::unordered_set<View> kDotWords{
      U"\u2026",  U"\\ldots", U"\\hdots", U"\\cdots", U"\\dddot", U"\\dots",
      U"\\dotsc", U"\\dotsi", U"\\dotsm", U"\\dotso", U"\\dotsb", U"\\mathellipsis"};
  static const std::unordered_set<View> kRomanWords{
      U"ex",  U"ln",  U"lg",   U"cot",  U"mod",  U"bmod", U"pmod",   U"min",    U"max",   U"ker",
      U"hom", U"sec", U"scs",  U"csc",  U"deg",  U"arg",  U"log",    U"dim",    U"exp",   U"sin",
      U"cos", U"tan", U"tanh", U"cosh", U"sinh", U"coth", U"arcsin", U"arccos", U"arctan"};
  if (word == U"--") return U"- -";
  if (word == U"---") return U"- - -";
  if (kDotWords.contains(word)) return Text(kDots);
  if (word.starts_with(U'\\') && kRomanWords.contains(word.substr(1)))
    return roman(word == U"\\bmod" || word == U"\\pmod" ? View(U"mod") : word.substr(1));
  return Text(word);
}

/// Step 2 in v1.7: for words between white space.
void spell_words(Text& text) {
  static const Regex kString = pattern_of(R"(\\string [^ ]+ )");
  Text out;
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    while (end < text.size() && !metrics::is_python_space(text[end])) ++end;
    const View word = View(text).substr(at, end - at);
    const bool between = at > 0 && end < text.size();
    out += between ? spelt(word) : Text(word);
    if (end < text.size()) out += text[end++];
    at = end;
  }
  text = std::move(out);
  rewrite_matches(text, U"\\string", kString, joined_with_blank);
}

/// Step 2 in v1.5: both blanks are taken, so that every second of equal neighbours stays.
void spell_few_words(Text& text) {
  for (const View name : {View(U"ldots"), View(U"cdots"), View(U"dots"), View(U"dotsb")})
    text = replace_all(text, U" \\" + Text(name) + U" ", U" " + Text(kDots) + U" ");
  for (const View name : {View(U"log"), View(U"exp"), View(U"sin"), View(U"cos"), View(U"tan"),
                          View(U"tanh"), View(U"cosh"), View(U"sinh")})
    text = replace_all(text, U" \\" + Text(name) + U" ", U" " + roman(name) + U" ");
}

/// Step 3.
void join_commands(Text& text, Version version) {
  static const Regex kBig = pattern_of(R"(\\[Bb]ig[g]?[glrm]? [(){}|\[\]] )");
  static const Regex kBigCommand = pattern_of(R"(\\[Bb]ig[g]?[glrm]? \\.*? )");
  static const Regex kAccent = pattern_of(R"(\\' [^{] )");
  static const Regex kParbox = pattern_of(R"(\\parbox \{[^{]+\})");
  static const Regex kRaisebox = pattern_of(R"(\\raisebox \{[^{]+\} [\[\]0-9 exptcm]+\{)");
  static const Regex kChar = pattern_of(R"(\{ \\char[0-9' ]+\})");
  static const Regex kNot = pattern_of(R"(\\not [\\=<>][^ ]+ )");
  static const Regex kRule = pattern_of(R"(\\rule \{[ .0-9a-z]+\} \{[ .0-9a-z]+\})");
  static const Regex kSpecialRule =
      pattern_of(R"(\\specialrule \{[ .0-9a-z]+\} \{[ .0-9a-z]+\} \{[ .0-9a-z]+\})");
  if (contains_any(text, {U"\\big", U"\\Big"})) {
    rewrite_matches(text, U"ig", kBig, joined_with_blank);
    rewrite_matches(text, U"ig", kBigCommand, joined_with_blank);
  }
  text = replace_all(text, U"\\operatorname *", U"\\operatorname");
  text = replace_all(text, U"\\lefteqn", U"");
  text = replace_all(text, U"\\footnote ", U"^ ");
  rewrite_matches(text, U"\\'", kAccent, joined_with_blank);
  rewrite_matches(text, U"\\parbox", kParbox, joined);
  rewrite_matches(text, U"\\raisebox", kRaisebox, [](const Text& match) {
    return without_blanks(View(match).substr(0, match.size() - 1)) + U" {";
  });
  rewrite_matches(text, U"\\char", kChar, [](const Text& match) {
    return U"{ " + without_blanks(View(match).substr(1, match.size() - 2)) + U" }";
  });
  if (version == Version::k17) {
    rewrite_matches(text, U"\\rule", kRule, joined);
    rewrite_matches(text, U"\\specialrule", kSpecialRule, joined);
  } else {
    rewrite_matches(text, U"\\not", kNot, joined_with_blank);
  }
}

/// Step 4.
void remove_colours(Text& text) {
  static const Regex kColours[] = {
      pattern_of(R"(\\colorbox[ \[\]RGBrgb]+\{ [A-Za-z 0-9,!]+ \} )"),
      pattern_of(R"(\\color[ \[\]RGBrgb]+\{ [A-Za-z 0-9,!]+ \} )"),
      pattern_of(R"(\\textcolor[ \[\]RGBrgb]+\{ [A-Za-z 0-9,!]+ \} )"),
      pattern_of(R"(\\cellcolor[ \[\]RGBrgb]+\{ [A-Za-z 0-9,!]+ \} )")};
  if (!contains(text, U"color")) return;
  for (const Regex& colour : kColours) text = colour.remove(text);
}

}  // namespace

std::u32string normalize_tokens(std::u32string_view tokenized, Version version) {
  Text text(tokenized);
  prepare(text, version);
  if (version == Version::k17) {
    spell_words(text);
  } else {
    spell_few_words(text);
  }
  join_commands(text, version);
  remove_colours(text);
  return join(brace_arguments(split(text, U" "), version), U" ");
}

}  // namespace dsocr::omnidocbench::cdm

#include "eval/omnidocbench/text/text_norm.h"

#include <algorithm>
#include <bitset>
#include <memory>

#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/text/inline_latex.h"
#include "eval/omnidocbench/text/latex_strings.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench {
namespace {

constexpr char32_t kPlane = 0x10000;

bool is_letter_or_number(char32_t c) {
  return c == U'_' || (c >= 0x4E00 && c <= 0x9FFF) || metrics::is_letter(c) ||
         metrics::is_number(c);
}

// `[\w\u4e00-\u9fff]` of Python.
bool is_word(char32_t c) {
  static const auto words = [] {
    auto table = std::make_unique<std::bitset<kPlane>>();
    for (char32_t letter = 0; letter < kPlane; ++letter)
      table->set(letter, is_letter_or_number(letter));
    return table;
  }();
  return c < kPlane ? (*words)[c] : is_letter_or_number(c);
}

void keep_words(std::u32string& text) {
  text.erase(std::remove_if(text.begin(), text.end(), [](char32_t c) { return !is_word(c); }),
             text.end());
}

}  // namespace

std::u32string clean_text(std::u32string_view text, Rules rules) {
  std::u32string out;
  // Each sequence goes in a pass of its own, for its passing may make another one.
  if (text.find_first_of(U"\\/") != text.npos)
    out = remove_all(text, {U"\\t", U"\\n", U"\t", U"\n"});
  else
    out = text;
  if (!rules.corrected) out = remove_all(out, {U"/t", U"/n"});  // "and/then" loses a letter
  keep_words(out);
  return out;
}

std::u32string normalise_text(std::u32string_view text, Rules rules) {
  const std::u32string plain = inline_latex_to_text(text, rules);
  return clean_text(rules == Version::k17 ? decode_circled(plain) : plain, rules);
}

}  // namespace dsocr::omnidocbench

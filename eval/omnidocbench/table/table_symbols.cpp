#include "eval/omnidocbench/table/table_symbols.h"

#include <algorithm>
#include <array>
#include <utility>

#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench {
namespace {

using Replacement = std::pair<std::u32string_view, std::u32string_view>;

constexpr size_t kLongestSimpleMath = 128;

// Applied one after the other as they stand, so that `\pi` is found in `\pitchfork` too.
constexpr std::array<Replacement, 31> kCommands{{
    {U"\\checkmark", U"\u221A"}, {U"\\checked", U"\u221A"},    {U"\\surd", U"\u221A"},
    {U"\\times", U"\u00D7"},     {U"\\xmark", U"\u00D7"},      {U"\\crossmark", U"\u00D7"},
    {U"\\pm", U"\u00B1"},        {U"\\mp", U"\u2213"},         {U"\\alpha", U"\u03B1"},
    {U"\\beta", U"\u03B2"},      {U"\\gamma", U"\u03B3"},      {U"\\gama", U"\u03B3"},
    {U"\\mu", U"\u03BC"},        {U"\\lambda", U"\u03BB"},     {U"\\theta", U"\u03B8"},
    {U"\\eta", U"\u03B7"},       {U"\\pi", U"\u03C0"},         {U"\\rho", U"\u03C1"},
    {U"\\sigma", U"\u03C3"},     {U"\\omega", U"\u03C9"},      {U"\\delta", U"\u03B4"},
    {U"\\Delta", U"\u0394"},     {U"\\epsilon", U"\u03B5"},    {U"\\varepsilon", U"\u03B5"},
    {U"\\phi", U"\u03C6"},       {U"\\varphi", U"\u03C6"},     {U"\\tau", U"\u03C4"},
    {U"\\partial", U"\u2202"},   {U"\\varnothing", U"\u2205"}, {U"\\emptyset", U"\u2205"},
    {U"\\sim", U"\uFF5E"},
}};

constexpr std::array<Replacement, 4> kEscapes{
    {{U"\\%", U"%"}, {U"\\#", U"#"}, {U"\\&", U"&"}, {U"\\_", U"_"}}};

constexpr std::array<Replacement, 4> kDelimiters{
    {{U"$$", U"$$"}, {U"\\[", U"\\]"}, {U"\\(", U"\\)"}, {U"$", U"$"}}};

constexpr std::u32string_view kChecks = U"\u2713\u2714\u2611\u2705\U0001F5F8";
constexpr std::u32string_view kCrosses = U"\u2717\u2718\u2715\u2716\u2612\u274C\u2573\u2A2F";
constexpr std::u32string_view kTildes = U"\u223C\u301C";
constexpr std::u32string_view kDashes = U"-\u2013\uFF0D\u2212\u2014";

char32_t replaced_character(char32_t c) {
  if (c < 0xD8) return c;
  if (c == 0xD8) return U'\u2205';
  if (kChecks.find(c) != kChecks.npos) return U'\u221A';
  if (kCrosses.find(c) != kCrosses.npos) return U'\u00D7';
  return kTildes.find(c) != kTildes.npos ? U'\uFF5E' : c;
}

void replace_symbols(std::u32string& text) {
  const bool has_commands = contains(text, U"\\");
  if (has_commands)
    for (const auto& [command, symbol] : kCommands)
      if (contains(text, command)) text = replace_all(text, command, symbol);
  std::ranges::transform(text, text.begin(), replaced_character);
  if (has_commands)
    for (const auto& [escaped, character] : kEscapes)
      if (contains(text, escaped)) text = replace_all(text, escaped, character);
}

// Takes off `$ $` and the like around a short and plain inside, as often as there are some.
std::u32string_view strip_simple_math(std::u32string_view text) {
  for (;;) {
    text = strip(text);
    const auto encloses = [&](const Replacement& delimiters) {
      const auto& [open, close] = delimiters;
      if (text.size() < open.size() + close.size() || !text.starts_with(open) ||
          !text.ends_with(close))
        return false;
      const std::u32string_view inside =
          text.substr(open.size(), text.size() - open.size() - close.size());
      return !strip(inside).empty() && inside.size() <= kLongestSimpleMath &&
             inside.find_first_of(U"<>$") == inside.npos;
    };
    const auto found = std::ranges::find_if(kDelimiters, encloses);
    if (found == kDelimiters.end()) return text;
    text.remove_prefix(found->first.size());
    text.remove_suffix(found->second.size());
  }
}

}  // namespace

std::u32string normalise_cell_text(std::u32string_view text) {
  const bool is_ascii = std::ranges::none_of(text, [](char32_t c) { return c > 0x7F; });
  std::u32string out = is_ascii ? std::u32string(text) : metrics::to_nfkc(text);
  if (!is_ascii) {
    std::ranges::replace(out, U'\u00A0', U' ');
    std::erase(out, U'\u200B');
  }
  replace_symbols(out);
  out = strip_simple_math(out);
  replace_symbols(out);
  const std::u32string_view stripped = strip(out);
  if (stripped.size() == 1 && kDashes.find(stripped[0]) != kDashes.npos) return U"\u2014";
  return collapse_spaces(out);
}

}  // namespace dsocr::omnidocbench

#include "eval/omnidocbench/cdm/tokenize.h"

#include <cstddef>

#include "eval/omnidocbench/cdm/commands.h"
#include "eval/omnidocbench/cdm/parser.h"
#include "eval/omnidocbench/text/regex.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench::cdm {
namespace {

using Text = std::u32string;
using View = std::u32string_view;

constexpr View kPercent = U"<PERCENTAGETOKEN>";

bool is_ideograph(char32_t c) { return c >= 0x4E00 && c <= 0x9FFF; }
bool is_han(char32_t c) { return is_ideograph(c) || (c >= 0x3400 && c <= 0x4DBF); }

bool has_ideograph(View text) {
  for (const char32_t c : text)
    if (is_ideograph(c)) return true;
  return false;
}

/// Runs of ideographs into \text, unless they fill one already.
Text wrap_ideographs(View source) {
  constexpr View kText = U"\\text{";
  Text text = replace_all(source, U"\uFF0C", U", ");
  text = replace_all(text, U"\uFF1A", U": ");
  text = replace_all(text, U"\uFF1B", U"; ");
  text = replace_all(text, U"\\text {", kText);
  Text out;
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    while (end < text.size() && is_han(text[end])) ++end;
    if (end == at) {
      out += text[at++];
      continue;
    }
    const View run = View(text).substr(at, end - at);
    if (View(out).ends_with(kText) && end < text.size() && text[end] == U'}') {
      out += run;
    } else {
      out += Text(kText) + Text(run) + U"}";
    }
    at = end;
  }
  return out;
}

Text before_tokenizing(View latex, Version version) {
  Text text = replace_all(latex, U"\n", U" ");
  text = replace_all(text, U"\\%", kPercent);
  if (version == Version::k17 && has_ideograph(text)) text = wrap_ideographs(text);
  return text;
}

Text rename_environments(View source) {
  if (!contains(source, U"\\begin{")) return Text(source);
  static const Regex kAligned(
      R"(\\begin\{(split|align|alignedat|alignat|eqnarray)\*?\}(.+?)\\end\{\1\*?\})",
      Regex::kDotAll);
  static const Regex kMatrix(R"(\\begin\{(smallmatrix)\*?\}(.+?)\\end\{\1\*?\})", Regex::kDotAll);
  const Text text = kAligned.replace(source, [source](const Match& match) {
    return U"\\begin{aligned}" + Text(match.group(source, 2)) + U"\\end{aligned}";
  });
  return kMatrix.replace(text, [&text](const Match& match) {
    return U"\\begin{matrix}" + Text(match.group(text, 2)) + U"\\end{matrix}";
  });
}

/// What is done with the line that the parser reads.
Text prepare_line(View source) {
  static const Regex kLabel(R"(\\label\{.*?\})");
  Text text = rename_environments(source);
  if (text.starts_with(U'%')) text.erase(0, 1);
  text = text.substr(0, text.find(U'%'));
  text = replace_all(text, U"\\~", U" ");
  text = replace_all(text, U"\\>", U" ");
  text = replace_all(text, U"$", U" ");
  if (contains(text, U"\\label")) text = kLabel.remove(text);
  if (!contains_any(text, {U"matrix", U"cases", U"array", U"begin"}))
    text = replace_all(text, U"\\\\", U"\\,");
  text = replace_all(text, U"{\\rm", U"\\mathrm{");
  text = replace_all(text, U"{ \\rm", U"\\mathrm{");
  return replace_all(text, U"\\rm{", U"\\mathrm{");
}

/// `\operatorname { s i n }` is `\sin` again.
Tokens restore_functions(Tokens tokens) {
  Tokens out;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] == U"\\operatorname" && i + 1 < tokens.size() && tokens[i + 1] == U"{") {
      Text name;
      size_t end = i + 2;
      while (end < tokens.size() && tokens[end].size() == 1 && tokens[end] != U"}" &&
             name.size() < 8)
        name += tokens[end++];
      if (end < tokens.size() && tokens[end] == U"}" && is_function_name(name)) {
        out.push_back(U"\\" + name);
        i = end;
        continue;
      }
    }
    out.push_back(std::move(tokens[i]));
  }
  return out;
}

/// Roman text with ideographs is \text, whose font has them.
Text restore_ideographs(View text) {
  static const Regex kRoman(R"(\\mathrm \{([^{}]*)\})");
  return kRoman.replace(text, [text](const Match& match) {
    const View inner = match.group(text, 1);
    return has_ideograph(inner) ? U"\\text {" + Text(inner) + U"}" : Text(match.group(text, 0));
  });
}

Text spaced(View word) {
  Text out;
  for (const char32_t c : word) {
    if (!out.empty()) out += U' ';
    out += c;
  }
  return out;
}

}  // namespace

TokenizedFormula tokenize_formula(std::u32string_view latex, Version version) {
  static const Text kSpacedPercent = spaced(kPercent);
  const Text source = before_tokenizing(latex, version);
  Text text;
  try {
    const Text line = prepare_line(source);
    text = join(restore_functions(FormulaParser(line, version).parse()), U" ");
  } catch (const FormulaError&) {
    return {false, source};
  }
  if (version == Version::k17 && has_ideograph(text)) text = restore_ideographs(text);
  text = replace_all(text, kSpacedPercent, U"\\%");
  if (text.empty()) return {false, source};
  return {true, text};
}

}  // namespace dsocr::omnidocbench::cdm

#include <string>
#include <string_view>
#include <unordered_map>

#include "eval/omnidocbench/cdm/score.h"

namespace dsocr::omnidocbench::cdm {
namespace {

using Map = std::unordered_map<std::string_view, std::string_view>;

const Map& symbols17() {
  static const Map kSymbols{{"\\dot", "."},
                            {"\\Dot", "."},
                            {"\\cdot", "."},
                            {"\\cdotp", "."},
                            {"\\ldotp", "."},
                            {"\\mid", "|"},
                            {"\\vert", "|"},
                            {"\\lvert", "|"},
                            {"\\rvert", "|"},
                            {"\\rightarrow", "\\to"},
                            {"\\top", "T"},
                            {"\\Tilde", "\\tilde"},
                            {"\\Ddot", "\\ddot"},
                            {"\\Bar", "\\bar"},
                            {"\\Vec", "\\vec"},
                            {"\\prime", "'"},
                            {"\\ast", "*"},
                            {"\\left<", "\\langle"},
                            {"\\right>", "\\rangle"},
                            {"\\lbrace", "\\{"},
                            {"\\rbrace", "\\}"},
                            {"\\lbrack", "["},
                            {"\\rbrack", "]"},
                            {"\\slash", "/"},
                            {"\\leq", "\\le"},
                            {"\\geq", "\\ge"},
                            {"\\Vert", "\\|"},
                            {"\\lVert", "\\|"},
                            {"\\rVert", "\\|"},
                            {"\\parallel", "\\|"},
                            {"\\colon", ":"},
                            {"\\dag", "\\dagger"},
                            {"\\ddag", "\\ddagger"},
                            {"\\textlangle", "<"},
                            {"\\textrangle", ">"},
                            {"\\textgreater", ">"},
                            {"\\textless", "<"},
                            {"\\textbackslash", "n"},
                            {"\\textunderscore", "_"},
                            {"\\=", "_"},
                            {"\\neg", "\\lnot"},
                            {"\\neq", "\\not="}};
  return kSymbols;
}

const Map& symbols15() {
  static const Map kSymbols{
      {"\\cdot", "."},         {"\\mid", "|"},          {"\\to", "\\rightarrow"}, {"\\top", "T"},
      {"\\Tilde", "\\tilde"},  {"\\cdots", "\\dots"},   {"\\prime", "'"},         {"\\ast", "*"},
      {"\\left<", "\\langle"}, {"\\right>", "\\rangle"}};
  return kSymbols;
}

/// Looked up after the delimiters have lost their size.
const Map& late_symbols15() {
  static const Map kSymbols{{"\\leq", "\\le"},  {"\\geq", "\\ge"}, {"\\lVert", "\\|"},
                            {"\\rVert", "\\|"}, {"\\Vert", "\\|"}, {"\\lvert", "|"},
                            {"\\rvert", "|"},   {"\\vert", "|"}};
  return kSymbols;
}

void remove_each(std::string& text, std::string_view part) {
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at))
    text.erase(at, part.size());
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

void drop_left_and_right(std::string& token) {
  if (!token.starts_with("\\left") && !token.starts_with("\\right")) return;
  remove_each(token, "\\left");
  remove_each(token, "\\right");
}

/// `\bigl\{` is `\{`, `\Big(` is `(`.
void drop_size(std::string& token) {
  if (!token.starts_with("\\big") && !token.starts_with("\\Big")) return;
  const size_t backslash = token.rfind('\\');
  size_t last = token.size() - 1;  // the first byte of the last character
  while (last > 0 && (static_cast<unsigned char>(token[last]) & 0xc0) == 0x80) --last;
  token.erase(0, backslash >= 4 ? backslash : last);
}

std::string canonical17(std::string token) {
  const bool pointed = contains(token, "arrow") || contains(token, "<") || contains(token, ">") ||
                       contains(token, "harpoon");
  if (!pointed) drop_left_and_right(token);
  drop_size(token);
  const auto found = symbols17().find(token);
  if (found != symbols17().end()) return std::string(found->second);
  if (token.starts_with("\\wide")) {
    remove_each(token, "wide");
  } else if (token.starts_with("\\var")) {
    remove_each(token, "var");
  } else if (token.starts_with("\\string")) {
    remove_each(token, "\\string");
  }
  return token;
}

std::string canonical15(std::string token) {
  if (const auto found = symbols15().find(token); found != symbols15().end()) token = found->second;
  drop_left_and_right(token);
  drop_size(token);
  const auto found = late_symbols15().find(token);
  if (found != late_symbols15().end()) return std::string(found->second);
  if (token.ends_with("rightarrow")) return "\\rightarrow";
  if (token.ends_with("leftarrow")) return "\\leftarrow";
  // Unlike in v1.7 the backslash goes too: `\varepsilon` is not taken for `\epsilon`.
  if (token.starts_with("\\wide")) {
    remove_each(token, "\\wide");
  } else if (token.starts_with("\\var")) {
    remove_each(token, "\\var");
  }
  return token;
}

}  // namespace

std::string canonical_symbol(std::string_view token, Version version) {
  return version == Version::k17 ? canonical17(std::string(token))
                                 : canonical15(std::string(token));
}

}  // namespace dsocr::omnidocbench::cdm

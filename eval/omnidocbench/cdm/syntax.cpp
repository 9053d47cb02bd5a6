#include "eval/omnidocbench/cdm/syntax.h"

#include <unordered_map>
#include <unordered_set>

namespace dsocr::omnidocbench::cdm {
namespace {

using Names = std::unordered_set<std::u32string_view>;
using SyntaxMap = std::unordered_map<std::u32string_view, Syntax>;

SyntaxMap make_syntax() {
  SyntaxMap map;
  const auto add = [&map](Syntax syntax, std::initializer_list<std::u32string_view> names) {
    for (const auto name : names) map.emplace(name, syntax);
  };
  add(Syntax::kFraction, {U"\\frac", U"\\dfrac", U"\\tfrac"});
  add(Syntax::kBinomial, {U"\\binom", U"\\dbinom", U"\\tbinom"});
  add(Syntax::kRoot, {U"\\sqrt"});
  add(Syntax::kAccent, {U"\\hat", U"\\bar", U"\\vec", U"\\dot", U"\\ddot", U"\\tilde", U"\\breve",
                        U"\\check", U"\\acute", U"\\grave"});
  add(Syntax::kLine, {U"\\overline", U"\\underline"});
  add(Syntax::kFont, {U"\\mathrm", U"\\mathbf", U"\\mathit", U"\\mathsf", U"\\mathtt", U"\\mathcal",
                      U"\\mathbb", U"\\mathfrak", U"\\mathscr", U"\\mbox", U"\\hbox"});
  add(Syntax::kText, {U"\\text"});
  add(Syntax::kLimit, {U"\\det", U"\\gcd", U"\\inf", U"\\lim", U"\\liminf", U"\\limsup", U"\\max",
                       U"\\min", U"\\Pr", U"\\sup"});
  add(Syntax::kFunction,
      {U"\\arcsin", U"\\arccos", U"\\arctan", U"\\arg",  U"\\cos", U"\\cosh", U"\\cot", U"\\coth",
       U"\\csc",    U"\\deg",    U"\\dim",    U"\\exp",  U"\\hom", U"\\ker",  U"\\lg",  U"\\ln",
       U"\\log",    U"\\sec",    U"\\sin",    U"\\sinh", U"\\tan", U"\\tanh"});
  add(Syntax::kOperator,
      {U"\\coprod", U"\\bigvee", U"\\bigwedge", U"\\biguplus", U"\\bigcap", U"\\bigcup", U"\\prod",
       U"\\sum", U"\\bigotimes", U"\\bigoplus", U"\\bigodot", U"\\bigsqcup", U"\\smallint",
       U"\\int", U"\\iint", U"\\iiint", U"\\oint"});
  add(Syntax::kLimits, {U"\\limits", U"\\nolimits"});
  add(Syntax::kLeft, {U"\\left"});
  add(Syntax::kRight, {U"\\right"});
  add(Syntax::kBegin, {U"\\begin"});
  add(Syntax::kEnd, {U"\\end"});
  add(Syntax::kBig,
      {U"\\big", U"\\Big", U"\\bigg", U"\\Bigg", U"\\bigl", U"\\Bigl", U"\\biggl", U"\\Biggl",
       U"\\bigr", U"\\Bigr", U"\\biggr", U"\\Biggr", U"\\bigm", U"\\Bigm", U"\\biggm", U"\\Biggm"});
  add(Syntax::kStyle,
      {U"\\displaystyle", U"\\textstyle", U"\\scriptstyle", U"\\scriptscriptstyle", U"\\tiny",
       U"\\scriptsize", U"\\footnotesize", U"\\small", U"\\normalsize", U"\\large", U"\\Large",
       U"\\LARGE", U"\\huge", U"\\Huge", U"\\rm", U"\\bf", U"\\it"});
  add(Syntax::kInfix, {U"\\over", U"\\choose", U"\\atop"});
  add(Syntax::kColour, {U"\\color", U"\\textcolor"});
  add(Syntax::kPhantom, {U"\\phantom"});
  return map;
}

using SpecMap = std::unordered_map<std::u32string_view, std::string_view>;

SpecMap make_specs() {
  SpecMap map;
  const auto add = [&map](std::string_view spec, std::initializer_list<std::u32string_view> names) {
    for (const auto name : names) map.emplace(name, spec);
  };
  add("{", {U"\\\"",
            U"\\'",
            U"\\.",
            U"\\=",
            U"\\^",
            U"\\`",
            U"\\~",
            U"\\H",
            U"\\b",
            U"\\bra",
            U"\\c",
            U"\\d",
            U"\\emph",
            U"\\ensuremath",
            U"\\eqref",
            U"\\ket",
            U"\\label",
            U"\\not",
            U"\\overbrace",
            U"\\overbracket",
            U"\\overgroup",
            U"\\overleftarrow",
            U"\\overleftharpoon",
            U"\\overleftrightarrow",
            U"\\overlinesegment",
            U"\\overrightarrow",
            U"\\overrightharpoon",
            U"\\r",
            U"\\ref",
            U"\\textbf",
            U"\\textit",
            U"\\textmd",
            U"\\textrm",
            U"\\textsc",
            U"\\textsf",
            U"\\textsl",
            U"\\texttt",
            U"\\textup",
            U"\\u",
            U"\\underbrace",
            U"\\underbracket",
            U"\\undergroup",
            U"\\underleftarrow",
            U"\\underleftrightarrow",
            U"\\underlinesegment",
            U"\\underrightarrow",
            U"\\url",
            U"\\v",
            U"\\verb",
            U"\\widehat",
            U"\\wideparen",
            U"\\widetilde"});
  add("[{", {U"\\color", U"\\footnote", U"\\hphantom", U"\\includegraphics", U"\\pagecolor",
             U"\\vphantom", U"\\xleftarrow", U"\\xrightarrow"});
  add("[{{", {U"\\colorbox", U"\\textcolor"});
  add("{{", {U"\\braket", U"\\ketbra", U"\\nicefrac", U"\\texorpdfstring"});
  add("{{{", {U"\\boxframe"});
  add("[{[{{", {U"\\fcolorbox"});
  add("*{", {U"\\hspace", U"\\vspace"});
  add("*[", {U"\\\\"});
  return map;
}

}  // namespace

Syntax syntax_of(std::u32string_view command) {
  static const SyntaxMap kSyntax = make_syntax();
  const auto found = kSyntax.find(command);
  return found == kSyntax.end() ? Syntax::kOther : found->second;
}

std::string_view argument_spec(std::u32string_view command) {
  static const SpecMap kSpecs = make_specs();
  const auto found = kSpecs.find(command);
  return found == kSpecs.end() ? std::string_view() : found->second;
}

bool is_lower_greek(std::u32string_view command) {
  static const Names kNames{U"\\alpha",    U"\\beta",  U"\\gamma",  U"\\delta",    U"\\epsilon",
                            U"\\zeta",     U"\\eta",   U"\\theta",  U"\\iota",     U"\\kappa",
                            U"\\lambda",   U"\\mu",    U"\\nu",     U"\\xi",       U"\\omicron",
                            U"\\pi",       U"\\rho",   U"\\sigma",  U"\\tau",      U"\\upsilon",
                            U"\\phi",      U"\\chi",   U"\\psi",    U"\\omega",    U"\\varepsilon",
                            U"\\vartheta", U"\\varpi", U"\\varrho", U"\\varsigma", U"\\varphi"};
  return kNames.contains(command);
}

bool is_delimiter(std::u32string_view token) {
  static const Names kNames{U"(",
                            U")",
                            U"[",
                            U"\\lbrack",
                            U"]",
                            U"\\rbrack",
                            U"\\{",
                            U"\\lbrace",
                            U"\\}",
                            U"\\rbrace",
                            U"\\lfloor",
                            U"\\rfloor",
                            U"\\lceil",
                            U"\\rceil",
                            U"<",
                            U">",
                            U"\\langle",
                            U"\\rangle",
                            U"\\lt",
                            U"\\gt",
                            U"\\lvert",
                            U"\\rvert",
                            U"\\lVert",
                            U"\\rVert",
                            U"\\lgroup",
                            U"\\rgroup",
                            U"\\lmoustache",
                            U"\\rmoustache",
                            U"/",
                            U"\\backslash",
                            U"|",
                            U"\\vert",
                            U"\\|",
                            U"\\Vert",
                            U"\\uparrow",
                            U"\\Uparrow",
                            U"\\downarrow",
                            U"\\Downarrow",
                            U"\\updownarrow",
                            U"\\Updownarrow",
                            U"."};
  return kNames.contains(token);
}

bool is_function_name(std::u32string_view name) {
  static const Names kNames{U"arccos", U"arcsin", U"arctan", U"arg", U"cos", U"cosh", U"cot",
                            U"coth",   U"csc",    U"deg",    U"det", U"dim", U"exp",  U"gcd",
                            U"hom",    U"inf",    U"injlim", U"ker", U"lg",  U"lim",  U"liminf",
                            U"limsup", U"ln",     U"log",    U"max", U"min", U"Pr",   U"projlim",
                            U"sec",    U"sin",    U"sinh",   U"sup", U"tan", U"tanh"};
  return kNames.contains(name);
}

}  // namespace dsocr::omnidocbench::cdm

#include "eval/omnidocbench/cdm/commands.h"

#include <unordered_map>

namespace dsocr::omnidocbench::cdm {
namespace {

using Kinds = std::unordered_map<std::u32string_view, CommandKind>;

Kinds make_kinds(Version version) {
  Kinds kinds;
  const auto add = [&kinds](CommandKind kind, std::initializer_list<std::u32string_view> names) {
    for (const auto name : names) kinds.emplace(name, kind);
  };
  add(CommandKind::kOneVisible,
      {U"\\widetilde", U"\\overline", U"\\hat", U"\\widehat", U"\\tilde", U"\\Tilde", U"\\dot",
       U"\\bar", U"\\vec", U"\\underline", U"\\underbrace", U"\\check", U"\\breve", U"\\Bar",
       U"\\Vec", U"\\mathring", U"\\ddot"});
  add(CommandKind::kOneInvisible,
      {U"\\boldsymbol", U"\\pmb",    U"\\textbf",  U"\\mathrm",     U"\\mathbf",       U"\\mathbb",
       U"\\mathcal",    U"\\textmd", U"\\texttt",  U"\\textnormal", U"\\text",         U"\\textit",
       U"\\textup",     U"\\mathop", U"\\mathbin", U"\\smash",      U"\\operatorname", U"\\textrm",
       U"\\mathfrak",   U"\\emph",   U"\\textsf",  U"\\textsc"});
  add(CommandKind::kRoot, {U"\\sqrt", U"\\xrightarrow", U"\\xleftarrow"});
  add(CommandKind::kTwoVisible, {U"\\frac", U"\\binom"});
  add(CommandKind::kTwoInvisible, {U"\\overset", U"\\underset", U"\\stackrel"});
  add(CommandKind::kPhantom,
      {U"\\fontfamily", U"\\vphantom", U"\\phantom", U"\\rowcolor", U"\\ref"});
  if (version == Version::k17) {
    add(CommandKind::kOneVisible, {U"\\Ddot", U"\\dddot", U"\\ddddot"});
    add(CommandKind::kPhantom, {U"\\thesubequation", U"\\global", U"\\theboldgroup"});
  }
  return kinds;
}

}  // namespace

CommandKind command_kind(std::u32string_view piece, Version version) {
  static const Kinds kKinds17 = make_kinds(Version::k17);
  static const Kinds kKinds15 = make_kinds(Version::k15);
  const Kinds& kinds = version == Version::k17 ? kKinds17 : kKinds15;
  const auto found = kinds.find(piece);
  return found == kinds.end() ? CommandKind::kOther : found->second;
}

std::vector<size_t> matching_pieces(const Pieces& pieces, std::u32string_view open,
                                    std::u32string_view close) {
  std::vector<size_t> matching(pieces.size(), kNoPiece), still_open;
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (pieces[i] == open) {
      still_open.push_back(i);
    } else if (pieces[i] == close && !still_open.empty()) {
      matching[still_open.back()] = i;
      still_open.pop_back();
    }
  }
  return matching;
}

}  // namespace dsocr::omnidocbench::cdm

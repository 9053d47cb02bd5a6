#include "eval/omnidocbench/cdm/colour.h"

#include <unordered_set>
#include <utility>

#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench::cdm {
namespace {

using View = std::u32string_view;

constexpr size_t kLevels = 18;

std::u32string decimal(int number) {
  const std::string digits = std::to_string(number);
  return {digits.begin(), digits.end()};
}

std::u32string colour_command(size_t index) {
  const auto [red, green, blue] = token_colour(index);
  return U"\\mathcolor[RGB]{" + decimal(red) + U"," + decimal(green) + U"," + decimal(blue) + U"}{";
}

bool starts_with_environment(View piece, View name) {
  return piece.starts_with(name) && piece.find(U'}', name.size()) != View::npos;
}

/// No token but written as it is.
bool is_skipped(View piece, Version version) {
  using Set = std::unordered_set<View>;
  static const Set kSkipped{U"\\",
                            U"\\\\",
                            U"\\index",
                            U"\\a",
                            U"&",
                            U"$",
                            U"\\def",
                            U"\\raggedright",
                            U"\\url",
                            U"\\cr",
                            U"\\ensuremath",
                            U"\\left",
                            U"\\right",
                            U"\\mathchoice",
                            U"\\scriptstyle",
                            U"\\displaystyle",
                            U"\\qquad",
                            U"\\quad",
                            U"\\,",
                            U"\\!",
                            U"~",
                            U"\\boldmath",
                            U"\\overset",
                            U"\\underset",
                            U"\\stackrel"};
  static const Set kSkipped17{U"\\edef", U"\\gdef", U"\\today", U"\\the"};
  if (kSkipped.contains(piece)) return true;
  if (version == Version::k17 && kSkipped17.contains(piece)) return true;
  if (View(U"{}[]^_").find(piece.front()) != View::npos) return true;
  if (piece.front() != U'\\') return false;
  return starts_with_environment(piece, U"\\begin{") || starts_with_environment(piece, U"\\end{") ||
         piece.find(U"rule") != View::npos || piece.find(U"line") != View::npos;
}

class Colourer {
 public:
  Colourer(Pieces pieces, Version version)
      : pieces_(std::move(pieces)),
        version_(version),
        braces_(matching_pieces(pieces_, U"{", U"}")),
        brackets_(matching_pieces(pieces_, U"[", U"]")),
        before_(pieces_.size()),
        after_(pieces_.size()) {}

  ColouredFormula run() {
    for (size_t i = 0; i < pieces_.size();) i = visit(i);
    ColouredFormula out;
    for (size_t i = 0; i < pieces_.size(); ++i) {
      if (i > 0) out.text += U' ';
      out.text += before_[i] + pieces_[i] + after_[i];
    }
    out.text = std::u32string(strip(out.text));
    out.tokens = std::move(tokens_);
    return out;
  }

 private:
  bool is(size_t at, std::u32string_view text) const {
    return at < pieces_.size() && pieces_[at] == text;
  }

  /// The end of the group that begins at `at`.
  size_t group_end(size_t at) const {
    if (!is(at, U"{") || braces_[at] == kNoPiece) throw FormulaError("a group without its end");
    return braces_[at];
  }

  std::u32string next_colour(size_t at) {
    if (tokens_.size() >= kMaxTokens) throw FormulaError("more tokens than colours");
    tokens_.push_back(pieces_[at]);
    return colour_command(tokens_.size() - 1);
  }

  /// One piece is a token.
  void colour_piece(size_t at, bool braced) {
    before_[at] = (braced ? U"{" : U"") + next_colour(at);
    after_[at] = braced ? U"}}" : U"}";
  }

  /// A command is a token together with its groups, the last of which ends at `end`.
  void colour_command_with_groups(size_t at, size_t end, bool braced) {
    before_[at] += (braced ? U"{" : U"") + next_colour(at);
    after_[end] += braced ? U" }}" : U" }";
  }

  /// Returns where to go on.
  size_t visit(size_t at) {
    const std::u32string& piece = pieces_[at];
    if (piece.empty()) return at + 1;
    switch (command_kind(piece, version_)) {
      case CommandKind::kPhantom:
        return is(at + 1, U"{") ? group_end(at + 1) + 1 : at + 2;
      case CommandKind::kTwoVisible:
        colour_command_with_groups(at, group_end(group_end(at + 1) + 1), false);
        return at + 1;
      case CommandKind::kOneVisible: {
        const size_t end = group_end(at + 1);
        colour_command_with_groups(at, end, piece != U"\\underbrace" && is(end + 1, U"_"));
        return at + 1;
      }
      case CommandKind::kOneInvisible: {
        const size_t end = group_end(at + 1);
        if (end != at + 3) return at + 2;
        colour_piece(at + 2, false);
        return end + 1;
      }
      case CommandKind::kRoot:
        return visit_root(at);
      default:
        return visit_other(at);
    }
  }

  size_t visit_root(size_t at) {
    size_t body = at + 1;
    if (is(at + 1, U"[")) {
      const size_t option_end = brackets_[at + 1];
      if (option_end == kNoPiece) throw FormulaError("an option without its end");
      body = option_end + 1;
      colour_command_with_groups(at, group_end(body), false);
      const bool was_in_option = std::exchange(in_option_, true);
      for (size_t i = at + 2; i < option_end;) i = visit(i);
      in_option_ = was_in_option;
    } else {
      colour_command_with_groups(at, group_end(body), false);
    }
    return body + 1;
  }

  size_t visit_other(size_t at) {
    const std::u32string& piece = pieces_[at];
    if (piece == U"\\multicolumn" || piece == U"\\multirow")
      return group_end(group_end(at + 1) + 1) + 2;
    const bool is_bracket = (piece == U"[" && !(at > 0 && is(at - 1, U"\\sqrt"))) ||
                            (piece == U"]" && at >= 3 && !is(at - 3, U"\\sqrt"));
    if (is_bracket || !is_skipped(piece, version_))
      colour_piece(at, in_option_ || (at > 1 && is(at - 1, U"_")));
    return at + 1;
  }

  Pieces pieces_;
  Version version_;
  std::vector<size_t> braces_, brackets_;
  std::vector<std::u32string> before_, after_;
  std::vector<std::u32string> tokens_;
  bool in_option_ = false;
};

}  // namespace

std::array<int, 3> token_colour(size_t index) {
  constexpr int kStep = 15;
  const size_t value = index + 1;
  return {kStep * static_cast<int>(value / (kLevels * kLevels)),
          kStep * static_cast<int>(value / kLevels % kLevels),
          kStep * static_cast<int>(value % kLevels)};
}

ColouredFormula colour_tokens(std::u32string_view normalized, Version version) {
  return Colourer(split(strip(normalized), U" "), version).run();
}

}  // namespace dsocr::omnidocbench::cdm

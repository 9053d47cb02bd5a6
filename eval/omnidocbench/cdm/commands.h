#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "eval/omnidocbench/version.h"

// What the stages on text know of LaTeX commands (spec: OmniDocBench CDM, sections 3 and 4).
namespace dsocr::omnidocbench::cdm {

/// A formula that the official tool gives up on; it scores 0.
class FormulaError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What stands between single blanks; pieces may be empty.
using Pieces = std::vector<std::u32string>;

/// How a command takes its arguments and whether it is a token itself.
enum class CommandKind {
  kOther,
  kOneVisible,    // an accent or the like over one group
  kOneInvisible,  // a font or the like for one group
  kRoot,          // \sqrt and arrows: an optional argument in brackets and a group
  kTwoVisible,    // \frac, \binom
  kTwoInvisible,  // \overset and the like
  kPhantom,       // left out with its group
};

CommandKind command_kind(std::u32string_view piece, Version version);

inline bool takes_one(CommandKind kind) {
  return kind == CommandKind::kOneVisible || kind == CommandKind::kOneInvisible;
}
inline bool takes_two(CommandKind kind) {
  return kind == CommandKind::kTwoVisible || kind == CommandKind::kTwoInvisible;
}

/// For each piece `open` the index of the piece `close` that ends its group, kNoPiece where none
/// does and for all other pieces.
inline constexpr size_t kNoPiece = static_cast<size_t>(-1);
std::vector<size_t> matching_pieces(const Pieces& pieces, std::u32string_view open,
                                    std::u32string_view close);

}  // namespace dsocr::omnidocbench::cdm

#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace dsocr::omnidocbench {

/// The versions of pylatexenc that the official tool pins: 3.0a30 in v1.0 and v1.5, 2.10 in v1.7.
enum class Pylatexenc { k210, k30a30 };

/// Where pylatexenc raises an exception, loops for ever or would run out of stack or memory.
class LatexError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The text of a piece of LaTeX in code points: `LatexNodes2Text().latex_to_text(latex)` with
/// default options and tolerant parsing (spec: OmniDocBench, section 4.2). Malformed LaTeX is
/// no error as such: 2.10 skips what it does not understand, 3.0a30 drops the contents of the group
/// (or of the whole text) in which a delimiter does not match.
/// Throws LatexError where the Python library fails, which its caller takes as "leave the LaTeX as
/// it is"; so do nesting deeper than Python's stack allows and text that would grow without bound.
std::u32string latex_to_text(std::u32string_view latex, Pylatexenc version);

}  // namespace dsocr::omnidocbench

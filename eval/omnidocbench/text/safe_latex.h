#pragma once

#include <string>
#include <string_view>

// LaTeX to text in version 1.7, which refuses what the converter may choke on
// (spec: OmniDocBench v1.6/1.7, section 1). The official limit of 30 s per call is not kept.
namespace dsocr::omnidocbench {

/// The text of a LaTeX snippet; the fallback where it looks like prose, like broken or too long
/// LaTeX, where it is blank, or where the converter fails ("safe").
std::u32string safe_latex_to_text(std::u32string_view latex, std::u32string_view fallback);

/// A long run of words with hardly any LaTeX in it ("noise"). The text is stripped.
bool is_noise(std::u32string_view text);

/// Words or a lone backslash, but no mathematics ("weak"). The text is stripped.
bool is_weak_latex(std::u32string_view text);

/// What else a snippet may be: delimiters and `\left` are not counted in tables.
enum class LatexKind { kText, kTable };

/// Longer than 8000, or braces, environments or delimiters do not match ("bad").
bool is_bad_latex(std::u32string_view text, LatexKind kind);

}  // namespace dsocr::omnidocbench

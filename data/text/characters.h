#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsocr::data {

/// What an engine must know to read a character. kCommon: digits, punctuation and symbols; kHan:
/// Han and Kana; kOther: letters of any other script; kBlank: where words end.
enum class ScriptClass : std::uint8_t { kCommon, kLatin, kHan, kOther, kBlank };
inline constexpr std::size_t kNumScriptClasses = 5;
inline constexpr std::string_view kScriptClassNames[kNumScriptClasses] = {"common", "latin", "han",
                                                                          "other", "blank"};

ScriptClass script_class(char32_t c);

/// The class of most letters of a text, kCommon where there are none; of equals the first.
ScriptClass main_script_class(std::u32string_view text);

/// Code points of UTF-8; what is ill-formed becomes U+FFFD.
std::u32string to_code_points(std::string_view text);
std::string to_utf8(std::u32string_view text);

/// Whether the script sets no blanks between words, so that a blank or a line break beside such a
/// character stands for nothing: Han, Kana and the punctuation of full width.
bool sets_no_blanks(char32_t c);

/// Appends what follows in the same paragraph: after a blank, or between two characters of scripts
/// without blanks after nothing.
void append_text(std::u32string& text, std::u32string_view next);

/// A character with the marks that stand on it, the unit that engines agree or differ in.
struct Cluster {
  std::size_t begin = 0, end = 0;  // code points of the text
};
std::vector<Cluster> clusters_of(std::u32string_view text);

/// The text for comparison: NFKC (so that full-width and ASCII forms are the same), quotation marks
/// and dashes as ASCII has them, ideographic comma and full stop as ',' and '.', white space as one
/// blank, none at the ends and none beside characters of scripts without blanks. Case stays.
std::u32string comparable(std::u32string_view text);

}  // namespace dsocr::data

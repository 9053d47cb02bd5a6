#pragma once

#include <string>
#include <string_view>

// Two levels of text normalisation for OCR scores, applied to reference and prediction alike
// (spec: Fox, section 4). They undo differences of format between a PDF's text layer and a model's
// Markdown, so that what is left are reading errors. Scores on different levels never mix.
namespace dsocr::metrics {

/// Version of both definitions below; goes into every report that used one of them.
inline constexpr int kOcrTextVersion = 1;

/// The text without its format. In this order:
/// 1. NFKC (ligatures, full-width forms, superscripts, no-break spaces);
/// 2. Markdown marks: every '#' and every "**" is removed;
/// 3. quotes U+2018-201B and U+2032 become ', U+201C-201F become "; the hyphens and dashes
///    U+2010-2015 and U+2212 become '-';
/// 4. wrapped words are joined: a '-' or soft hyphen (U+00AD) between two word characters goes,
///    with the white space after it, when that holds exactly one line feed. A text layer does not
///    tell a wrap from a compound or a dash at the end of a line, so "well-\nknown" becomes
///    "wellknown" as well;
/// 5. all other soft hyphens are removed;
/// 6. runs of white space (Python's, see is_python_space) become one space, none at the ends.
/// Word characters: letters, numbers, '_', and combining marks after one of these.
std::u32string normalise_format(std::u32string_view text);

/// The bare words of the text: normalise_format, lower case, then only the words, joined by single
/// spaces. A word is a run of word characters in which single apostrophes and full stops between
/// two word characters are kept ("don't", "3.14", "u.s"); everything else separates words
/// ("read/write" and "low-cost" are two words each, "1,000" is "1 000").
std::u32string normalise_words(std::u32string_view text);

}  // namespace dsocr::metrics

#pragma once

#include <string>
#include <string_view>

namespace dsocr::data {

/// Rewrites a regular expression from the syntax of tokenizer.json (Oniguruma) for PCRE2, such that
/// it matches the same text. Handled: literals, escaped punctuation, \n \r \t \f \s \S, \p{..} and
/// \P{..} of the general categories L M N P S Z (Unicode 16.0, whatever version PCRE2 has), simple
/// character classes, groups, look-ahead, alternatives and the quantifiers ? * + {n} {n,} {n,m}.
/// Throws std::invalid_argument for everything else: what the two libraries read differently must
/// not slip through.
std::string translate_pattern(std::string_view pattern);

}  // namespace dsocr::data

#pragma once

#include <string>
#include <string_view>

namespace dsocr::metrics {

/// Stem of a lower-cased word by the Porter algorithm (M. F. Porter, "An algorithm for suffix
/// stripping", Program 14.3, 1980) with the changes of nltk's default mode NLTK_EXTENSIONS: a table
/// of irregular forms, words of one or two characters kept, and some rules of its own.
/// Only a, e, i, o, u and a y after a consonant are vowels; accented letters, digits and
/// punctuation are consonants, as in nltk. Linear in the length of the word. Source: spec: Fox,
/// section 3.
std::u32string porter_stem(std::u32string_view word);

}  // namespace dsocr::metrics

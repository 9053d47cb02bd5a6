#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dsocr::data {

/// The languages that Debian has data of for Tesseract 5, as codes: "eng", "chi_sim", "srp_latn".
/// Scripts, each with the languages written in it, have names: "Cyrillic", "HanS_vert". Sorted.
std::vector<std::string> tesseract_languages();

/// The package with a language's data, "tesseract-ocr-chi-sim", or empty for an unknown language.
std::string tesseract_package(const std::string& language);

/// The language in which to read a text with this BCP 47 tag: "ru" is "rus", "zh-TW" is "chi_tra",
/// "sr-Latn" is "srp_latn". A language that Tesseract does not know, or in another script than
/// usual, is read with the data of its script: "ab" with "Cyrillic". Empty for a tag that says
/// nothing of the kind.
std::string tesseract_language(const std::string& tag);

}  // namespace dsocr::data

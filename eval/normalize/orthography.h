#pragma once

#include <string>
#include <string_view>

// What of a script's spelling counts when texts are compared, for error rates in any language.
// Truth and reading go through it alike.
namespace dsocr::metrics {

/// Version of what follows; goes into every report that used it.
inline constexpr int kOrthographyVersion = 1;

/// Always: NFC, so that one spelling of a letter with its marks is left; marks of direction, soft
/// hyphens, word joiners and the byte order mark go, since no page shows them; white space
/// (Python's) is one space, none at the ends. The fields say what else.
struct Orthography {
  bool compatibility = false;
  bool unify_digits = false;
  bool remove_points = false;
  bool remove_accents = false;
  bool remove_joiners = false;
  bool remove_tatweel = false;
  bool ignore_case = false;

  template <class V>
  void fields(V& v) {
    v("compatibility", compatibility,
      "NFKC in place of NFC: ligatures and forms of width or position are their letters");
    v("unify_digits", unify_digits, "decimal digits of all scripts are 0 to 9");
    v("remove_points", remove_points,
      "without vowel points and signs of reading: niqqud and cantillation, tashkil, Syriac points");
    v("remove_accents", remove_accents,
      "without U+0300-036F after NFD: accents of Latin, Greek and Cyrillic letters, also where "
      "they make another letter");
    v("remove_joiners", remove_joiners, "without ZWJ and ZWNJ");
    v("remove_tatweel", remove_tatweel, "without the Arabic stretcher U+0640");
    v("ignore_case", ignore_case, "lower case");
  }
};

std::u32string normalise_orthography(std::u32string_view text, const Orthography& orthography);

/// "NFC, digits unified, without points" for reports.
std::string describe(const Orthography& orthography);

}  // namespace dsocr::metrics

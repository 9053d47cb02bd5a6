#include <gtest/gtest.h>
#include <unicode/locid.h>
#include <unicode/ulocdata.h>
#include <unicode/uniset.h>
#include <unicode/usetiter.h>

#include <algorithm>
#include <memory>
#include <set>

#include "data/error.h"
#include "data/render/typeset.h"

namespace dsocr::data {
namespace {

struct Line {
  std::string language, script;
  std::string text;  // the language's name for itself and the letters it is written with
};

// Of every language that ICU knows the letters of, one line.
std::vector<Line> lines_of_languages() {
  std::vector<Line> lines;
  std::set<std::string> seen;
  std::int32_t count = 0;
  const icu::Locale* locales = icu::Locale::getAvailableLocales(count);
  for (std::int32_t i = 0; i < count; ++i) {
    icu::Locale locale(locales[i].getLanguage(), locales[i].getScript());
    UErrorCode status = U_ZERO_ERROR;
    UErrorCode own_status = U_ZERO_ERROR;
    locale.addLikelySubtags(own_status);
    if (!seen.insert(std::string(locale.getLanguage()) + "-" + locale.getScript()).second) continue;
    const std::unique_ptr<ULocaleData, decltype(&ulocdata_close)> data(
        ulocdata_open(locales[i].getName(), &status), ulocdata_close);
    const std::unique_ptr<USet, decltype(&uset_close)> letters(
        ulocdata_getExemplarSet(data.get(), nullptr, 0, ULOCDATA_ES_STANDARD, &status), uset_close);
    if (U_FAILURE(status) || uset_isEmpty(letters.get()) != 0) continue;
    icu::UnicodeString text;
    locale.getDisplayName(locales[i], text);
    const icu::UnicodeSet& set = *icu::UnicodeSet::fromUSet(letters.get());
    for (icu::UnicodeSetIterator at(set); at.next();) text.append(u' ').append(at.getString());
    Line line{locale.getLanguage(), locale.getScript(), {}};
    text.toUTF8String(line.text);
    lines.push_back(std::move(line));
  }
  return lines;
}

// A character without a glyph would be drawn as a box; setting refuses it.
TEST(Languages, NoLineHasAMissingGlyph) {
  const std::vector<Line> lines = lines_of_languages();
  std::set<std::string> languages;
  std::set<std::string> scripts;
  PageStyle style;
  style.height = 0;
  for (const Line& line : lines) {
    style.language = line.language + "-" + line.script;
    try {
      const SetPage page = thread_typesetter().set(parse_plain(line.text, true), style);
      EXPECT_EQ(page.blocks.size(), 1u);
      EXPECT_FALSE(glyphs_of(page).empty());
      languages.insert(line.language);
      scripts.insert(line.script);
    } catch (const DataError& error) {
      ADD_FAILURE() << style.language << ": " << error.what() << ": " << line.text;
    }
  }
  EXPECT_GE(languages.size(), 100u);
  EXPECT_GE(scripts.size(), 30u);
  RecordProperty("languages", static_cast<int>(languages.size()));
  RecordProperty("scripts", static_cast<int>(scripts.size()));
}

}  // namespace
}  // namespace dsocr::data

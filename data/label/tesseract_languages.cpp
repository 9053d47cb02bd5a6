#include "data/label/tesseract_languages.h"

#include <unicode/locid.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace dsocr::data {
namespace {

// Packages tesseract-ocr-* of Debian 12, '_' for the '-' of their names.
constexpr std::array kLanguages = std::to_array<std::string_view>(
    {"afr",      "amh",     "ara",          "asm",     "aze",          "aze_cyrl", "bel",
     "ben",      "bod",     "bos",          "bre",     "bul",          "cat",      "ceb",
     "ces",      "chi_sim", "chi_sim_vert", "chi_tra", "chi_tra_vert", "chr",      "cos",
     "cym",      "dan",     "deu",          "div",     "dzo",          "ell",      "eng",
     "enm",      "epo",     "est",          "eus",     "fao",          "fas",      "fil",
     "fin",      "fra",     "frk",          "frm",     "fry",          "gla",      "gle",
     "glg",      "grc",     "guj",          "hat",     "heb",          "hin",      "hrv",
     "hun",      "hye",     "iku",          "ind",     "isl",          "ita",      "ita_old",
     "jav",      "jpn",     "jpn_vert",     "kan",     "kat",          "kat_old",  "kaz",
     "khm",      "kir",     "kmr",          "kor",     "kor_vert",     "lao",      "lat",
     "lav",      "lit",     "ltz",          "mal",     "mar",          "mkd",      "mlt",
     "mon",      "mri",     "msa",          "mya",     "nep",          "nld",      "nor",
     "oci",      "ori",     "pan",          "pol",     "por",          "pus",      "que",
     "ron",      "rus",     "san",          "sin",     "slk",          "slv",      "snd",
     "spa",      "spa_old", "sqi",          "srp",     "srp_latn",     "sun",      "swa",
     "swe",      "syr",     "tam",          "tat",     "tel",          "tgk",      "tha",
     "tir",      "ton",     "tur",          "uig",     "ukr",          "urd",      "uzb",
     "uzb_cyrl", "vie",     "yid",          "yor"});

// The file's name, and the end of the package's, which is the script's code in ISO 15924 in most
// cases.
struct Script {
  std::string_view name, package;
};
constexpr std::array kScripts = {
    Script{"Arabic", "arab"},     Script{"Armenian", "armn"},
    Script{"Bengali", "beng"},    Script{"Canadian_Aboriginal", "cans"},
    Script{"Cherokee", "cher"},   Script{"Cyrillic", "cyrl"},
    Script{"Devanagari", "deva"}, Script{"Ethiopic", "ethi"},
    Script{"Fraktur", "frak"},    Script{"Georgian", "geor"},
    Script{"Greek", "grek"},      Script{"Gujarati", "gujr"},
    Script{"Gurmukhi", "guru"},   Script{"HanS", "hans"},
    Script{"HanT", "hant"},       Script{"Hangul", "hang"},
    Script{"Hebrew", "hebr"},     Script{"Japanese", "jpan"},
    Script{"Kannada", "knda"},    Script{"Khmer", "khmr"},
    Script{"Lao", "laoo"},        Script{"Latin", "latn"},
    Script{"Malayalam", "mlym"},  Script{"Myanmar", "mymr"},
    Script{"Oriya", "orya"},      Script{"Sinhala", "sinh"},
    Script{"Syriac", "syrc"},     Script{"Tamil", "taml"},
    Script{"Telugu", "telu"},     Script{"Thaana", "thaa"},
    Script{"Thai", "thai"},       Script{"Tibetan", "tibt"},
    Script{"Vietnamese", "viet"}};
// Of these there are data for vertical writing too.
constexpr std::array<std::string_view, 4> kVerticalScripts = {"HanS", "HanT", "Hangul", "Japanese"};
constexpr std::string_view kVertical = "_vert";

// Where the code of ISO 639-3 and the script do not make the name.
struct Exception {
  std::string_view language, script, name;  // script: of ISO 15924, empty for any
};
constexpr std::array kExceptions = {
    Exception{"aze", "Cyrl", "aze_cyrl"}, Exception{"deu", "Latf", "frk"},
    Exception{"kur", "Latn", "kmr"},      Exception{"nno", "", "nor"},
    Exception{"nob", "", "nor"},          Exception{"srp", "Latn", "srp_latn"},
    Exception{"uzb", "Cyrl", "uzb_cyrl"}, Exception{"zho", "Hans", "chi_sim"},
    Exception{"zho", "Hant", "chi_tra"}};

const Script* find_script(std::string_view name) {
  const auto* found = std::find_if(kScripts.begin(), kScripts.end(),
                                   [&](const Script& script) { return script.name == name; });
  return found == kScripts.end() ? nullptr : found;
}

bool is_language(std::string_view name) {
  return std::find(kLanguages.begin(), kLanguages.end(), name) != kLanguages.end();
}

bool is_vertical_script(std::string_view name) {
  return std::find(kVerticalScripts.begin(), kVerticalScripts.end(), name) !=
         kVerticalScripts.end();
}

// The data of a script of ISO 15924, or empty.
std::string script_data(std::string code) {
  if (code == "Kore") return "Hangul";
  if (code == "Latf") return "Fraktur";
  std::transform(code.begin(), code.end(), code.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto* found = std::find_if(kScripts.begin(), kScripts.end(),
                                   [&](const Script& script) { return script.package == code; });
  return found == kScripts.end() ? "" : std::string(found->name);
}

// The script that a language, or a part of one, is most often written in.
std::string usual_script(icu::Locale locale) {
  UErrorCode status = U_ZERO_ERROR;
  locale.addLikelySubtags(status);
  return locale.getScript();
}

}  // namespace

std::vector<std::string> tesseract_languages() {
  std::vector<std::string> names(kLanguages.begin(), kLanguages.end());
  for (const Script& script : kScripts) {
    names.emplace_back(script.name);
    if (is_vertical_script(script.name)) names.push_back(names.back() + std::string(kVertical));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string tesseract_package(const std::string& language) {
  const std::string prefix = "tesseract-ocr-";
  if (is_language(language)) {
    std::string package = prefix + language;
    std::replace(package.begin(), package.end(), '_', '-');
    return package;
  }
  std::string_view name = language;
  const bool vertical = name.ends_with(kVertical);
  if (vertical) name.remove_suffix(kVertical.size());
  const Script* script = find_script(name);
  if (script == nullptr || (vertical && !is_vertical_script(name))) return "";
  return prefix + "script-" + std::string(script->package) + (vertical ? "-vert" : "");
}

std::string tesseract_language(const std::string& tag) {
  UErrorCode status = U_ZERO_ERROR;
  icu::Locale locale = icu::Locale::forLanguageTag(tag, status);
  locale.canonicalize(status);
  const bool says_script = *locale.getScript() != 0;
  if (U_FAILURE(status) || (*locale.getLanguage() == 0 && !says_script)) return "";
  const std::string language = locale.getISO3Language();
  const std::string script = usual_script(locale);
  for (const Exception& exception : kExceptions)
    if (exception.language == language && (exception.script.empty() || exception.script == script))
      return std::string(exception.name);
  const bool usual = !says_script || script == usual_script(icu::Locale(locale.getLanguage()));
  return usual && is_language(language) ? language : script_data(script);
}

}  // namespace dsocr::data

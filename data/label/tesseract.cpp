#include "data/label/tesseract.h"

#include <tesseract/baseapi.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "configs/nearest.h"
#include "configs/sha256.h"
#include "data/error.h"
#include "data/label/tesseract_engine.h"
#include "data/label/tesseract_languages.h"

namespace dsocr::data {
namespace {

constexpr const char* kRules = " rules-1";  // to be raised when other labels come out

constexpr const char* kAuto = "auto";
constexpr const char* kDefault = "eng";

bool is_there(const std::string& language) {
  return std::filesystem::exists(tesseract_file(tesseract_folder(), language));
}

// Throws when there are no data of it.
void require(const std::string& language) {
  if (is_there(language)) return;
  const std::string package = tesseract_package(language);
  if (!package.empty())
    throw DataError(tesseract_file(tesseract_folder(), language), "",
                    "is missing; apt-get install " + package);
  throw DataError("", "",
                  "Tesseract has no language '" + language + "'; " +
                      configs::suggestion(language, tesseract_languages()));
}

std::vector<std::string> split(const std::string& languages) {
  std::vector<std::string> names;
  for (std::size_t begin = 0; begin <= languages.size();) {
    const std::size_t end = std::min(languages.find('+', begin), languages.size());
    std::string name = languages.substr(begin, end - begin);
    // Scripts have a folder of their own elsewhere than in Debian.
    if (name.starts_with("script/") && !is_there(name)) name.erase(0, std::strlen("script/"));
    names.push_back(std::move(name));
    begin = end + 1;
  }
  return names;
}

class TesseractLabeller : public Labeller {
 public:
  explicit TesseractLabeller(const std::string& arguments) {
    info_.name = "tesseract" + (arguments.empty() ? "" : ":" + arguments);
    info_.version = tesseract::TessBaseAPI::Version() + std::string(kRules);
    std::set<std::string> used;
    if (arguments.empty() || arguments == kAuto) {
      // Which of them are used depends on the pages.
      for (const std::string& language : tesseract_languages())
        if (is_there(language)) used.insert(language);
    } else {
      fixed_ = true;
      open(split(arguments));
      const std::vector<std::string> loaded = engine_->loaded();
      used.insert(loaded.begin(), loaded.end());
    }
    for (const std::string& language : used) {
      const std::filesystem::path file = tesseract_file(tesseract_folder(), language);
      info_.models.emplace_back(file.filename(), configs::sha256_file(file));
    }
  }

  LabellerInfo info() const override { return info_; }

  PageLabels label(const Image& image, const Page& page) override {
    if (!fixed_) open(languages_of(page));
    return engine_->read(image);
  }

 private:
  static std::vector<std::string> languages_of(const Page& page) {
    if (page.language.empty()) return {kDefault};
    const std::string language = tesseract_language(page.language);
    if (language.empty())
      throw DataError("", page.id, "Tesseract does not read the language '" + page.language + "'",
                      /*recoverable=*/true);
    return {language};
  }

  void open(const std::vector<std::string>& languages) {
    if (languages == languages_) return;
    for (const std::string& language : languages) require(language);
    engine_ = std::make_unique<TesseractEngine>(tesseract_folder(), languages);
    languages_ = languages;
  }

  LabellerInfo info_ = {};
  bool fixed_ = false;
  std::vector<std::string> languages_ = {};
  std::unique_ptr<TesseractEngine> engine_ = {};
};

}  // namespace

std::unique_ptr<Labeller> open_tesseract(const std::string& arguments) {
  return std::make_unique<TesseractLabeller>(arguments);
}

}  // namespace dsocr::data

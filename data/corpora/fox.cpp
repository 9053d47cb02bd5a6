#include "data/corpora/fox.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <unordered_set>

#include "data/error.h"
#include "data/records.h"

namespace dsocr::data {
namespace {

// The n of "en_<n>.png", so that en_10 comes after en_9.
int page_number(const std::string& image) {
  const size_t digits = image.find_first_of("0123456789");
  int number = 0;
  if (digits != std::string::npos)
    std::from_chars(image.data() + digits, image.data() + image.size(), number);
  return number;
}

std::string answer(const Record& record, const std::string& image) {
  const auto& json = record.json();
  if (json.contains("conversations") && json["conversations"].is_array())
    for (const auto& turn : json["conversations"])
      if (turn.is_object() && turn.value("from", nlohmann::json()) == "gpt" &&
          turn.contains("value") && turn["value"].is_string())
        return turn["value"].get<std::string>();
  throw DataError(record.file(), image, "has no conversation turn from 'gpt' with the page's text");
}

void sort_by_number(std::vector<FoxPage>& pages) {
  std::sort(pages.begin(), pages.end(), [](const FoxPage& a, const FoxPage& b) {
    const int left = page_number(a.image);
    const int right = page_number(b.image);
    return left != right ? left < right : a.image < b.image;
  });
}

void require_text(const std::string& file, const std::string& image, const std::string& text) {
  if (text.find_first_not_of(" \t\r\n") == std::string::npos)
    throw DataError(file, image, "ground truth is empty; a page without text cannot be scored");
}

std::filesystem::path image_file(const std::filesystem::path& folder, const std::string& image) {
  for (const char* place : {"en_pdf_png", "images/en_pdf_png"})
    if (auto file = folder / place / image; std::filesystem::exists(file)) return file;
  return {};
}

}  // namespace

std::vector<FoxPage> read_fox(const std::filesystem::path& folder) {
  std::vector<FoxPage> pages;
  std::unordered_set<std::string> seen;
  for (const Record& record : read_records(folder / "en_page_ocr.json")) {
    const std::string& image = record.string("image");
    if (!seen.insert(image).second) throw DataError(record.file(), image, "the page stands twice");
    pages.push_back({image, image_file(folder, image), answer(record, image)});
    require_text(record.file(), image, pages.back().text);
  }
  sort_by_number(pages);
  return pages;
}

std::vector<FoxPage> read_fox_texts(const std::vector<FoxPage>& pages,
                                    const std::filesystem::path& file) {
  std::vector<FoxPage> own;
  std::unordered_map<std::string, std::string> texts;
  for (const Record& record : read_records(file)) {
    own.push_back({record.string("image"), {}, record.string("text")});
    require_text(record.file(), own.back().image, own.back().text);
    if (!texts.emplace(own.back().image, own.back().text).second)
      throw DataError(file, own.back().image, "the page stands twice");
  }
  const auto is_named = [&](const FoxPage& page) { return texts.contains(page.image); };
  if (std::none_of(pages.begin(), pages.end(), is_named)) {
    sort_by_number(own);
    return own;
  }
  std::vector<FoxPage> replaced = pages;
  for (FoxPage& page : replaced) {
    if (!is_named(page)) throw DataError(file, page.image, "has no target text");
    page.text = std::move(texts.extract(page.image).mapped());
  }
  for (const FoxPage& page : own)
    if (is_named(page)) throw DataError(file, page.image, "is not a page of the benchmark");
  return replaced;
}

}  // namespace dsocr::data

#include "data/corpora/texts.h"

#include <algorithm>

#include "data/corpora/corpus.h"
#include "data/error.h"
#include "data/records.h"

namespace dsocr::data {

std::vector<std::filesystem::path> text_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file() &&
        (ending_of(entry.path()) == ".txt" || ending_of(entry.path()) == ".md"))
      files.push_back(entry.path());
  if (files.empty()) throw DataError(folder, "", "has no *.txt or *.md in it");
  std::sort(files.begin(), files.end());
  return files;
}

Texts::Texts(const std::vector<std::filesystem::path>& sources) {
  for (const auto& source : sources) {
    if (!std::filesystem::exists(source)) throw DataError(source, "", "is not there");
    if (std::filesystem::is_directory(source))
      for (const auto& file : text_files(source)) add(file);
    else
      add(source);
  }
}

void Texts::add(const std::filesystem::path& file) {
  const std::string ending = ending_of(file);
  if (ending == ".h5") {
    const PageStore& store = stores_.emplace_back(file);
    for (std::uint64_t page = 0; page < store.num_pages(); ++page)
      places_.push_back({Kind::kPage, page, stores_.size() - 1});
  } else if (ending == ".json" || ending == ".jsonl") {
    for (const Record& record : read_records(file)) {
      places_.push_back({Kind::kRecord, records_.size()});
      records_.emplace_back(file.string() + ": " + record.place(), record.string("text"));
    }
  } else {
    places_.push_back({Kind::kFile, files_.size()});
    files_.push_back(file);
  }
}

std::string Texts::name(std::size_t index) const {
  const Place& place = places_.at(index);
  if (place.kind == Kind::kFile) return files_[place.index].string();
  if (place.kind == Kind::kRecord) return records_[place.index].first;
  const PageStore& store = stores_[place.store];
  return store.path().string() + ": sample '" + store.id(store.record(place.index)) + "'";
}

std::string Texts::text(std::size_t index) const {
  const Place& place = places_.at(index);
  if (place.kind == Kind::kFile) return read_file(files_[place.index]);
  if (place.kind == Kind::kRecord) return records_[place.index].second;
  const PageStore& store = stores_[place.store];
  return store.text(store.record(place.index));
}

}  // namespace dsocr::data

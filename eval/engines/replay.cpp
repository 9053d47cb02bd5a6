#include "eval/engines/replay.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "data/error.h"
#include "data/records.h"

namespace dsocr::eval {
namespace {

constexpr size_t kNamesShown = 3;
constexpr double kMaxPageSide = 1e6;

// "en_3.png, en_7.png, en_9.png and 4 more"
std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), kNamesShown); ++i)
    text += (i > 0 ? ", " : "") + names[i];
  if (names.size() > kNamesShown)
    text += " and " + std::to_string(names.size() - kNamesShown) + " more";
  return text;
}

// Pixels of the page image, where the record has them.
std::optional<configs::PageSize> page_size(const data::Record& record) {
  const auto width = record.optional_number("width");
  const auto height = record.optional_number("height");
  if (!width && !height) return std::nullopt;
  const auto valid = [](std::optional<double> side) {
    return side && *side >= 1 && *side <= kMaxPageSide && *side == std::floor(*side);
  };
  if (!valid(width) || !valid(height))
    throw data::DataError(record.file(), record.string("image"),
                          "'width' and 'height' must be whole numbers of pixels, 1 to 1000000");
  return configs::PageSize{static_cast<int64_t>(*width), static_cast<int64_t>(*height)};
}

}  // namespace

ReplayEngine::ReplayEngine(std::filesystem::path predictions) : file_(std::move(predictions)) {
  for (const data::Record& record : data::read_records(file_)) {
    std::string id = record.string("image");
    Transcript transcript{.text = record.string("pred"),
                          .font_px = record.optional_number("font_px")};
    transcript.page_size = page_size(record);
    if (transcript.font_px && !(*transcript.font_px > 0))
      throw data::DataError(file_, id, "'font_px' must be positive");
    if (!transcripts_.emplace(id, std::move(transcript)).second)
      throw data::DataError(file_.string(), id, "the page is predicted twice");
    ids_.push_back(std::move(id));
  }
}

void ReplayEngine::check_pages(std::span<const std::string> ids) const {
  const std::unordered_set<std::string_view> known(ids.begin(), ids.end());
  std::vector<std::string> missing;
  std::vector<std::string> foreign;
  for (const std::string& id : ids)
    if (!transcripts_.contains(id)) missing.push_back(id);
  for (const std::string& id : ids_)
    if (!known.contains(id)) foreign.push_back(id);
  if (missing.size() == ids.size())
    throw data::DataError(
        file_.string(), "",
        "no page of the benchmark is predicted; these are predictions of another set (" +
            listed(foreign) + ")");
  if (!missing.empty()) throw data::DataError(file_.string(), listed(missing), "not predicted");
  if (!foreign.empty())
    throw data::DataError(file_.string(), listed(foreign), "not a page of the benchmark");
}

std::vector<Transcript> ReplayEngine::transcribe(std::span<const PageRequest> pages) {
  std::vector<Transcript> result;
  result.reserve(pages.size());
  for (const PageRequest& page : pages) {
    const auto it = transcripts_.find(page.id);
    result.push_back(it != transcripts_.end() ? it->second
                                              : Transcript{.text = {}, .failure = "not predicted"});
  }
  return result;
}

nlohmann::ordered_json ReplayEngine::describe() const {
  const char* unknown = "as the predictions were made";
  return {{"engine", "replay"}, {"prompt", unknown}, {"decoding", unknown}};
}

}  // namespace dsocr::eval

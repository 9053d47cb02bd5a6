#include "eval/engines/replay_folder.h"

#include <algorithm>
#include <set>

#include "configs/sha256.h"
#include "data/error.h"
#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/predictions.h"

namespace dsocr::eval {
namespace {

namespace fs = std::filesystem;

bool is_markdown(const fs::path& file) {
  return file.extension() == ".md" || file.extension() == ".mmd";
}

std::set<std::string> markdown_files(const fs::path& folder) {
  std::set<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.is_regular_file() && is_markdown(entry.path()))
      names.insert(entry.path().filename().string());
  if (error) throw data::DataError(folder, "", error.message());
  return names;
}

}  // namespace

ReplayFolderEngine::ReplayFolderEngine(fs::path folder) : folder_(std::move(folder)) {
  if (markdown_files(folder_).empty()) throw data::DataError(folder_, "", "holds no .md file");
}

void ReplayFolderEngine::check_pages(std::span<const std::string> ids) const {
  if (std::none_of(ids.begin(), ids.end(), [&](const std::string& id) {
        return omnidocbench::find_prediction(folder_, id).has_value();
      }))
    throw data::DataError(folder_, "",
                          "no page of the benchmark has a file here; these are predictions of "
                          "another set");
}

std::vector<Transcript> ReplayFolderEngine::transcribe(std::span<const PageRequest> pages) {
  std::set<std::string> unused = markdown_files(folder_);
  std::vector<Transcript> transcripts(pages.size());
  std::string all;
  for (size_t i = 0; i < pages.size(); ++i) {
    const auto file = omnidocbench::find_prediction(folder_, pages[i].id);
    if (!file) {
      transcripts[i].failure = "no file";
      transcripts[i].absent = true;
      continue;
    }
    unused.erase(file->filename().string());
    all += file->filename().string() + '\0';
    try {
      transcripts[i].text = metrics::encode_utf8(omnidocbench::read_prediction(*file));
    } catch (const data::DataError& error) {
      transcripts[i].failure = error.what();
    }
    all += transcripts[i].text + '\0';
  }
  unused_.assign(unused.begin(), unused.end());
  sha256_ = configs::sha256_hex(all);
  return transcripts;
}

nlohmann::ordered_json ReplayFolderEngine::describe() const {
  const char* unknown = "as the predictions were made";
  nlohmann::ordered_json json{{"engine", "replay"}, {"prompt", unknown}, {"decoding", unknown}};
  json["unused_files"] = unused_.size();
  json["predictions_sha256"] = sha256_;
  return json;
}

}  // namespace dsocr::eval

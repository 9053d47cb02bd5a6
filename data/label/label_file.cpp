#include "data/label/label_file.h"

#include <nlohmann/json.hpp>

#include "data/error.h"
#include "data/label/labels_json.h"

namespace dsocr::data {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr std::size_t kPiece = 1 << 20;  // bytes

std::string named(const LabellerInfo& labeller) { return to_json(labeller).dump(); }

}  // namespace

std::string format_result(const LabelResult& result) {
  ordered_json line{{"seconds", result.seconds}};
  if (result.failure.empty())
    line["labels"] = to_json(result.labels);
  else
    line["failure"] = result.failure;
  // Messages of outside programs may be of any encoding.
  return line.dump(-1, ' ', false, json::error_handler_t::replace);
}

LabelResult parse_result(const std::string& line) {
  try {
    const json record = json::parse(line);
    LabelResult result{.seconds = record.at("seconds").get<double>()};
    if (const auto failure = record.find("failure"); failure != record.end())
      result.failure = failure->get<std::string>();
    else
      result.labels = labels_from_json(record.at("labels"));
    return result;
  } catch (const json::exception&) {
    throw DataError("", "", "not the labels of a page", /*recoverable=*/true);
  }
}

LabelFile::LabelFile(const std::filesystem::path& file, const LabellerInfo& labeller,
                     const std::string& store)
    : file_(file, RawFile::Mode::kOpenOrCreate) {
  if (!file_.try_lock()) throw DataError(file, "", "another process adds to these labels");
  if (file_.size() == 0) {
    labeller_ = labeller;
    store_ = store;
    ends_ = {0};
    append(ordered_json{{"format", "dsocr labels"},
                        {"version", kVersion},
                        {"store", store},
                        {"labeller", to_json(labeller)}}
               .dump());
    return;
  }
  index_lines();
  if (store_ != store) throw DataError(file, "", "has labels of another store");
  if (labeller_ != labeller)
    throw DataError(file, "",
                    "has labels by " + named(labeller_) + ", not by " + named(labeller) +
                        ": remove it to label anew");
  file_.resize(ends_.back());  // half a line may be behind it
}

LabelFile::LabelFile(const std::filesystem::path& file) : file_(file, RawFile::Mode::kRead) {
  index_lines();
}

void LabelFile::index_lines() {
  std::string piece(kPiece, '\0');
  const std::uint64_t size = file_.size();
  for (std::uint64_t offset = 0; offset < size; offset += piece.size()) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, size - offset)));
    file_.read(offset, std::as_writable_bytes(std::span(piece)));
    for (std::size_t at = piece.find('\n'); at != std::string::npos; at = piece.find('\n', at + 1))
      ends_.push_back(offset + at + 1);
  }
  const auto refuse = [&] {
    throw DataError(path(), "", "is no label file of version " + std::to_string(kVersion));
  };
  if (ends_.empty()) refuse();
  try {
    const json header = json::parse(line(0, ends_.front()));
    if (header.at("format") != "dsocr labels" || header.at("version") != kVersion) refuse();
    labeller_ = labeller_info_from_json(header.at("labeller"));
    store_ = header.at("store").get<std::string>();
  } catch (const json::exception&) {
    refuse();
  }
}

std::string LabelFile::line(std::uint64_t begin, std::uint64_t end) const {
  std::string text(static_cast<std::size_t>(end - begin - 1), '\0');
  file_.read(begin, std::as_writable_bytes(std::span(text)));
  return text;
}

void LabelFile::append(const std::string& text) {
  const std::string with_end = text + "\n";
  file_.write(ends_.back(), std::as_bytes(std::span(with_end)));
  if (file_.size() == with_end.size())
    ends_ = {with_end.size()};  // the header
  else
    ends_.push_back(ends_.back() + with_end.size());
}

LabelResult LabelFile::result(std::uint64_t page) const {
  const std::string place = "page " + std::to_string(page);
  if (page >= num_pages()) throw DataError(path(), place, "is not labelled yet");
  try {
    return parse_result(line(ends_[page], ends_[page + 1]));
  } catch (const DataError& error) {
    throw DataError(path(), place, error.what());
  }
}

void LabelFile::add(const LabelResult& result) { append(format_result(result)); }

std::uint64_t num_failed(const LabelFile& file) {
  std::uint64_t failed = 0;
  for (std::uint64_t page = 0; page < file.num_pages(); ++page)
    if (!file.result(page).failure.empty()) ++failed;
  return failed;
}

}  // namespace dsocr::data

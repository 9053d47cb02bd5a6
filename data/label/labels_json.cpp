#include "data/label/labels_json.h"

#include <nlohmann/json.hpp>

#include "configs/json_text.h"
#include "data/error.h"

namespace dsocr::data {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

ordered_json box_json(const PixelBox& box) {
  return ordered_json::array({box.left, box.top, box.right, box.bottom});
}

PixelBox box_of(const json& value) {
  return {value.at(0).get<float>(), value.at(1).get<float>(), value.at(2).get<float>(),
          value.at(3).get<float>()};
}

std::string text_of(const json& value) {
  auto text = value.get<std::string>();
  if (configs::find_invalid_utf8(text))
    throw DataError("", "", "the text of a label is not UTF-8", /*recoverable=*/true);
  return text;
}

ordered_json line_json(const LabelLine& line) {
  ordered_json words = ordered_json::array();
  for (const LabelWord& word : line.words)
    words.push_back({word.begin, word.end, box_json(word.box), word.confidence});
  return {{"text", line.text},
          {"box", box_json(line.box)},
          {"confidence", line.confidence},
          {"words", std::move(words)}};
}

LabelLine line_of(const json& value) {
  LabelLine line{.text = text_of(value.at("text")),
                 .box = box_of(value.at("box")),
                 .confidence = value.at("confidence").get<float>()};
  std::size_t end = 0;
  for (const auto& word : value.at("words")) {
    line.words.push_back({.begin = word.at(0).get<std::size_t>(),
                          .end = word.at(1).get<std::size_t>(),
                          .box = box_of(word.at(2)),
                          .confidence = word.at(3).get<float>()});
    const LabelWord& last = line.words.back();
    if (last.begin < end || last.end < last.begin || last.end > line.text.size())
      throw DataError("", "", "the words of a label lie outside of its text",
                      /*recoverable=*/true);
    end = last.end;
  }
  return line;
}

// `read` with errors about JSON told as bad data.
template <class Read>
auto reading(const char* what, Read read) {
  try {
    return read();
  } catch (const nlohmann::json::exception&) {
    throw DataError("", "", std::string(what) + " of another form", /*recoverable=*/true);
  }
}

}  // namespace

ordered_json to_json(const PageLabels& labels) {
  ordered_json regions = ordered_json::array();
  for (const LabelRegion& region : labels.regions) {
    ordered_json lines = ordered_json::array();
    for (const LabelLine& line : region.lines) lines.push_back(line_json(line));
    regions.push_back({{"category", region.category},
                       {"box", box_json(region.box)},
                       {"confidence", region.confidence},
                       {"lines", std::move(lines)}});
  }
  return regions;
}

ordered_json to_json(const LabellerInfo& info) {
  ordered_json models = ordered_json::object();
  for (const auto& [file, sha256] : info.models) models[file] = sha256;
  return {{"name", info.name}, {"version", info.version}, {"models", std::move(models)}};
}

PageLabels labels_from_json(const json& value) {
  return reading("labels", [&] {
    PageLabels labels;
    for (const auto& region : value) {
      labels.regions.push_back({.category = text_of(region.at("category")),
                                .box = box_of(region.at("box")),
                                .confidence = region.at("confidence").get<float>()});
      for (const auto& line : region.at("lines"))
        labels.regions.back().lines.push_back(line_of(line));
    }
    return labels;
  });
}

LabellerInfo labeller_info_from_json(const json& value) {
  return reading("a labeller's name", [&] {
    LabellerInfo info{.name = text_of(value.at("name")), .version = text_of(value.at("version"))};
    for (const auto& [file, sha256] : value.at("models").items())
      info.models.emplace_back(file, text_of(sha256));
    return info;
  });
}

}  // namespace dsocr::data

#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "configs/json_reader.h"
#include "data/render/document.h"
#include "data/render/render_config.h"

namespace dsocr::test {

using data::Document;
using data::RenderConfig;

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline const char* const kProse =
    "All human beings are born free and equal in dignity and rights. They are endowed with reason "
    "and conscience and should act towards one another in a spirit of brotherhood.";

inline Document document_of(const std::string& text) {
  return {.id = "test", .elements = data::parse_markdown(text)};
}

inline std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text + "\n\n";
  return all;
}

inline RenderConfig config_of(const char* json) {
  return configs::read_config<RenderConfig>(nlohmann::json::parse(json));
}

}  // namespace dsocr::test

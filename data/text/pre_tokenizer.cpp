#include "data/text/pre_tokenizer.h"

namespace dsocr::data {

PreTokenizer::PreTokenizer(std::span<const std::string> patterns) {
  patterns_.reserve(patterns.size());
  for (const auto& pattern : patterns) patterns_.emplace_back(pattern);
}

std::vector<std::string_view> PreTokenizer::split(std::string_view text) const {
  std::vector<std::string_view> pieces;
  if (!text.empty()) pieces.push_back(text);
  std::vector<std::string_view> parts;
  for (const auto& pattern : patterns_) {
    parts.clear();
    for (const auto piece : pieces) pattern.cut(piece, parts);
    pieces.swap(parts);
  }
  return pieces;
}

}  // namespace dsocr::data

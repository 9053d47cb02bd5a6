#include "data/text/added_tokens.h"

#include <stdexcept>

namespace dsocr::data {

uint32_t TokenFinder::child(uint32_t node, char byte) const {
  uint32_t at = nodes_[node].first_child;
  while (at != 0 && nodes_[at].byte != byte) at = nodes_[at].next_sibling;
  return at;
}

void TokenFinder::add(std::string_view content, int32_t id) {
  if (content.empty()) throw std::invalid_argument("the content is empty");
  if (content.size() > kMaxAddedTokenBytes) {
    throw std::invalid_argument("the content has more than " + std::to_string(kMaxAddedTokenBytes) +
                                " bytes");
  }
  uint32_t node = 0;
  for (const char byte : content) {
    uint32_t next = child(node, byte);
    if (next == 0) {
      next = static_cast<uint32_t>(nodes_.size());
      nodes_.push_back({-1, 0, nodes_[node].first_child, byte});
      nodes_[node].first_child = next;
    }
    node = next;
  }
  if (nodes_[node].id >= 0) throw std::invalid_argument("the content is listed twice");
  nodes_[node].id = id;
  starts_[static_cast<uint8_t>(content.front())] = true;
}

std::vector<TokenFinder::Match> TokenFinder::find_all(std::string_view text) const {
  std::vector<Match> matches;
  for (size_t begin = 0; begin < text.size();) {
    if (!starts_[static_cast<uint8_t>(text[begin])]) {
      ++begin;
      continue;
    }
    Match longest{begin, begin, -1};
    uint32_t node = 0;
    for (size_t end = begin; end < text.size(); ++end) {
      node = child(node, text[end]);
      if (node == 0) break;
      if (nodes_[node].id >= 0) longest = {begin, end + 1, nodes_[node].id};
    }
    if (longest.id >= 0) matches.push_back(longest);
    begin = longest.id >= 0 ? longest.end : begin + 1;
  }
  return matches;
}

}  // namespace dsocr::data

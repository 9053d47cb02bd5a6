#include "data/text/text_stream.h"

#include <string_view>
#include <utility>

namespace dsocr::data {
namespace {

constexpr std::string_view kReplacement = "\ufffd";

// A character of UTF-8 that is not finished has at most 3 bytes, and every token at least one.
// What stands before them cannot change how they go on: no byte that begins a character continues
// another.
constexpr std::size_t kRecent = 3;

}  // namespace

std::string TextStream::push(std::int32_t id) {
  if (tokenizer_.decode({&id, 1}).empty()) return {};
  std::vector<std::int32_t> ids = recent_;
  ids.push_back(id);
  const std::string text = tokenizer_.decode(ids);
  std::string certain = text.substr(done_);
  std::size_t waiting = 0;
  if (certain.ends_with(kReplacement)) {
    waiting = kReplacement.size();
    certain.resize(certain.size() - waiting);
  }
  if (ids.size() > kRecent) ids.erase(ids.begin());
  done_ = tokenizer_.decode(ids).size() - waiting;
  recent_ = std::move(ids);
  return certain;
}

std::string TextStream::finish() {
  std::string rest = tokenizer_.decode(recent_).substr(done_);
  recent_.clear();
  done_ = 0;
  return rest;
}

}  // namespace dsocr::data

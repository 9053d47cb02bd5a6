#include "eval/engines/hash.h"

#include "configs/seed.h"

namespace dsocr::eval {
namespace {

constexpr size_t kWords = 200;
constexpr size_t kWordLetters = 5;

std::string text_for(const PageRequest& page) {
  std::string text;
  for (size_t word = 0; word < kWords; ++word) {
    uint64_t bits = configs::derive_seed(word, page.id + "\n" + page.prompt);
    if (word > 0) text += ' ';
    for (size_t i = 0; i < kWordLetters; ++i, bits /= 26)
      text += static_cast<char>('a' + bits % 26);
  }
  return text;
}

}  // namespace

std::vector<Transcript> HashEngine::transcribe(std::span<const PageRequest> pages) {
  std::vector<Transcript> transcripts;
  for (const PageRequest& page : pages) transcripts.push_back({.text = text_for(page)});
  return transcripts;
}

}  // namespace dsocr::eval

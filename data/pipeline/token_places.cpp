#include "data/pipeline/token_places.h"

#include <algorithm>

#include "data/text/text_stream.h"

namespace dsocr::data {
namespace {

// Bytes of glyphs that may be passed over to find a token again, as after a character of several
// tokens.
constexpr std::size_t kReach = 8;

std::string without_space(const std::string& utf8) {
  std::string rest;
  std::copy_if(utf8.begin(), utf8.end(), std::back_inserter(rest),
               [](char c) { return c != ' ' && c != '\n' && c != '\t' && c != '\r'; });
  return rest;
}

}  // namespace

std::vector<std::optional<std::size_t>> glyphs_of_ids(const Tokenizer& tokenizer,
                                                      std::span<const std::int32_t> answer,
                                                      std::span<const PlacedGlyph> glyphs) {
  std::string drawn;
  std::vector<std::size_t> glyph_at;  // of each byte
  for (std::size_t i = 0; i < glyphs.size(); ++i) {
    drawn += without_space(glyphs[i].text);
    glyph_at.resize(drawn.size(), i);
  }
  std::vector<std::optional<std::size_t>> found(answer.size());
  std::size_t at = 0;
  for (std::size_t i = 0; i < answer.size() && at < drawn.size(); ++i) {
    const std::string text = without_space(tokenizer.decode(answer.subspan(i, 1)));
    if (text.empty()) continue;
    const std::size_t begin = std::string_view(drawn).substr(at, kReach + text.size()).find(text);
    if (begin == std::string::npos) continue;
    found[i] = glyph_at[at + begin];
    at += begin + text.size();
  }
  return found;
}

std::vector<bool> learnt_ids(const Tokenizer& tokenizer, std::span<const std::int32_t> answer,
                             std::size_t text_bytes,
                             std::span<const std::pair<std::size_t, std::size_t>> masked) {
  const std::span<const std::int32_t> ids = answer.first(answer.size() - 1);
  // Some conventions write a blank before the text.
  const std::size_t lead = tokenizer.decode(ids).size() - text_bytes;
  std::vector<bool> learnt(answer.size(), true);
  TextStream stream(tokenizer);
  std::size_t begin = 0;
  auto range = masked.begin();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    // The first ids of a character write nothing yet: they stand where it will.
    const std::size_t end = begin + stream.push(ids[i]).size();
    while (range != masked.end() && range->second + lead <= begin) ++range;
    learnt[i] = range == masked.end() || std::max(end, begin + 1) <= range->first + lead;
    begin = end;
  }
  return learnt;
}

}  // namespace dsocr::data

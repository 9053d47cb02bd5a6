#include "data/text/prompt.h"

#include <algorithm>
#include <array>
#include <string>

#include "data/error.h"
#include "data/text/characters.h"

namespace dsocr::data {
namespace {

// What str.strip() of Python removes; the reference strips prompts with it.
constexpr std::array<std::string_view, 29> kStripped = {
    "\t",     "\n",     "\v",     "\f",     "\r",     "\x1C",   "\x1D",   "\x1E",
    "\x1F",   " ",      "\u0085", "\u00A0", "\u1680", "\u2000", "\u2001", "\u2002",
    "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200A",
    "\u2028", "\u2029", "\u202F", "\u205F", "\u3000"};

std::string_view strip(std::string_view text) {
  for (size_t before = text.size() + 1; before != text.size();) {
    before = text.size();
    for (const auto space : kStripped) {
      if (text.starts_with(space)) text.remove_prefix(space.size());
      if (text.ends_with(space)) text.remove_suffix(space.size());
    }
  }
  return text;
}

int32_t require_token(const Tokenizer& tokenizer, std::string_view token) {
  const auto id = tokenizer.token_id(token);
  if (!id) throw DataError({}, {}, "the tokenizer has no token " + std::string(token));
  return *id;
}

constexpr std::array kConventions{
    std::pair{std::string_view("official"), SampleConvention::kOfficial},
    std::pair{std::string_view("unsloth"), SampleConvention::kUnsloth},
    std::pair{std::string_view("ms_swift"), SampleConvention::kMsSwift}};

std::vector<int32_t> encode_as_is(const Tokenizer& tokenizer, std::string_view text,
                                  std::span<const size_t> num_image_tokens) {
  const int32_t image_id = require_token(tokenizer, kImageToken);
  std::vector<int32_t> ids = {require_token(tokenizer, kBosToken)};
  std::string_view rest = text;
  size_t num_images = 0;
  for (;; ++num_images) {
    const size_t image = rest.find(kImageToken);
    const auto piece = tokenizer.encode(rest.substr(0, image));
    ids.insert(ids.end(), piece.begin(), piece.end());
    if (image == std::string_view::npos) break;
    if (num_images < num_image_tokens.size()) {
      ids.insert(ids.end(), num_image_tokens[num_images], image_id);
    }
    rest.remove_prefix(image + kImageToken.size());
  }
  if (num_images != num_image_tokens.size()) {
    throw DataError({}, {},
                    "the prompt has " + std::to_string(num_images) + " " +
                        std::string(kImageToken) + ", expected " +
                        std::to_string(num_image_tokens.size()));
  }
  return ids;
}

// The same text with each character on its own; special tokens stay.
std::vector<int32_t> spell(const Tokenizer& tokenizer, std::span<const int32_t> ids) {
  std::vector<int32_t> spelled;
  std::string text;
  const auto end_text = [&] {
    for (const char32_t character : to_code_points(text)) {
      const auto some = tokenizer.encode(to_utf8(std::u32string(1, character)));
      spelled.insert(spelled.end(), some.begin(), some.end());
    }
    text.clear();
  };
  for (const int32_t id : ids) {
    if (!tokenizer.is_special(id)) {
      text += tokenizer.token_bytes(id);
      continue;
    }
    end_text();
    spelled.push_back(id);
  }
  end_text();
  return spelled;
}

}  // namespace

std::vector<int32_t> encode_prompt(const Tokenizer& tokenizer, std::string_view text,
                                   std::span<const size_t> num_image_tokens) {
  return encode_as_is(tokenizer, strip(text), num_image_tokens);
}

std::span<const std::pair<std::string_view, SampleConvention>> enum_names(SampleConvention) {
  return kConventions;
}

SampleIds encode_sample(const Tokenizer& tokenizer, SampleConvention convention,
                        std::string_view prompt, std::span<const size_t> num_image_tokens,
                        std::string_view text, bool spelled) {
  const bool unsloth = convention == SampleConvention::kUnsloth;
  SampleIds ids;
  ids.prompt =
      encode_as_is(tokenizer, convention == SampleConvention::kOfficial ? strip(prompt) : prompt,
                   num_image_tokens);
  ids.answer = tokenizer.encode(unsloth ? std::string(strip(text)) + " " : std::string(text));
  for (const std::string_view token : {kImageToken, kBosToken, kEosToken})
    if (std::find(ids.answer.begin(), ids.answer.end(), tokenizer.token_id(token).value_or(-1)) !=
        ids.answer.end())
      throw DataError({}, {}, "its text has the token " + std::string(token), /*recoverable=*/true);
  if (spelled) ids.answer = spell(tokenizer, ids.answer);
  ids.answer.push_back(require_token(tokenizer, kEosToken));
  return ids;
}

}  // namespace dsocr::data

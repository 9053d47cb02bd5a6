#include "data/text/tokenizer_extension.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <unordered_set>

#include "data/error.h"
#include "data/text/byte_level.h"
#include "data/text/characters.h"
#include "data/text/token_table.h"
#include "data/text/tokenizer_json.h"
#include "data/text/utf8.h"

namespace dsocr::data {
namespace {

using nlohmann::ordered_json;
using Characters = std::set<char32_t>;

bool is_ascii(char32_t c) { return c < 0x80; }

bool is_letter_or_mark(char32_t c) {
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) & (U_GC_L_MASK | U_GC_M_MASK)) != 0;
}

Characters characters_of(const PieceCounts& pieces) {
  Characters characters;
  for (const auto& [piece, count] : pieces)
    for (const char32_t c : to_code_points(piece)) characters.insert(c);
  return characters;
}

/// Which tokens may be joined to new ones.
class Novelty {
 public:
  Novelty(const Tokenizer& old, const Characters& of_texts, const Characters& of_kept) {
    for (const char32_t c : of_texts) {
      const bool is_known = known(old, c);
      if (is_ascii(c) || of_kept.contains(c) || (is_known && !is_letter_or_mark(c))) continue;
      new_.insert(c);
      if (!is_known) add_starts(c, starts_);
    }
    for (const char32_t c : of_kept)
      if (!known(old, c)) add_starts(c, kept_starts_);
  }

  const Characters& new_characters() const { return new_; }

  bool may_join(const std::string& left, const std::string& right) const {
    const std::string bytes = left + right;
    if (find_invalid_utf8(bytes)) {
      if (!has_boundary(bytes)) return starts_.contains(bytes) && !kept_starts_.contains(bytes);
      const bool cut_before = !begins_character(bytes.front());
      const bool cut_behind = find_invalid_utf8(bytes.substr(last_beginning(bytes))).has_value();
      if (cut_before && !has_boundary(left)) return false;
      if (cut_behind && !has_boundary(right)) return false;
    }
    const std::u32string text = to_code_points(bytes);
    return std::any_of(text.begin(), text.end(), [&](char32_t c) { return new_.contains(c); });
  }

 private:
  static bool begins_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
  }

  static std::size_t last_beginning(std::string_view bytes) {
    std::size_t at = bytes.size() - 1;
    while (at > 0 && !begins_character(bytes[at])) --at;
    return at;
  }

  // Whether a character begins inside, so that the token is no mere part of one.
  static bool has_boundary(std::string_view bytes) { return last_beginning(bytes) > 0; }

  static bool known(const Tokenizer& old, char32_t c) {
    return old.encode(to_utf8(std::u32string(1, c))).size() == 1;
  }

  static void add_starts(char32_t c, std::set<std::string>& starts) {
    const std::string bytes = to_utf8(std::u32string(1, c));
    for (std::size_t size = 2; size < bytes.size(); ++size) starts.insert(bytes.substr(0, size));
  }

  Characters new_;
  std::set<std::string> starts_, kept_starts_;  // of characters that are spelled in bytes
};

/// Tokens by id in the byte-level alphabet; empty for added tokens, which are never merged.
std::vector<std::string> mergeable_tokens(const TokenizerJson& file, std::size_t num_ids) {
  std::vector<std::string> tokens(num_ids);
  for (std::size_t i = 0; i < file.vocab.size(); ++i)
    tokens[static_cast<std::size_t>(file.ids[i])] = file.vocab[i];
  const ordered_json& settings = file.settings;
  if (settings.contains("added_tokens"))
    for (const ordered_json& added : settings.at("added_tokens"))
      tokens[added.at("id").get<std::size_t>()].clear();
  return tokens;
}

std::string unspelled(const std::string& token) {
  std::string bytes;
  append_spelled_bytes(token, bytes);
  return bytes;
}

/// The file with the new tokens and merges.
std::string grown_json(const TokenizerJson& file, const LearntMerges& learnt,
                       std::size_t first_id) {
  // Not by operator[], which searches all keys.
  ordered_json::object_t vocab;
  std::unordered_set<std::string_view> spelled;
  for (std::size_t i = 0; i < file.vocab.size(); ++i) {
    spelled.insert(file.vocab[i]);
    vocab.emplace_back(std::string(file.vocab[i]), file.ids[i]);
  }
  if (file.settings.contains("added_tokens"))
    for (const ordered_json& added : file.settings.at("added_tokens"))
      if (!spelled.contains(added.at("content").get_ref<const std::string&>()))
        vocab.emplace_back(added.at("content").get<std::string>(), added.at("id"));
  for (std::size_t id = first_id; id < learnt.tokens.size(); ++id)
    vocab.emplace_back(learnt.tokens[id], id);
  ordered_json merges = ordered_json::array();
  for (std::size_t i = 0; i < file.merge_parts.size(); i += 2)
    merges.push_back(ordered_json::array({file.merge_parts[i], file.merge_parts[i + 1]}));
  for (const auto& [left, right] : learnt.merges)
    merges.push_back(ordered_json::array({learnt.tokens[static_cast<std::size_t>(left)],
                                          learnt.tokens[static_cast<std::size_t>(right)]}));
  ordered_json grown = file.settings;
  grown["model"]["vocab"] = std::move(vocab);
  grown["model"]["merges"] = std::move(merges);
  return grown.dump(2);
}

std::vector<std::string> patterns_of(const ordered_json& settings) {
  std::vector<std::string> patterns;
  for (const ordered_json& step : settings.at("pre_tokenizer").at("pretokenizers"))
    if (step.contains("pattern")) patterns.push_back(step.at("pattern").at("Regex"));
  return patterns;
}

}  // namespace

ExtendedTokenizer extend_tokenizer(const std::filesystem::path& tokenizer_json,
                                   const ExtensionRules& rules, const TrainingTexts& texts,
                                   const TrainingTexts& kept) {
  const Tokenizer old = Tokenizer::load(tokenizer_json);
  const TokenizerJson file = read_tokenizer_json(tokenizer_json);
  const std::size_t first_id = old.vocab_size();
  if (first_id + rules.size > static_cast<std::size_t>(kMaxTokenId) + 1)
    throw DataError(tokenizer_json, "",
                    std::to_string(rules.size) + " more tokens are too many: ids end at " +
                        std::to_string(kMaxTokenId));
  const PreTokenizer pre_tokenizer(patterns_of(file.settings));
  const CountedPieces counted = count_pieces(pre_tokenizer, texts);
  const CountedPieces counted_kept = count_pieces(pre_tokenizer, kept);
  const Novelty novelty(old, characters_of(counted.pieces), characters_of(counted_kept.pieces));
  if (novelty.new_characters().empty())
    throw DataError("", "",
                    "the texts have no new character, and with tokens of others alone the ids of "
                    "old texts would change");

  std::vector<CountedIds> pieces;
  pieces.reserve(counted.pieces.size());
  for (const auto& [piece, count] : counted.pieces) pieces.push_back({old.encode(piece), count});
  std::vector<std::string> tokens = mergeable_tokens(file, first_id);
  const std::unordered_set<std::string> taken(tokens.begin(), tokens.end());
  const MergeRules merge_rules{.vocab_size = first_id + rules.size,
                               .min_frequency = rules.min_frequency,
                               .may_merge =
                                   [&](const std::string& left, const std::string& right) {
                                     return !taken.contains(left + right) &&
                                            novelty.may_join(unspelled(left), unspelled(right));
                                   },
                               .progress = texts.merged};
  const LearntMerges learnt = learn_more_merges(std::move(tokens), pieces, merge_rules);
  const Characters& characters = novelty.new_characters();
  return {.json = grown_json(file, learnt, first_id),
          .first_id = first_id,
          .num_new = learnt.tokens.size() - first_id,
          .new_characters = to_utf8(std::u32string(characters.begin(), characters.end())),
          .text_bytes = counted.text_bytes};
}

void require_same_ids(const Tokenizer& old, const Tokenizer& grown, const TrainingTexts& texts) {
  for (std::size_t i = 0; i < texts.size; ++i) {
    const std::string text = texts.text(i);
    if (old.encode(text) != grown.encode(text))
      throw DataError(texts.name(i), "", "has other ids in the grown vocabulary");
  }
}

std::vector<std::vector<std::int32_t>> old_ids_of_new_tokens(const Tokenizer& old,
                                                             const Tokenizer& grown) {
  const auto num_old = static_cast<std::int32_t>(old.vocab_size());
  for (std::int32_t id = 0; id < num_old; ++id)
    if (old.token_bytes(id) != grown.token_bytes(id) || old.is_special(id) != grown.is_special(id))
      throw DataError("", "", "the vocabularies differ at id " + std::to_string(id));
  std::vector<std::vector<std::int32_t>> ids;
  for (auto id = num_old; id < static_cast<std::int32_t>(grown.vocab_size()); ++id) {
    const std::string_view bytes = grown.token_bytes(id);
    if (!find_invalid_utf8(bytes)) {
      ids.push_back(old.encode(bytes));
      continue;
    }
    std::vector<std::int32_t>& of_bytes = ids.emplace_back();
    for (const char byte : bytes)
      of_bytes.push_back(old.token_id(spell_bytes(std::string_view(&byte, 1))).value());
  }
  return ids;
}

}  // namespace dsocr::data

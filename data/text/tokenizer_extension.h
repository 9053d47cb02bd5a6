#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/text/tokenizer.h"
#include "data/text/tokenizer_training.h"

namespace dsocr::data {

struct ExtensionRules {
  std::size_t size = 0;             // new tokens; fewer when no pair is frequent enough any more
  std::uint64_t min_frequency = 2;  // how often a pair must stand in the texts to be merged
};

struct ExtendedTokenizer {
  std::string json;  // a tokenizer.json
  std::size_t first_id = 0, num_new = 0;
  std::string new_characters;  // UTF-8, sorted, without the others that new tokens may hold
  std::uint64_t text_bytes = 0;
};

/// The vocabulary of a tokenizer.json with more tokens, learnt from texts (the usual ones of a
/// language or script that it does not know well). All ids and merges stay. New tokens have the ids
/// after the last one, new merges come after all others; added tokens are in model.vocab as well,
/// since Hugging Face counts the ids of those that are not.
///
/// Other texts keep their ids, by three rules for new tokens, since a merge of low rank changes no
/// piece in which no such pair is left: a token has a new character, or it is the start of one and
/// of no other; it begins and ends where a character does, or where old tokens cut one; no old
/// token has its bytes. New is a character of the texts that is neither ASCII nor in `kept` and is
/// a letter, a mark, or none that the old vocabulary has a token for. So all texts without new
/// characters keep their ids, but for characters of three or four bytes that the old vocabulary
/// spells in bytes, neither in the texts nor in `kept`, that begin as a new one does. Texts with
/// new characters change, also in words of theirs that were read before.
///
/// The same for any order of texts and number of threads. Throws DataError for a file that
/// Tokenizer::load() refuses, texts that are not UTF-8 or without a new character, and more ids
/// than kMaxTokenId.
ExtendedTokenizer extend_tokenizer(const std::filesystem::path& tokenizer_json,
                                   const ExtensionRules& rules, const TrainingTexts& texts,
                                   const TrainingTexts& kept);

/// Throws DataError naming the first text that has other ids than before.
void require_same_ids(const Tokenizer& old, const Tokenizer& grown, const TrainingTexts& texts);

/// For each id from old.vocab_size() on the ids that the old tokenizer gives for its bytes, of one
/// that cuts a character one for each byte; none for ids without a token. Throws DataError when the
/// grown one has an old id for something else.
std::vector<std::vector<std::int32_t>> old_ids_of_new_tokens(const Tokenizer& old,
                                                             const Tokenizer& grown);

}  // namespace dsocr::data

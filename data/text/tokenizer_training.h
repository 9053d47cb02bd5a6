#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "data/text/learn_merges.h"
#include "data/text/pre_tokenizer.h"
#include "data/text/token_table.h"

namespace dsocr::data {

/// The special tokens that prompts, references, tables and training need: bos 0, eos 1 and pad 2 as
/// in DeepSeek-OCR, then <image>, which has id 3 in every vocabulary made here, <|ref|>, <|/ref|>,
/// <|det|>, <|/det|>, <|grounding|>, <td>, </td>, <tr> and </tr> (spec: model, section 6.2).
std::vector<std::string> pipeline_tokens();

/// Settings of `dsocr data tokenizer train`.
struct TokenizerTrainingConfig {
  std::int64_t vocab_size = 2048;
  std::int64_t min_frequency = 2;
  std::int64_t max_token_length = 0;
  std::vector<std::string> special_tokens = pipeline_tokens();

  template <class V>
  void fields(V& v) {
    v("vocab_size", vocab_size, "ids, with the special tokens and the 256 bytes",
      {.min = 257, .max = kMaxTokenId});
    v("min_frequency", min_frequency, "how often a pair must stand in the texts to be merged",
      {.min = 1});
    v("max_token_length", max_token_length,
      "merges make tokens of fewer bytes than this, or of two; 0: no limit", {.min = 0});
    v("special_tokens", special_tokens,
      "with the ids 0, 1, ...; the first four are bos, eos, pad and <image>", {.min_items = 4});
  }
};

/// Texts that are asked for by number, by several threads.
struct TrainingTexts {
  std::size_t size = 0;
  std::function<std::string(std::size_t)> text;  // UTF-8
  std::function<std::string(std::size_t)> name;  // for messages
  std::function<void()> counted = {};            // called for each text, by any thread
  std::function<void()> merged = {};             // called for each merge
};

/// Pieces with how often they stand in some texts.
struct CountedPieces {
  PieceCounts pieces;
  std::uint64_t text_bytes = 0;
};

/// Cuts the texts into pieces, long ones between the end of a line and an ASCII letter in several
/// blocks: a pre-tokenizer like DeepSeek-OCR's cuts there as well. Added tokens are not searched
/// for. Throws DataError for a text that is not UTF-8 or longer than 2 GiB.
CountedPieces count_pieces(const PreTokenizer& pre_tokenizer, const TrainingTexts& texts);

struct TrainedTokenizer {
  std::string json;            // a tokenizer.json
  std::size_t vocab_size = 0;  // fewer than asked for when no pair is frequent enough any more
  std::uint64_t text_bytes = 0;
  std::uint64_t num_pieces = 0;  // what one id each would be the best
  std::uint64_t num_different_pieces = 0;
};

/// A byte-level BPE vocabulary for the texts, cut like DeepSeek-OCR's tokenizer cuts them. Ids and
/// merges, and every byte of the file, are those of Hugging Face's BpeTrainer with each text as one
/// sequence; the order of the texts and the number of threads change nothing. Special tokens are
/// not searched for in the texts, as there. Throws configs::ConfigError for special tokens that are
/// not as described or leave no room for bytes, DataError for a text that is not UTF-8 and for
/// texts without a single character.
TrainedTokenizer train_tokenizer(const TokenizerTrainingConfig& config, const TrainingTexts& texts);

}  // namespace dsocr::data

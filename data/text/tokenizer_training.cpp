#include "data/text/tokenizer_training.h"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "configs/error.h"
#include "data/error.h"
#include "data/text/prompt.h"
#include "data/text/utf8.h"

namespace dsocr::data {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view kPadToken = "<\uFF5C\u2581pad\u2581\uFF5C>";

// What DeepSeek-OCR's tokenizer.json says of these; numbers, ideographs and kana, the rest.
constexpr std::array<std::string_view, 3> kPatterns = {
    R"(\p{N}{1,3})", "[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+",
    "[!\"#$%&'()*+,\\-./"
    ":;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| "
    "?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+"};

// Long texts are cut in blocks of about this many bytes, which threads share.
constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

// Pieces have 32-bit sizes.
constexpr std::size_t kMaxTextBytes = std::size_t{1} << 31;

bool is_ascii_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

/// The end of a block of `text` from `begin` on. Between the end of a line and an ASCII letter the
/// patterns always cut, and what stands behind changes nothing before.
std::size_t block_end(std::string_view text, std::size_t begin) {
  for (std::size_t at = begin + kBlockBytes; at < text.size(); ++at)
    if (text[at - 1] == '\n' && is_ascii_letter(text[at])) return at;
  return text.size();
}

std::vector<std::string_view> blocks_of(std::string_view text) {
  std::vector<std::string_view> blocks;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = block_end(text, begin);
    blocks.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return blocks;
}

void add_to(PieceCounts& counts, std::string_view piece, std::uint64_t by) {
  const auto known = counts.find(piece);
  if (known != counts.end())
    known->second += by;
  else
    counts.emplace(piece, by);
}

void check(const TokenizerTrainingConfig& config) {
  const std::vector<std::string>& tokens = config.special_tokens;
  const auto refuse = [](const std::string& reason) {
    throw configs::ConfigError("special_tokens", reason);
  };
  const std::vector<std::string> first = pipeline_tokens();
  for (std::size_t i = 0; i < 4; ++i)
    if (i >= tokens.size() || tokens[i] != first[i])
      refuse(first[i] + " must have id " + std::to_string(i));
  std::set<std::string> seen;
  for (const std::string& token : tokens) {
    if (token.empty() || find_invalid_utf8(token)) refuse("a token is empty or not UTF-8");
    if (!seen.insert(token).second) refuse("'" + token + "' is there twice");
  }
  const auto needed = static_cast<std::int64_t>(tokens.size()) + 256;
  if (config.vocab_size < needed)
    throw configs::ConfigError("vocab_size", "must be " + std::to_string(needed) +
                                                 " at least: the bytes and " +
                                                 std::to_string(tokens.size()) + " special tokens");
}

ordered_json byte_level(bool add_prefix_space, bool trim_offsets, bool use_regex) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", add_prefix_space},
          {"trim_offsets", trim_offsets},
          {"use_regex", use_regex}};
}

/// The file as Hugging Face writes it, with DeepSeek-OCR's settings.
std::string tokenizer_json(const LearntMerges& learnt,
                           const std::vector<std::string>& special_tokens) {
  ordered_json added = ordered_json::array();
  for (std::size_t id = 0; id < special_tokens.size(); ++id)
    added.push_back({{"id", id},
                     {"content", special_tokens[id]},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", true}});
  ordered_json steps = ordered_json::array();
  for (const std::string_view pattern : kPatterns)
    steps.push_back({{"type", "Split"},
                     {"pattern", {{"Regex", pattern}}},
                     {"behavior", "Isolated"},
                     {"invert", false}});
  steps.push_back(byte_level(false, true, false));
  // Not by operator[], which searches all keys.
  ordered_json::object_t vocab;
  for (std::size_t id = 0; id < learnt.tokens.size(); ++id)
    vocab.emplace_back(learnt.tokens[id], id);
  ordered_json merges = ordered_json::array();
  for (const auto& [left, right] : learnt.merges)
    merges.push_back(ordered_json::array({learnt.tokens[static_cast<std::size_t>(left)],
                                          learnt.tokens[static_cast<std::size_t>(right)]}));
  const ordered_json file{
      {"version", "1.0"},
      {"truncation", nullptr},
      {"padding", nullptr},
      {"added_tokens", added},
      {"normalizer", {{"type", "Sequence"}, {"normalizers", ordered_json::array()}}},
      {"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", steps}}},
      {"post_processor", byte_level(true, false, true)},
      {"decoder", byte_level(true, true, true)},
      {"model",
       {{"type", "BPE"},
        {"dropout", nullptr},
        {"unk_token", nullptr},
        {"continuing_subword_prefix", nullptr},
        {"end_of_word_suffix", nullptr},
        {"fuse_unk", false},
        {"byte_fallback", false},
        {"ignore_merges", false},
        {"vocab", std::move(vocab)},
        {"merges", std::move(merges)}}}};
  return file.dump(2);
}

}  // namespace

std::vector<std::string> pipeline_tokens() {
  return {std::string(kBosToken),
          std::string(kEosToken),
          std::string(kPadToken),
          std::string(kImageToken),
          "<|ref|>",
          "<|/ref|>",
          "<|det|>",
          "<|/det|>",
          "<|grounding|>",
          "<td>",
          "</td>",
          "<tr>",
          "</tr>"};
}

CountedPieces count_pieces(const PreTokenizer& pre_tokenizer, const TrainingTexts& texts) {
  tbb::enumerable_thread_specific<CountedPieces> of_threads;
  tbb::parallel_for(std::size_t{0}, texts.size, [&](std::size_t i) {
    const std::string text = texts.text(i);
    if (text.size() > kMaxTextBytes) throw DataError(texts.name(i), "", "is longer than 2 GiB");
    if (const auto offset = find_invalid_utf8(text))
      throw DataError(texts.name(i), "", "is not UTF-8 at byte " + std::to_string(*offset));
    const auto blocks = blocks_of(text);
    tbb::parallel_for(std::size_t{0}, blocks.size(), [&](std::size_t block) {
      CountedPieces& counted = of_threads.local();
      for (const std::string_view piece : pre_tokenizer.split(blocks[block]))
        add_to(counted.pieces, piece, 1);
      counted.text_bytes += blocks[block].size();
    });
    if (texts.counted) texts.counted();
  });
  CountedPieces all;
  for (CountedPieces& counted : of_threads) {
    all.text_bytes += counted.text_bytes;
    if (all.pieces.empty())
      all.pieces = std::move(counted.pieces);
    else
      for (const auto& [piece, count] : counted.pieces) add_to(all.pieces, piece, count);
  }
  return all;
}

TrainedTokenizer train_tokenizer(const TokenizerTrainingConfig& config,
                                 const TrainingTexts& texts) {
  check(config);
  const std::vector<std::string> patterns(kPatterns.begin(), kPatterns.end());
  const CountedPieces counted = count_pieces(PreTokenizer(patterns), texts);
  if (counted.pieces.empty()) throw DataError("", "", "there is no text to learn from");
  const LearntMerges learnt =
      learn_merges(counted.pieces, config.special_tokens,
                   {.vocab_size = static_cast<std::size_t>(config.vocab_size),
                    .min_frequency = static_cast<std::uint64_t>(config.min_frequency),
                    .max_token_length = static_cast<std::size_t>(config.max_token_length),
                    .progress = texts.merged});
  TrainedTokenizer trained{.json = tokenizer_json(learnt, config.special_tokens),
                           .vocab_size = learnt.tokens.size(),
                           .text_bytes = counted.text_bytes,
                           .num_different_pieces = counted.pieces.size()};
  for (const auto& [piece, count] : counted.pieces) trained.num_pieces += count;
  return trained;
}

}  // namespace dsocr::data

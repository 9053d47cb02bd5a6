#include "data/text/tokenizer.h"

#include <stdexcept>
#include <unordered_map>

#include "configs/build_info.h"
#include "data/error.h"
#include "data/text/added_tokens.h"
#include "data/text/bpe.h"
#include "data/text/byte_level.h"
#include "data/text/pre_tokenizer.h"
#include "data/text/token_table.h"
#include "data/text/tokenizer_file.h"
#include "data/text/utf8.h"

namespace dsocr::data {
namespace {

// Places in a piece are 32-bit numbers.
constexpr size_t kMaxTextBytes = size_t{1} << 31;

/// Spelled tokens that find() of the token table does not see: added tokens and base tokens outside
/// the byte-level alphabet.
using SpelledTokens = std::unordered_map<std::string, int32_t>;

std::string in_quotes(std::string_view text) {
  return std::string(1, '"').append(text).append(1, '"');
}

TokenTable make_tokens(const TokenizerFile& file, SpelledTokens& others) {
  TokenTable tokens;
  tokens.reserve(file.vocab.size() + file.added_tokens.size(), file.vocab.num_bytes());
  std::string bytes;
  for (size_t i = 0; i < file.vocab.size(); ++i) {
    const std::string_view spelled = file.vocab[i];
    try {
      if (spelled.empty()) throw std::invalid_argument("the token is empty");
      bytes.clear();
      if (append_spelled_bytes(spelled, bytes)) {
        tokens.add(file.ids[i], bytes);
      } else {
        if (others.contains(std::string(spelled))) {
          throw std::invalid_argument("the token has two ids");
        }
        tokens.add_hidden(file.ids[i], spelled);
        others.emplace(spelled, static_cast<int32_t>(file.ids[i]));
      }
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument("model.vocab[" + in_quotes(spelled) + "]: " + error.what());
    }
  }
  return tokens;
}

/// A token of several bytes that no merge makes can never be encoded: its merge is missing.
void require_reachable(const TokenizerFile& file, const TokenTable& tokens,
                       std::vector<bool> made) {
  for (const AddedToken& token : file.added_tokens)
    if (tokens.contains(token.id)) made[static_cast<size_t>(token.id)] = true;
  for (size_t i = 0; i < file.vocab.size(); ++i) {
    const auto id = static_cast<int32_t>(file.ids[i]);
    const std::string_view bytes = tokens.bytes(id);
    if (bytes.size() > 1 && tokens.find(bytes) == id && !made[static_cast<size_t>(id)])
      throw std::invalid_argument("model.merges: no merge makes the token " +
                                  in_quotes(file.vocab[i]) + " of model.vocab");
  }
}

MergeTable make_merges(const TokenizerFile& file, const TokenTable& tokens) {
  const size_t num_merges = file.merge_parts.size() / 2;
  MergeTable merges(num_merges);
  std::vector<bool> made(tokens.num_ids());
  std::string bytes;
  for (size_t i = 0; i < num_merges; ++i) {
    const std::string_view left = file.merge_parts[2 * i];
    const std::string_view right = file.merge_parts[2 * i + 1];
    const auto refuse = [&](const std::string& reason) {
      throw std::invalid_argument("model.merges[" + std::to_string(i) + "]: " + reason);
    };
    const auto find = [&](std::string_view part, const std::string& name) {
      const auto id = tokens.find(part);
      if (!id) refuse(in_quotes(name) + " is not a byte-level token of model.vocab");
      return *id;
    };
    bytes.clear();
    const bool left_spelled = append_spelled_bytes(left, bytes);
    const size_t middle = left_spelled ? bytes.size() : 0;
    if (!left_spelled || !append_spelled_bytes(right, bytes)) {
      refuse(in_quotes(left_spelled ? right : left) + " is not in the byte-level alphabet");
    }
    const std::string_view joined = bytes;
    const int32_t left_id = find(joined.substr(0, middle), std::string(left));
    const int32_t right_id = find(joined.substr(middle), std::string(right));
    const int32_t result = find(joined, std::string(left) + std::string(right));
    try {
      merges.add(left_id, right_id, result);
      made[static_cast<size_t>(result)] = true;
    } catch (const std::invalid_argument& error) {
      refuse(error.what());
    }
  }
  require_reachable(file, tokens, std::move(made));
  return merges;
}

}  // namespace

std::filesystem::path default_tokenizer_file() {
  return configs::deps_dir() / "share" / "deepseek-ocr" / "tokenizer.json";
}

struct Tokenizer::Parts {
  explicit Parts(const TokenizerFile& file)
      : tokens(make_tokens(file, others)),
        pre_tokenizer(file.split_patterns),
        bpe(add_added_tokens(file), make_merges(file, tokens)) {}

  /// Puts the added tokens into the table and the finders; ids that the base has must agree.
  const TokenTable& add_added_tokens(const TokenizerFile& file) {
    for (size_t i = 0; i < file.added_tokens.size(); ++i) {
      const AddedToken& token = file.added_tokens[i];
      try {
        (token.normalized ? normalized : plain).add(token.content, token.id);
        const auto known = spelled_id(token.content);
        if (known && *known != token.id) {
          throw std::invalid_argument("the token has two ids, " + std::to_string(*known) + " and " +
                                      std::to_string(token.id));
        }
        if (!known) {
          std::string bytes;
          const bool spelled = append_spelled_bytes(token.content, bytes);
          tokens.add_hidden(token.id, spelled ? bytes : token.content);
          others.emplace(token.content, token.id);
        }
      } catch (const std::invalid_argument& error) {
        throw std::invalid_argument("added_tokens[" + std::to_string(i) + "] " +
                                    in_quotes(token.content) + ": " + error.what());
      }
      if (token.special) {
        special.resize(tokens.num_ids());
        special[static_cast<size_t>(token.id)] = true;
      }
    }
    return tokens;
  }

  std::optional<int32_t> spelled_id(std::string_view token) const {
    const auto other = others.find(std::string(token));
    if (other != others.end()) return other->second;
    std::string bytes;
    return append_spelled_bytes(token, bytes) ? tokens.find(bytes) : std::nullopt;
  }

  void encode_ordinary(std::string_view text, std::vector<int32_t>& ids) const {
    for (const auto piece : pre_tokenizer.split(text)) bpe.encode(piece, ids);
  }

  SpelledTokens others;
  TokenTable tokens;
  PreTokenizer pre_tokenizer;
  // The tokens with the flag `normalized` are searched in what the others leave.
  TokenFinder plain;
  TokenFinder normalized;
  std::vector<bool> special;  // by id
  Bpe bpe;
};

namespace {

/// Calls `rest` with the stretches of text between matches and appends the ids of the matches.
template <typename Rest>
void cut_out(const TokenFinder& finder, std::string_view text, std::vector<int32_t>& ids,
             const Rest& rest) {
  size_t done = 0;
  for (const auto& match : finder.find_all(text)) {
    rest(text.substr(done, match.begin - done));
    ids.push_back(match.id);
    done = match.end;
  }
  rest(text.substr(done));
}

}  // namespace

Tokenizer::Tokenizer(std::unique_ptr<const Parts> parts) : parts_(std::move(parts)) {}
Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

Tokenizer Tokenizer::load(const std::filesystem::path& tokenizer_json) {
  try {
    return Tokenizer(std::make_unique<const Parts>(read_tokenizer_file(tokenizer_json)));
  } catch (const std::invalid_argument& error) {
    throw DataError(tokenizer_json, {}, error.what());
  }
}

std::vector<int32_t> Tokenizer::encode(std::string_view utf8) const {
  if (utf8.size() > kMaxTextBytes) {
    throw DataError({}, {}, "text of " + std::to_string(utf8.size()) + " bytes is too long",
                    /*recoverable=*/true);
  }
  if (const auto offset = find_invalid_utf8(utf8)) {
    throw DataError({}, {}, "text is not valid UTF-8 at byte " + std::to_string(*offset),
                    /*recoverable=*/true);
  }
  std::vector<int32_t> ids;
  ids.reserve(utf8.size() / 3);
  cut_out(parts_->plain, utf8, ids, [&](std::string_view part) {
    cut_out(parts_->normalized, part, ids,
            [&](std::string_view rest) { parts_->encode_ordinary(rest, ids); });
  });
  return ids;
}

std::string Tokenizer::decode(std::span<const int32_t> ids, bool skip_special) const {
  std::string bytes;
  for (const int32_t id : ids) {
    if (id < 0 || id > kMaxTokenId) {
      throw DataError(
          {}, {},
          "token id " + std::to_string(id) + " is not in 0.." + std::to_string(kMaxTokenId));
    }
    if (!skip_special || !is_special(id)) bytes += parts_->tokens.bytes(id);
  }
  return utf8_lossy(bytes);
}

std::optional<int32_t> Tokenizer::token_id(std::string_view token) const {
  return parts_->spelled_id(token);
}

std::string_view Tokenizer::token_bytes(int32_t id) const { return parts_->tokens.bytes(id); }

bool Tokenizer::is_special(int32_t id) const {
  const auto index = static_cast<size_t>(id);
  return id >= 0 && index < parts_->special.size() && parts_->special[index];
}

size_t Tokenizer::vocab_size() const { return parts_->tokens.num_ids(); }

}  // namespace dsocr::data

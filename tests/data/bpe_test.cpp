#include "data/text/bpe.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace dsocr::data {
namespace {

using Ids = std::vector<int32_t>;

/// 256 bytes, then random merges of what is there already.
struct Random {
  TokenTable tokens;
  std::vector<std::pair<std::string, std::string>> merges;

  explicit Random(uint32_t seed) {
    std::vector<std::string> pool;
    for (int byte = 0; byte < 256; ++byte) {
      const std::string text(1, static_cast<char>(byte));
      tokens.add(byte, text);
      if (byte >= 'a' && byte <= 'd') pool.push_back(text);
    }
    std::mt19937 random(seed);
    while (merges.size() < 40) {
      const auto left = pool[random() % pool.size()];
      const auto right = pool[random() % pool.size()];
      if (left.size() + right.size() > 6 || tokens.find(left + right)) continue;
      tokens.add(static_cast<int64_t>(tokens.num_ids()), left + right);
      pool.push_back(left + right);
      merges.emplace_back(left, right);
    }
    std::shuffle(merges.begin(), merges.end(), random);
  }

  MergeTable merge_table() const {
    MergeTable table(merges.size());
    for (const auto& [left, right] : merges) {
      table.add(*tokens.find(left), *tokens.find(right), *tokens.find(left + right));
    }
    return table;
  }

  /// The definition, word for word.
  Ids encode(const std::string& piece) const {
    std::map<std::pair<std::string, std::string>, size_t> ranks;
    for (size_t rank = 0; rank < merges.size(); ++rank) ranks[merges[rank]] = rank;
    std::vector<std::string> parts;
    for (const char byte : piece) parts.emplace_back(1, byte);
    for (;;) {
      size_t best_rank = merges.size();
      size_t best = 0;
      for (size_t i = 0; i + 1 < parts.size(); ++i) {
        const auto found = ranks.find({parts[i], parts[i + 1]});
        if (found != ranks.end() && found->second < best_rank) {
          best_rank = found->second;
          best = i;
        }
      }
      if (best_rank == merges.size()) break;
      parts[best] += parts[best + 1];
      parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(best) + 1);
    }
    Ids ids;
    for (const auto& part : parts) ids.push_back(*tokens.find(part));
    return ids;
  }
};

TEST(Bpe, ShortAndLongPiecesFollowTheDefinition) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    const Random reference(seed);
    const Bpe bpe(reference.tokens, reference.merge_table());
    std::mt19937 random(seed);
    for (size_t round = 0; round < 60; ++round) {
      std::string piece;
      for (size_t size = 1 + random() % (round < 50 ? 12 : 200); piece.size() < size;) {
        piece.push_back(static_cast<char>('a' + random() % 4));
      }
      // Twice: the second time the tokenizer may remember that a piece is one token.
      for (int again = 0; again < 2; ++again) {
        Ids ids;
        bpe.encode(piece, ids);
        EXPECT_EQ(ids, reference.encode(piece)) << piece;
      }
    }
  }
}

TEST(Bpe, TokenThatMergesDoNotReachIsNotUsed) {
  Random reference(1);
  const std::string unreachable = "zz";
  reference.tokens.add(static_cast<int64_t>(reference.tokens.num_ids()), unreachable);
  const Bpe bpe(reference.tokens, reference.merge_table());
  for (int again = 0; again < 2; ++again) {
    Ids ids;
    bpe.encode(unreachable, ids);
    EXPECT_EQ(ids, (Ids{'z', 'z'}));
  }
}

TEST(MergeTable, RanksAreInOrderOfAddition) {
  MergeTable merges(2);
  merges.add(7, 8, 100);
  merges.add(8, 7, 101);
  EXPECT_EQ(merges.rank(7, 8), 0U);
  EXPECT_EQ(merges.rank(8, 7), 1U);
  EXPECT_EQ(merges.result(1), 101);
  EXPECT_EQ(merges.rank(7, 7), MergeTable::kNoRank);
  EXPECT_EQ(merges.rank(kMaxTokenId, kMaxTokenId), MergeTable::kNoRank);
  EXPECT_THROW(merges.add(7, 8, 102), std::invalid_argument);
}

TEST(TokenTable, FindsWhatWasAdded) {
  TokenTable tokens;
  for (int i = 0; i < 5000; ++i) tokens.add(int64_t{2} * i, "token " + std::to_string(i));
  tokens.add_hidden(1, "token 7");
  for (int i = 0; i < 5000; ++i) {
    EXPECT_EQ(tokens.find("token " + std::to_string(i)), 2 * i);
    EXPECT_EQ(tokens.bytes(2 * i), "token " + std::to_string(i));
  }
  EXPECT_EQ(tokens.bytes(1), "token 7");
  EXPECT_EQ(tokens.bytes(3), "");
  EXPECT_EQ(tokens.find("token"), std::nullopt);
  EXPECT_EQ(tokens.num_ids(), 9999U);
  EXPECT_EQ(TokenTable().find("x"), std::nullopt);
}

}  // namespace
}  // namespace dsocr::data

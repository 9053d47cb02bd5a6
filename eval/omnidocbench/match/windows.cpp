#include "eval/omnidocbench/match/windows.h"

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "eval/metrics/edit_distance.h"
#include "eval/metrics/match_table.h"

namespace dsocr::omnidocbench {
namespace {

using metrics::kBlockRows;

// How many of the pattern's characters the text lacks: no window can do without so many edits.
size_t missing_characters(std::u32string_view text, std::u32string_view pattern) {
  thread_local std::unordered_map<char32_t, int64_t> counts;
  counts.clear();
  for (const char32_t c : pattern) --counts[c];
  for (const char32_t c : text)
    if (const auto it = counts.find(c); it != counts.end()) ++it->second;
  int64_t missing = 0;
  for (const auto& [c, count] : counts)
    if (count < 0) missing -= count;
  return static_cast<size_t>(missing);
}

}  // namespace

bool has_near_window(std::u32string_view text, std::u32string_view pattern, double limit,
                     bool or_equal) {
  const size_t length = pattern.size();
  if (length == 0 || length > text.size()) return false;
  const auto near = [&](size_t edits) {
    const double rate = static_cast<double>(edits) / static_cast<double>(length);
    return rate < limit || (or_equal && rate == limit);
  };
  if (!near(missing_characters(text, pattern))) return false;
  if (text.find(pattern) != text.npos) return near(0);

  // Sellers' search in Myers' bit-parallel form: the least distance between the pattern and a text
  // that ends at a place and starts anywhere is a bound for the window that ends there.
  metrics::MatchTable<char32_t, 1> matches{std::span<const char32_t>(pattern)};
  const size_t blocks = matches.num_blocks();
  std::vector<uint64_t> up(blocks, ~uint64_t{0}), down(blocks, 0);
  up[0] <<= matches.padding();
  const uint64_t above = ~(~uint64_t{0} << matches.padding());  // rows that are 0 all along
  size_t score = length;
  for (size_t end = 1; end <= text.size(); ++end) {
    const uint64_t* equal = matches.words(text[end - 1], 0);
    uint64_t plus_in = 0, minus_in = 0;
    for (size_t i = 0; i < blocks; ++i) {
      const uint64_t match = equal[i] | minus_in | (i == 0 ? above : 0);
      const uint64_t same = (((match & up[i]) + up[i]) ^ up[i]) | match | down[i];
      const uint64_t plus = down[i] | ~(same | up[i]), minus = same & up[i];
      const uint64_t shifted_plus = plus << 1 | plus_in, shifted_minus = minus << 1 | minus_in;
      plus_in = plus >> (kBlockRows - 1);
      minus_in = minus >> (kBlockRows - 1);
      up[i] = shifted_minus | ~(same | shifted_plus);
      down[i] = shifted_plus & same;
    }
    score = score + plus_in - minus_in;
    if (end < length || !near(score)) continue;
    if (near(metrics::edit_distance(text.substr(end - length, length), pattern))) return true;
  }
  return false;
}

}  // namespace dsocr::omnidocbench

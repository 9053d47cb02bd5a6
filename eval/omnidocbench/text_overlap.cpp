#include "eval/omnidocbench/text_overlap.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "eval/metrics/meteor.h"
#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/text/regex.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench {
namespace {

constexpr size_t kMaxOrder = 4;

std::vector<std::u32string> tokens_13a(std::u32string_view text) {
  static const std::array<Regex, 4> kRules{Regex(R"(([\{-~\[-` -&\(-\+:-@/]))"),
                                           Regex(R"(([^0-9])([\.,]))"), Regex(R"(([\.,])([^0-9]))"),
                                           Regex(R"(([0-9])(-))")};
  std::u32string line = replace_all(replace_all(text, U"-\n", {}), U"\n", U" ");
  if (contains(line, U"&"))
    for (const auto& [entity, character] : {std::pair(U"&quot;", U"\""), std::pair(U"&amp;", U"&"),
                                            std::pair(U"&lt;", U"<"), std::pair(U"&gt;", U">")})
      line = replace_all(line, entity, character);
  line = U" " + line + U" ";
  for (size_t rule = 0; rule < kRules.size(); ++rule) {
    const std::u32string before = line;
    line = kRules[rule].replace(before, [&](const Match& match) {
      const std::u32string first(match.group(before, 1)), second(match.group(before, 2));
      if (rule == 0) return U" " + first + U" ";
      // The comma or dash stands alone; what is beside it stays beside its neighbour.
      return rule == 2 ? U" " + first + U" " + second : first + U" " + second + U" ";
    });
  }
  std::vector<std::u32string> tokens;
  for (const std::u32string_view token : metrics::split_whitespace(line))
    tokens.emplace_back(token);
  return tokens;
}

using Counts = std::map<std::vector<std::u32string>, size_t>;

Counts ngrams(const std::vector<std::u32string>& tokens, size_t order) {
  Counts counts;
  for (size_t i = 0; i + order <= tokens.size(); ++i)
    ++counts[{tokens.begin() + static_cast<ptrdiff_t>(i),
              tokens.begin() + static_cast<ptrdiff_t>(i + order)}];
  return counts;
}

}  // namespace

double corpus_bleu(const std::vector<TextPair>& pairs) {
  std::array<size_t, kMaxOrder> matches{}, possible{};
  size_t reference_length = 0, hypothesis_length = 0;
  for (const auto& [truth, prediction] : pairs) {
    const auto hypothesis = tokens_13a(truth), reference = tokens_13a(prediction);
    hypothesis_length += hypothesis.size();
    reference_length += reference.size();
    for (size_t order = 1; order <= kMaxOrder; ++order) {
      const Counts of_reference = ngrams(reference, order);
      for (const auto& [ngram, count] : ngrams(hypothesis, order))
        if (const auto it = of_reference.find(ngram); it != of_reference.end())
          matches[order - 1] += std::min(count, it->second);
      if (hypothesis.size() >= order) possible[order - 1] += hypothesis.size() - order + 1;
    }
  }
  double logs = 0;
  for (size_t i = 0; i < kMaxOrder; ++i) {
    if (matches[i] == 0) return 0;
    logs += std::log(static_cast<double>(matches[i]) / static_cast<double>(possible[i])) /
            static_cast<double>(kMaxOrder);
  }
  const double ratio =
      static_cast<double>(hypothesis_length) / static_cast<double>(reference_length);
  return std::exp(logs) * (ratio > 1 ? 1 : std::exp(1 - 1 / ratio));
}

double mean_meteor(const std::vector<TextPair>& pairs, const metrics::WordNet* wordnet) {
  double sum = 0;
  for (const auto& [truth, prediction] : pairs) {
    const auto reference = metrics::split_whitespace(prediction);
    const auto hypothesis = metrics::split_whitespace(truth);
    sum += metrics::meteor(reference, hypothesis, wordnet);
  }
  return pairs.empty() ? 0 : sum / static_cast<double>(pairs.size());
}

}  // namespace dsocr::omnidocbench

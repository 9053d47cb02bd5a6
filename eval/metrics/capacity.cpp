#include "eval/metrics/capacity.h"

#include <cmath>
#include <map>
#include <stdexcept>

#include "eval/normalize/unicode.h"

namespace dsocr::metrics {
namespace {

constexpr double kUniformShare = 0.95;
constexpr size_t kMinSamplesPerSymbol = 20;

struct Counts {
  std::map<char32_t, size_t> of;  // ordered: the sum of the entropy has one order everywhere
  size_t total = 0;
};

Counts count_code_points(std::span<const std::u32string> texts, bool with_space) {
  Counts counts;
  for (const auto& text : texts) {
    for (const char32_t c : text) {
      if (!with_space && is_python_space(c)) continue;
      ++counts.of[c];
      ++counts.total;
    }
  }
  return counts;
}

Alphabet alphabet_of(const Counts& counts) {
  Alphabet alphabet{counts.of.size(), 0.0};
  for (const auto& [symbol, count] : counts.of) {
    const double share = static_cast<double>(count) / static_cast<double>(counts.total);
    alphabet.entropy_bits -= share * std::log2(share);
  }
  return alphabet;
}

/// Entropy of a yes/no event in bits.
double binary_entropy(double p) {
  return p <= 0.0 || p >= 1.0 ? 0.0 : -p * std::log2(p) - (1.0 - p) * std::log2(1.0 - p);
}

}  // namespace

Alphabet measure_alphabet(std::span<const std::u32string> texts) {
  return alphabet_of(count_code_points(texts, true));
}

double bits_per_vision_token(double num_chars, size_t alphabet_size, double error_rate,
                             size_t vision_tokens) {
  if (alphabet_size == 0) throw std::invalid_argument("capacity of an empty alphabet");
  if (vision_tokens == 0) throw std::invalid_argument("capacity of 0 vision tokens");
  if (!(num_chars >= 0.0))
    throw std::invalid_argument("number of characters is " + std::to_string(num_chars));
  if (!(error_rate >= 0.0 && error_rate <= 1.0))
    throw std::invalid_argument("error rate " + std::to_string(error_rate) + " outside [0, 1]");
  const auto num_symbols = static_cast<double>(alphabet_size);
  if (error_rate >= 1.0 - 1.0 / num_symbols) return 0.0;
  double loss = binary_entropy(error_rate);
  if (error_rate > 0.0) loss += error_rate * std::log2(num_symbols - 1.0);
  return num_chars * (std::log2(num_symbols) - loss) / static_cast<double>(vision_tokens);
}

bool is_uniform_text(std::span<const std::u32string> texts) {
  const Counts counts = count_code_points(texts, false);
  const Alphabet alphabet = alphabet_of(counts);
  if (alphabet.symbols < 2 || counts.total < kMinSamplesPerSymbol * alphabet.symbols) return false;
  return alphabet.entropy_bits >= kUniformShare * std::log2(static_cast<double>(alphabet.symbols));
}

}  // namespace dsocr::metrics

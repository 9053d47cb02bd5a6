#pragma once

#include <cstddef>
#include <span>
#include <string>

// How much text one vision token carries, without a language model (spec: Fox, section 5).
namespace dsocr::metrics {

/// What a text is written with, counted over code points; white space counts.
struct Alphabet {
  size_t symbols = 0;         ///< distinct code points (K)
  double entropy_bits = 0.0;  ///< order-0 entropy per code point, <= log2(symbols)
};

/// Counts all target texts together; no text gives {0, 0}.
Alphabet measure_alphabet(std::span<const std::u32string> texts);

/// Capacity of a symmetric channel over K equally likely symbols, per vision token, in bits:
/// n (log2 K - H2(e) - e log2(K - 1)) / vision_tokens; 0 from e = 1 - 1/K on, where the channel is
/// no better than guessing. The error rate stands in for substitutions: take the normalised edit
/// distance. Symbols that are not equally likely make the figure an overestimate: see
/// is_uniform_text.
/// The published figures for a set (Tiny 63, Small 63) come from its means: the mean number of
/// characters and the mean error rate of the pages. The mean of per-page values is another
/// quantity (60 and 62), as longer pages have more errors.
/// Throws std::invalid_argument when alphabet_size or vision_tokens is 0, num_chars is negative,
/// or error_rate is outside [0, 1].
double bits_per_vision_token(double num_chars, size_t alphabet_size, double error_rate,
                             size_t vision_tokens);

/// True for text of random letters, the only text for which bits_per_vision_token is free of a
/// prior: the entropy of the code points that are not white space (it only separates words) is at
/// least 0.95 of the logarithm of their number. Random letters reach 0.999; English, also with
/// 5 % of its words disturbed, stays below 0.70. Short text of any kind looks uniform, so fewer
/// than 20 code points per distinct one are never called uniform, nor is a single symbol.
bool is_uniform_text(std::span<const std::u32string> texts);

}  // namespace dsocr::metrics

#include "eval/metrics/word_error.h"

#include <algorithm>
#include <vector>

#include "eval/metrics/bootstrap.h"
#include "eval/metrics/edit_distance.h"
#include "eval/metrics/tokens.h"

namespace dsocr::metrics {

double ErrorCounts::rate() const {
  return static_cast<double>(edits) / static_cast<double>(std::max<std::size_t>(length, 1));
}

ErrorCounts character_errors(std::u32string_view truth, std::u32string_view reading) {
  return {edit_distance(truth, reading), truth.size()};
}

ErrorCounts word_errors(std::u32string_view truth, std::u32string_view reading) {
  const InternedPair words = intern(split_whitespace(truth), split_whitespace(reading));
  return {edit_distance(words.reference, words.hypothesis), words.reference.size()};
}

ErrorCounts sum(std::span<const ErrorCounts> pages) {
  ErrorCounts total;
  for (const ErrorCounts& page : pages) {
    total.edits += page.edits;
    total.length += page.length;
  }
  return total;
}

double median_rate(std::span<const ErrorCounts> pages) {
  std::vector<double> rates;
  for (const ErrorCounts& page : pages) rates.push_back(page.rate());
  return median(std::move(rates));
}

}  // namespace dsocr::metrics

#include "data/label/truth.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace dsocr::data {
namespace {

// The cheapest way to have read so much of the text at a place of the truth, and where it began.
struct Way {
  std::uint32_t distance = 0;
  std::uint32_t begin = 0;
};

Way better(const Way& a, const Way& b) {
  if (a.distance != b.distance) return a.distance < b.distance ? a : b;
  return a.begin <= b.begin ? a : b;
}

}  // namespace

SpanMatch match_span(std::u32string_view text, std::u32string_view truth) {
  std::vector<Way> column(text.size() + 1);
  for (std::size_t i = 0; i < column.size(); ++i)
    column[i].distance = static_cast<std::uint32_t>(i);
  SpanMatch best{text.size(), 0, 0};
  for (std::size_t j = 1; j <= truth.size(); ++j) {
    Way diagonal = column[0];
    column[0].begin = static_cast<std::uint32_t>(j);
    for (std::size_t i = 1; i < column.size(); ++i) {
      Way replaced = diagonal, extra = column[i - 1], missing = column[i];
      diagonal = column[i];
      replaced.distance += text[i - 1] == truth[j - 1] ? 0 : 1;
      ++extra.distance;
      ++missing.distance;
      column[i] = better(replaced, better(extra, missing));
    }
    if (column.back().distance < best.distance)
      best = {column.back().distance, column.back().begin, j};
  }
  return best;
}

double error_in(std::u32string_view text, std::u32string_view truth) {
  if (text.empty()) return 0;
  const SpanMatch match = match_span(text, truth);
  return static_cast<double>(match.distance) /
         static_cast<double>(std::max(text.size(), match.end - match.begin));
}

}  // namespace dsocr::data

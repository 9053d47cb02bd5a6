#include "eval/metrics/repetition.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "eval/normalize/unicode.h"

namespace dsocr::metrics {
namespace {

constexpr size_t kGram = 20;
constexpr size_t kMinOccurrences = 4;
constexpr int64_t kFreshPenalty = 2;
constexpr size_t kLongestTag = 64;
constexpr char32_t kTag = 0xFFFC;
constexpr size_t kLongestRun = 3;
constexpr size_t kLoopingRun = 1000;
constexpr double kMinLetterShare = 0.25;

/// When a stretch of letters is a loop; figures need twice the length, or never are one.
struct Rule {
  double max_distinct_ratio;
  size_t min_covered;
  bool figures;
};
constexpr Rule kExact{0.25, 1000, true};
constexpr Rule kNumbered{0.1, 4000, false};

struct Stretch {
  size_t begin = 0;  // grams [begin, end)
  size_t end = 0;
  size_t distinct = 0;
  size_t period = 0;
};

/// Length of a markup tag such as <td> or </tr> at the start of the text, else 0.
size_t tag_length(std::u32string_view text) {
  if (text.size() < 3 || text[0] != U'<' || (text[1] != U'/' && !is_letter(text[1]))) return 0;
  const size_t close = text.substr(0, kLongestTag).find_first_of(U"<>", 1);
  return close != std::u32string_view::npos && text[close] == U'>' ? close + 1 : 0;
}

std::u32string condensed(std::u32string_view text) {
  std::u32string result;
  result.reserve(text.size());
  size_t run = 0;
  for (size_t at = 0; at < text.size();) {
    char32_t c = text[at];
    if (is_python_space(c)) {
      while (at < text.size() && is_python_space(text[at])) ++at;
      c = U' ';
      if (result.empty() || at == text.size()) continue;
    } else if (const size_t length = tag_length(text.substr(at))) {
      at += length;
      c = kTag;
    } else {
      ++at;
    }
    run = !result.empty() && result.back() == c ? run + 1 : 1;
    if (run <= kLongestRun || c == kTag) result.push_back(c);
  }
  return result;
}

std::u32string with_folded_numbers(std::u32string_view text) {
  std::u32string result;
  for (size_t at = 0; at < text.size(); ++at) {
    if (!is_number(text[at]))
      result.push_back(text[at]);
    else if (at == 0 || !is_number(text[at - 1]))
      result.push_back(U'0');
  }
  return result;
}

/// For every gram of the text the number of its class; classes[i] == classes[j] iff equal grams.
std::vector<size_t> gram_classes(std::u32string_view text) {
  if (text.size() < kGram) return {};
  std::vector<size_t> order(text.size() - kGram + 1);
  std::iota(order.begin(), order.end(), size_t{0});
  const auto gram = [&](size_t at) { return text.substr(at, kGram); };
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return gram(a) < gram(b); });
  std::vector<size_t> classes(order.size());
  for (size_t i = 1; i < order.size(); ++i)
    classes[order[i]] = classes[order[i - 1]] + (gram(order[i]) != gram(order[i - 1]) ? 1 : 0);
  return classes;
}

Stretch most_repetitive(const std::vector<size_t>& classes) {
  std::vector<size_t> occurrences(classes.size());
  for (const size_t c : classes) ++occurrences[c];
  Stretch best;
  int64_t best_score = 0;
  int64_t score = 0;
  size_t begin = 0;
  for (size_t i = 0; i < classes.size(); ++i) {
    score += occurrences[classes[i]] >= kMinOccurrences ? 1 : -kFreshPenalty;
    if (score <= 0) {
      score = 0;
      begin = i + 1;
    } else if (score > best_score) {
      best_score = score;
      best.begin = begin;
      best.end = i + 1;
    }
  }
  return best;
}

/// Fills distinct and period of a stretch; of equally frequent distances the shortest is taken.
void measure(Stretch& stretch, const std::vector<size_t>& classes) {
  std::vector<size_t> last_seen(classes.size());  // 0 = never, else position + 1
  std::vector<size_t> distances(stretch.end - stretch.begin);
  for (size_t i = stretch.begin; i < stretch.end; ++i) {
    size_t& last = last_seen[classes[i]];
    if (last == 0)
      ++stretch.distinct;
    else
      ++distances[i + 1 - last];
    last = i + 1;
  }
  const auto top = std::max_element(distances.begin(), distances.end());
  if (top != distances.end() && *top > 0)
    stretch.period = static_cast<size_t>(top - distances.begin());
}

Repetition judged(std::u32string_view text, const Rule& rule) {
  const auto classes = gram_classes(text);
  Stretch stretch = most_repetitive(classes);
  Repetition result;
  if (stretch.begin == stretch.end) return result;
  measure(stretch, classes);
  const size_t num_grams = stretch.end - stretch.begin;
  result.period = stretch.period;
  result.covered = num_grams + kGram - 1;
  result.repeats = stretch.period > 0 ? result.covered / stretch.period : 0;
  result.distinct_ratio = static_cast<double>(stretch.distinct) / static_cast<double>(num_grams);

  const auto content = text.substr(stretch.begin, result.covered);
  const auto num_letters =
      static_cast<double>(std::count_if(content.begin(), content.end(), is_letter));
  const bool figures = num_letters < kMinLetterShare * static_cast<double>(result.covered);
  result.looping = result.distinct_ratio <= rule.max_distinct_ratio &&
                   result.covered >= rule.min_covered * (figures ? 2 : 1) &&
                   (rule.figures || !figures);
  return result;
}

size_t longest_run(std::u32string_view text) {
  size_t longest = 0;
  for (size_t at = 0, run = 0; at < text.size(); ++at) {
    run = at > 0 && text[at] == text[at - 1] ? run + 1 : 1;
    longest = std::max(longest, run);
  }
  return longest;
}

}  // namespace

Repetition find_repetition(std::u32string_view text) {
  if (const size_t run = longest_run(text); run >= kLoopingRun)
    return {true, 1, run, run, 1.0 / static_cast<double>(run)};
  const std::u32string content = condensed(text);
  const Repetition exact = judged(content, kExact);
  if (exact.looping) return exact;
  const Repetition numbered = judged(with_folded_numbers(content), kNumbered);
  return numbered.looping ? numbered : exact;
}

}  // namespace dsocr::metrics

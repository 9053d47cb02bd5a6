#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace dsocr::data {

struct BatcherOptions {
  std::size_t batch_size = 1;  // samples of a batch at most
  std::size_t max_tokens = 0;  // of a batch; 0: no limit
  /// Samples of a batch stand one behind another in one sequence: its tokens are their sum. Else
  /// they are padded to the longest.
  bool packed = false;
  /// Samples up to each length go together, longer ones among themselves: {256, 512, 1024}.
  /// Empty: in the order in which they come.
  std::vector<std::size_t> buckets = {};
};

/// Collects samples of like length. Items of type T, their lengths by a function.
template <class T>
class Batcher {
 public:
  using Length = std::function<std::size_t(const T&)>;

  /// Throws std::invalid_argument: no batch size, buckets that do not grow,
  /// packed without a limit.
  Batcher(BatcherOptions options, Length length)
      : options_(std::move(options)), length_(std::move(length)) {
    if (options_.batch_size == 0) throw std::invalid_argument("a batch of no samples");
    if (options_.packed && options_.max_tokens == 0)
      throw std::invalid_argument("packed sequences without max_tokens");
    for (std::size_t i = 1; i < options_.buckets.size(); ++i)
      if (options_.buckets[i] <= options_.buckets[i - 1])
        throw std::invalid_argument("bucket lengths must grow");
    waiting_.resize(options_.buckets.size() + 1);
  }

  /// A batch that is complete with or before this sample, if one is. A sample that alone is longer
  /// than max_tokens makes a batch of its own.
  std::optional<std::vector<T>> add(T sample) {
    const std::size_t length = length_(sample);
    std::vector<T>& bucket = waiting_[bucket_of(length)];
    std::optional<std::vector<T>> full;
    if (options_.max_tokens > 0 && !bucket.empty() &&
        tokens_with(bucket, length) > options_.max_tokens)
      full = std::exchange(bucket, {});
    bucket.push_back(std::move(sample));
    if (!full && bucket.size() >= options_.batch_size) full = std::exchange(bucket, {});
    return full;
  }

  /// At the end: what still waits, shortest first; then nothing.
  std::optional<std::vector<T>> flush() {
    for (std::vector<T>& bucket : waiting_)
      if (!bucket.empty()) return std::exchange(bucket, {});
    return std::nullopt;
  }

  /// Samples that wait, in some fixed order.
  template <class Visit>
  void for_each_waiting(Visit visit) const {
    for (const std::vector<T>& bucket : waiting_)
      for (const T& sample : bucket) visit(sample);
  }

 private:
  std::size_t tokens_with(const std::vector<T>& bucket, std::size_t length) const {
    std::size_t longest = length, sum = length;
    for (const T& other : bucket) {
      longest = std::max(longest, length_(other));
      sum += length_(other);
    }
    return options_.packed ? sum : longest * (bucket.size() + 1);
  }

  std::size_t bucket_of(std::size_t length) const {
    std::size_t bucket = 0;
    while (bucket < options_.buckets.size() && length > options_.buckets[bucket]) ++bucket;
    return bucket;
  }

  BatcherOptions options_;
  Length length_;
  std::vector<std::vector<T>> waiting_;
};

}  // namespace dsocr::data

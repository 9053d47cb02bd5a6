#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace dsocr::model {

/// Notices while tokens are written that they only repeat the same few over and over. Takes
/// constant time per token.
class LoopDetector {
 public:
  static constexpr std::int64_t kMaxPeriod = 64;
  static constexpr std::int64_t kMinRepeats = 8;
  static constexpr std::int64_t kMinTokens = 128;

  /// Returns the shortest period, in tokens, once the last kMinTokens or more, and kMinRepeats
  /// periods or more, repeat with it.
  std::optional<std::int64_t> push(std::int32_t id);

 private:
  std::vector<std::int32_t> recent_;                 // ring of kMaxPeriod ids
  std::array<std::int64_t, kMaxPeriod + 1> runs_{};  // by period: ids in a row equal to the one a
                                                     // period before
  std::int64_t count_ = 0;
};

}  // namespace dsocr::model

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "data/text/tokenizer.h"

namespace dsocr::data {

/// Text of token ids as they come, for a terminal. What push() and finish() return, joined, is
/// Tokenizer::decode() of all ids. Keeps no more than the last few ids.
class TextStream {
 public:
  /// The tokenizer must outlive the stream.
  explicit TextStream(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}

  /// The text that is certain after this id: whole characters. A U+FFFD at the end waits for the
  /// next id, for it may be the start of a character. Throws DataError like Tokenizer::decode(),
  /// and is then as before the call.
  std::string push(std::int32_t id);

  /// The text that waits. The stream is then new.
  std::string finish();

 private:
  const Tokenizer& tokenizer_;
  std::vector<std::int32_t> recent_;  // the last ids that have bytes, enough to go on from
  std::size_t done_ = 0;              // bytes of the text of recent_ that were returned
};

}  // namespace dsocr::data

#pragma once

#include <filesystem>
#include <string_view>

#include "eval/metrics/jieba_tables.h"
#include "eval/normalize/unicode.h"

namespace dsocr::metrics {

/// Chinese word segmentation, token for token that of jieba 0.42.1's `lcut` (exact mode, hidden
/// Markov model on), as the metrics of pages with Han characters need it (spec: Fox, section 3).
class JiebaCutter {
 public:
  /// Loads `dict.txt` and `hmm.tsv` of a folder: `share/jieba` of what `make deps` installs. Throws
  /// std::runtime_error naming the file and line that cannot be read.
  explicit JiebaCutter(const std::filesystem::path& folder);

  /// Tokens in text order, which joined give the text: white space and punctuation are tokens too,
  /// one per character ("\r\n" is one). Safe to call from several threads at once.
  Tokens cut(std::u32string_view text) const;

 private:
  PrefixTree words_;
  HiddenMarkovModel model_;
};

}  // namespace dsocr::metrics

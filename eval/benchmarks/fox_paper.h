#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "configs/view.h"

namespace dsocr::eval {

/// One row of Table 2 of the DeepSeek-OCR paper (arXiv 2510.18234): Fox, English, by text tokens.
/// "replay": outputs of the official model scored again (spec: Fox, section 4).
struct PaperRow {
  int64_t bucket;  // first token count
  size_t pages;
  double tiny_precision;  // percent
  double tiny_compression;
  double small_precision;
  double small_compression;
  double tiny_replay;  // percent
  double small_replay;
};

inline constexpr std::array<PaperRow, 7> kPaperTable2{
    {{600, 7, 96.5, 10.5, 98.5, 6.7, 95.9, 98.3},
     {700, 28, 93.8, 11.8, 97.3, 7.5, 93.8, 97.0},
     {800, 28, 83.8, 13.2, 96.8, 8.5, 91.9, 96.7},
     {900, 14, 85.9, 15.1, 96.8, 9.7, 84.2, 96.7},
     {1000, 11, 79.3, 16.5, 91.5, 10.6, 79.2, 91.3},
     {1100, 8, 76.4, 17.7, 89.8, 11.3, 74.3, 89.2},
     {1200, 4, 59.1, 19.7, 87.1, 12.6, 58.7, 86.4}}};

struct PaperPoint {
  double precision;  // 0..1
  double compression;
};

/// What the paper prints for a bucket in a mode; nothing for modes and buckets outside its table.
inline std::optional<PaperPoint> paper_point(std::optional<configs::VisionMode> mode,
                                             int64_t bucket) {
  for (const PaperRow& row : kPaperTable2) {
    if (row.bucket != bucket) continue;
    if (mode == configs::VisionMode::kTiny)
      return PaperPoint{row.tiny_precision / 100, row.tiny_compression};
    if (mode == configs::VisionMode::kSmall)
      return PaperPoint{row.small_precision / 100, row.small_compression};
  }
  return std::nullopt;
}

}  // namespace dsocr::eval

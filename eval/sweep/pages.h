#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "data/text/tokenizer.h"
#include "eval/engine.h"
#include "eval/sweep/config.h"

namespace dsocr::eval {

/// One text, mode, ratio and size of type.
struct SweepCell {
  std::string text;  // SweepText::name
  configs::VisionMode mode;
  double ratio;              // text tokens for each vision token, as asked
  double font_px;            // in the view
  std::string missing = {};  // why it has no pages

  std::string id() const;  // "prose-p256-r10-f12"
};

struct SweepPage {
  size_t cell;
  std::string id;
  std::filesystem::path image;  // PNG or JPEG
  std::string truth;
  std::int64_t tokens;
  std::int64_t vision_tokens;
  double font_px;
  double area_used;  // share of the page, of the boxes of its text
};

struct SweepPages {
  std::vector<SweepCell> cells;
  std::vector<SweepPage> pages;  // in the order of the cells
};

/// Renders the pages of all cells into a folder; the same config gives the same pages, and a cell
/// does not depend on the others. A cell whose text does not fit has none. Throws data::DataError
/// for texts and fonts that cannot be used, configs::ConfigError for names of texts.
SweepPages render_sweep(const SweepConfig& config, const data::Tokenizer& tokenizer,
                        const std::filesystem::path& folder);

}  // namespace dsocr::eval

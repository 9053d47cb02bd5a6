#pragma once

#include <span>
#include <string>
#include <vector>

#include "data/label/align.h"
#include "data/label/vote.h"
#include "data/label/voted_lines.h"
#include "data/text/characters.h"

namespace dsocr::data {

/// What a region's text is judged by.
struct RegionFeatures {
  std::string category = "text";
  double agreement = 0;    // mean over characters of VotedLine::agreement
  double confidence = 0;   // mean over characters of VotedLine::confidence
  double bits = 0;         // a character, by the model of the language; 0 without one
  double foreign = 0;      // share of letters outside of the page's main scripts
  double num_engines = 0;  // mean over characters
  double length = 0;       // characters
  ScriptClass script = ScriptClass::kCommon;
};

struct CombinedRegion {
  std::string category = "text";  // one of kLabelCategories
  PixelBox box = {};
  std::vector<VotedLine> lines = {};  // in reading order
  std::u32string text = {};           // of the lines
  RegionFeatures features = {};
  double score = 0;  // agreement * confidence, for want of a calibration
};

/// Regions in reading order; no word of an engine is in two of them.
struct CombinedPage {
  std::vector<CombinedRegion> regions = {};
};

struct CombineOptions {
  VoteOptions vote = {};
  std::vector<NamedTrust> trust = {};
};

/// What several engines say of a page together. The order of the engines does not matter; what one
/// engine alone says comes back with agreement 0.
CombinedPage combine(std::span<const EngineLabels> engines, const CombineOptions& options);

}  // namespace dsocr::data

#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/label/align.h"
#include "data/label/vote.h"

namespace dsocr::data {

/// A piece of a line with the text that was voted for.
struct VotedLine {
  std::u32string text = {};
  // As one engine has them, the same one for all lines of the page that it has: engines set their
  // boxes closer or wider. Where it has no words, the piece is one.
  PixelBox box = {};
  std::vector<PixelBox> words = {};
  double agreement = 0;   // mean over pairs of engines, 0 for those of which one misses the line
  double confidence = 0;  // mean over the engines that have it
  std::size_t num_engines = 0;
  // Where each engine has it, first piece; nothing where it does not.
  std::vector<std::optional<LinePiece>> place = {};
};

/// The name of an engine without what it was asked for: up to a ':'.
std::string engine_name(const LabellerInfo& engine);

struct NamedTrust {
  std::string engine = {};
  EngineTrust trust = {};

  template <class V>
  void fields(V& v) {
    v("engine", engine, "name up to a ':'", {.required = true});
    for (std::size_t script = 0; script < kNumScriptClasses; ++script)
      v(kScriptClassNames[script].data(), trust[script], "where such a character may stand");
  }
  bool operator==(const NamedTrust&) const = default;
};

/// Trust in an engine where letters stand that it cannot read.
inline constexpr ScriptTrust kUnable{.bias = -6, .slope = 1, .absent = -6};

/// What each engine reads in each group of align_lines(), with the trust of its name; without one
/// its confidences are taken as they are. An engine that has hardly a letter of class kOther on a
/// page where another one has many does not know the letters: there its trust is kUnable.
std::vector<std::vector<Reading>> readings_of(std::span<const EngineLabels> engines,
                                              std::span<const LineGroup> groups,
                                              std::span<const NamedTrust> trust);

/// The lines of a page as the engines agree on them. What only one engine has is left out if it is
/// unsure of it, or if what others have covers half of it; of two pieces in the same place that
/// nobody took for the same, what more engines or the surer one has stays.
std::vector<VotedLine> vote_lines(std::span<const EngineLabels> engines,
                                  std::span<const NamedTrust> trust, const VoteOptions& options);

}  // namespace dsocr::data

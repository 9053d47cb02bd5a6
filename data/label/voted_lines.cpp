#include "data/label/voted_lines.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "data/render/document.h"

namespace dsocr::data {
namespace {

// A line that one engine alone sees must be as sure as this.
constexpr double kLeastConfidence = 0.5;
// A line that others cover by this share says what they say.
constexpr double kCovered = 0.5;
// Letters that one engine must have before another one that has none counts as unable to read them.
constexpr std::size_t kManyLetters = 20;

EngineTrust trust_of(const LabellerInfo& engine, std::span<const NamedTrust> known) {
  for (const NamedTrust& trust : known)
    if (trust.engine == engine_name(engine)) return trust.trust;
  return {};
}

const LabelLine& line_of(const LinePiece& piece, std::span<const EngineLabels> engines) {
  return engines[piece.engine].labels.regions[piece.region].lines[piece.line];
}

std::string_view text_of(const LinePiece& piece, std::span<const EngineLabels> engines) {
  const std::string_view text = line_of(piece, engines).text;
  return text.substr(piece.begin, piece.end - piece.begin);
}

// The word that has the byte; nothing for one between words.
const LabelWord* word_at(const LabelLine& line, std::size_t byte) {
  const auto after =
      std::upper_bound(line.words.begin(), line.words.end(), byte,
                       [](std::size_t place, const LabelWord& word) { return place < word.begin; });
  if (after == line.words.begin() || byte >= std::prev(after)->end) return nullptr;
  return &*std::prev(after);
}

// The middle of a character along the line, taken to be as wide as the others of its word.
float place_at(const LabelLine& line, const LabelWord* word, std::size_t byte, bool from_right) {
  const PixelBox& box = word == nullptr ? line.box : word->box;
  const std::size_t begin = word == nullptr ? 0 : word->begin;
  const std::size_t end = word == nullptr ? line.text.size() : word->end;
  const float share = (static_cast<float>(byte - begin) + 0.5F) / static_cast<float>(end - begin);
  const PixelBox& whole = line.box;
  if (whole.bottom - whole.top > 2 * (whole.right - whole.left))
    return box.top + share * (box.bottom - box.top);
  return from_right ? box.right - share * (box.right - box.left)
                    : box.left + share * (box.right - box.left);
}

void append(Reading& reading, char32_t c, float confidence, float place) {
  reading.text += c;
  reading.confidence.push_back(confidence);
  reading.places.push_back(place);
}

// One blank where there are several, none between characters of scripts without blanks. A blank is
// as sure as the less sure of the characters beside it.
void append_piece(Reading& reading, const LinePiece& piece, std::span<const EngineLabels> engines,
                  bool from_right) {
  const LabelLine& line = line_of(piece, engines);
  bool blank = true;
  std::size_t byte = piece.begin;
  for (const char32_t c : to_code_points(text_of(piece, engines))) {
    const LabelWord* word = word_at(line, byte);
    const float confidence = word == nullptr ? line.confidence : word->confidence;
    const float place = place_at(line, word, byte, from_right);
    byte += to_utf8({&c, 1}).size();
    if (script_class(c) == ScriptClass::kBlank) {
      blank = true;
      continue;
    }
    if (blank && !reading.text.empty() &&
        !(sets_no_blanks(reading.text.back()) && sets_no_blanks(c)))
      append(reading, U' ', std::min(reading.confidence.back(), confidence),
             (reading.places.back() + place) / 2);
    blank = false;
    append(reading, c, confidence, place);
  }
}

bool is_from_right(const std::vector<LinePiece>& pieces, std::span<const EngineLabels> engines) {
  std::string all;
  for (const LinePiece& piece : pieces) all += text_of(piece, engines);
  return is_right_to_left(all);
}

// Pieces in the order in which they are read.
std::vector<LinePiece> in_order(std::vector<LinePiece> pieces, bool from_right) {
  std::stable_sort(pieces.begin(), pieces.end(), [&](const LinePiece& a, const LinePiece& b) {
    if (a.region == b.region && a.line == b.line) return a.begin < b.begin;
    return from_right ? a.box.right > b.box.right : a.box.left < b.box.left;
  });
  return pieces;
}

// One reading for each engine that has a piece of the group.
std::vector<Reading> readings_of(const LineGroup& group, std::span<const EngineLabels> engines,
                                 const std::vector<EngineTrust>& trusts) {
  std::vector<Reading> readings;
  const float thickness =
      std::max(1.0F, std::min(group.box.right - group.box.left, group.box.bottom - group.box.top));
  for (std::size_t e = 0; e < engines.size(); ++e) {
    std::vector<LinePiece> pieces;
    for (const LinePiece& piece : group.pieces)
      if (piece.engine == e) pieces.push_back(piece);
    if (pieces.empty()) continue;
    Reading reading{.engine = e, .trust = trusts[e]};
    const bool from_right = is_from_right(pieces, engines);
    for (const LinePiece& piece : in_order(std::move(pieces), from_right))
      append_piece(reading, piece, engines, from_right);
    for (float& place : reading.places) place /= thickness;
    readings.push_back(std::move(reading));
  }
  return readings;
}

// Letters of class kOther in lines that more than one engine has, by engine.
std::vector<std::size_t> other_letters(std::span<const EngineLabels> engines,
                                       std::span<const LineGroup> groups) {
  std::vector<std::size_t> letters(engines.size());
  for (const LineGroup& group : groups) {
    if (group.pieces.front().engine == group.pieces.back().engine) continue;
    for (const LinePiece& piece : group.pieces)
      for (const char32_t c : to_code_points(text_of(piece, engines)))
        if (script_class(c) == ScriptClass::kOther) ++letters[piece.engine];
  }
  return letters;
}

void add_words(std::vector<PixelBox>& words, const LinePiece& piece,
               std::span<const EngineLabels> engines) {
  const std::size_t before = words.size();
  for (const LabelWord& word : line_of(piece, engines).words)
    if (word.begin >= piece.begin && word.end <= piece.end) words.push_back(word.box);
  if (words.size() == before) words.push_back(piece.box);
}

VotedLine vote_line(const LineGroup& group, const std::vector<Reading>& readings,
                    std::span<const EngineLabels> engines, std::size_t box_engine,
                    const VoteOptions& options) {
  Voted voted = vote(readings, options);
  VotedLine line{.text = std::move(voted.text),
                 .confidence = voted.confidence,
                 .num_engines = readings.size()};
  const auto pairs = [](std::size_t n) { return static_cast<double>(n * (n - 1)) / 2; };
  if (readings.size() > 1)
    line.agreement = voted.agreement * pairs(readings.size()) / pairs(engines.size());
  line.place.resize(engines.size());
  for (const LinePiece& piece : group.pieces)
    if (!line.place[piece.engine]) line.place[piece.engine] = piece;
  if (!line.place[box_engine]) box_engine = group.pieces.front().engine;
  for (const LinePiece& piece : group.pieces) {
    if (piece.engine != box_engine) continue;
    line.box = line.words.empty() ? piece.box : around(line.box, piece.box);
    add_words(line.words, piece, engines);
  }
  return line;
}

// The engine that is surest of most lines.
std::size_t surest_engine(std::span<const EngineLabels> engines) {
  std::vector<double> sums;
  for (const EngineLabels& engine : engines) {
    sums.push_back(0);
    for (const LabelRegion& region : engine.labels.regions)
      for (const LabelLine& line : region.lines) sums.back() += line.confidence;
  }
  return static_cast<std::size_t>(std::max_element(sums.begin(), sums.end()) - sums.begin());
}

// Whether a line that one engine alone has lies where others have words.
bool is_covered(const VotedLine& line, const std::vector<VotedLine>& others) {
  double all = 0, covered = 0;
  for (const PixelBox& word : line.words) all += area(word);
  for (const VotedLine& other : others) {
    const bool same_engine =
        other.num_engines == 1 &&
        std::equal(line.place.begin(), line.place.end(), other.place.begin(),
                   [](const auto& a, const auto& b) { return a.has_value() == b.has_value(); });
    if (same_engine || shared_area(line.box, other.box) <= 0) continue;
    for (const PixelBox& word : line.words)
      for (const PixelBox& by : other.words) covered += shared_area(word, by);
  }
  return covered >= kCovered * all;
}

}  // namespace

std::string engine_name(const LabellerInfo& engine) {
  return engine.name.substr(0, engine.name.find(':'));
}

std::vector<std::vector<Reading>> readings_of(std::span<const EngineLabels> engines,
                                              std::span<const LineGroup> groups,
                                              std::span<const NamedTrust> known) {
  const std::vector<std::size_t> letters = other_letters(engines, groups);
  const std::size_t most = letters.empty() ? 0 : *std::max_element(letters.begin(), letters.end());
  std::vector<EngineTrust> trusts;
  for (std::size_t e = 0; e < engines.size(); ++e) {
    trusts.push_back(trust_of(engines[e].engine, known));
    if (most >= kManyLetters && letters[e] * kManyLetters < most)
      trusts.back()[static_cast<std::size_t>(ScriptClass::kOther)] = kUnable;
  }
  std::vector<std::vector<Reading>> readings;
  for (const LineGroup& group : groups) readings.push_back(readings_of(group, engines, trusts));
  return readings;
}

std::vector<VotedLine> vote_lines(std::span<const EngineLabels> engines,
                                  std::span<const NamedTrust> trust, const VoteOptions& options) {
  const std::vector<LineGroup> groups = align_lines(engines);
  const auto readings = readings_of(engines, groups, trust);
  const std::size_t box_engine = surest_engine(engines);
  std::vector<VotedLine> lines;
  for (std::size_t g = 0; g < groups.size(); ++g)
    lines.push_back(vote_line(groups[g], readings[g], engines, box_engine, options));
  std::stable_sort(lines.begin(), lines.end(), [](const VotedLine& a, const VotedLine& b) {
    return std::tie(a.num_engines, a.confidence) > std::tie(b.num_engines, b.confidence);
  });
  std::vector<VotedLine> kept;
  for (VotedLine& line : lines) {
    const bool alone = line.num_engines == 1 && engines.size() > 1;
    if (alone && (line.confidence < kLeastConfidence || is_covered(line, kept))) continue;
    kept.push_back(std::move(line));
  }
  return kept;
}

}  // namespace dsocr::data

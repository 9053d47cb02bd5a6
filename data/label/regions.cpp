#include "data/label/regions.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "data/label/connected.h"
#include "data/label/line_links.h"
#include "data/label/reading_order.h"
#include "data/render/document.h"

namespace dsocr::data {
namespace {

// What an engine says of two lines that follow one another.
constexpr double kSameRegion = 1, kOtherRegion = -1.2;
// An engine must be as sure as this that a table or a picture is there.
constexpr float kLeastConfidence = 0.5F;
// A line that an engine missed lies in its region by this share of its area.
constexpr double kInside = 0.6;
// Running text: at least so many lines one below the other, so many times as long as thick.
constexpr std::size_t kProseLines = 3;
constexpr double kProseLength = 8;
// Pieces of a line so many thicknesses apart are not cut by a gap between columns.
constexpr float kWordGap = 0.6F;
// A picture without lines is left out where others cover it by this share.
constexpr double kCovered = 0.5;

enum class Flow { kFromLeft, kFromRight, kVertical };

// The page turned so that reading goes to the right and down.
PixelBox turned(const PixelBox& box, Flow flow) {
  switch (flow) {
    case Flow::kFromRight:
      return {-box.right, box.top, -box.left, box.bottom};
    case Flow::kVertical:
      return {box.top, -box.right, box.bottom, -box.left};
    default:
      return box;
  }
}

Flow flow_of(std::span<const VotedLine> lines) {
  std::size_t all = 0, vertical = 0, from_right = 0;
  for (const VotedLine& line : lines) {
    const std::size_t length = line.text.size();
    all += length;
    if (length > 1 && line.box.bottom - line.box.top > 2 * (line.box.right - line.box.left))
      vertical += length;
    if (is_right_to_left(to_utf8(line.text))) from_right += length;
  }
  if (2 * vertical > all) return Flow::kVertical;
  return 2 * from_right > all ? Flow::kFromRight : Flow::kFromLeft;
}

FlowLine flow_line(const VotedLine& line, Flow flow) {
  std::vector<float> heights;
  for (const PixelBox& word : line.words) {
    const PixelBox box = turned(word, flow);
    heights.push_back(box.bottom - box.top);
  }
  std::sort(heights.begin(), heights.end());
  return {turned(line.box, flow), std::max(1.0F, heights[heights.size() * 3 / 4])};
}

// Region of an engine, by its index.
using Key = std::optional<std::size_t>;

// Whether a table or picture is taken for one.
bool is_container(const LabelRegion& region) {
  return region.confidence >= kLeastConfidence &&
         (region.category == "image" || region.category == "table");
}

// What the regions of one engine say.
class EngineRegions {
 public:
  EngineRegions(std::size_t engine, const PageLabels& labels, std::span<const VotedLine> lines)
      : regions_(labels.regions) {
    for (const VotedLine& line : lines)
      keys_.push_back(line.place[engine] ? Key(line.place[engine]->region) : around_line(line));
  }

  Key key(std::size_t line) const { return keys_[line]; }
  const LabelRegion& region(std::size_t key) const { return regions_[key]; }
  std::size_t size() const { return regions_.size(); }

  std::vector<std::size_t> lines_in(std::size_t region) const {
    std::vector<std::size_t> lines;
    for (std::size_t i = 0; i < keys_.size(); ++i)
      if (keys_[i] == region) lines.push_back(i);
    return lines;
  }

  // Takes back that a region is there.
  void forget(std::size_t region) {
    for (Key& key : keys_)
      if (key == region) key.reset();
    forgotten_.push_back(region);
  }
  bool is_forgotten(std::size_t region) const {
    return std::find(forgotten_.begin(), forgotten_.end(), region) != forgotten_.end();
  }

  double says(std::size_t a, std::size_t b) const {
    if (!keys_[a] || !keys_[b]) return 0;
    return keys_[a] == keys_[b] ? kSameRegion : kOtherRegion;
  }

 private:
  // The table or picture that a line stands in which the engine missed. Of paragraphs it is not
  // known whether they reach so far.
  Key around_line(const VotedLine& line) const {
    Key best;
    for (std::size_t r = 0; r < regions_.size(); ++r) {
      if (!is_container(regions_[r]) ||
          shared_area(regions_[r].box, line.box) < kInside * area(line.box))
        continue;
      if (!best || area(regions_[r].box) < area(regions_[*best].box)) best = r;
    }
    return best;
  }

  const std::vector<LabelRegion>& regions_;
  std::vector<Key> keys_ = {};
  std::vector<std::size_t> forgotten_ = {};
};

// Which lines are running text.
std::vector<bool> find_prose(std::span<const FlowLine> lines, std::span<const LineLink> links) {
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (const LineLink& link : links) pairs.emplace_back(link.above, link.below);
  std::vector<bool> prose(lines.size(), false);
  for (const auto& members : connected(lines.size(), pairs)) {
    double length = 0, thickness = 0;
    for (const std::size_t i : members) {
      length += lines[i].box.right - lines[i].box.left;
      thickness += lines[i].thickness;
    }
    if (members.size() < kProseLines || length < kProseLength * thickness) continue;
    for (const std::size_t i : members) prose[i] = true;
  }
  return prose;
}

void forget_false_containers(EngineRegions& engine, std::span<const VotedLine> lines,
                             const std::vector<bool>& prose) {
  for (std::size_t r = 0; r < engine.size(); ++r) {
    if (!is_container(engine.region(r))) continue;
    std::size_t all = 0, running = 0;
    for (const std::size_t i : engine.lines_in(r)) {
      all += lines[i].text.size();
      if (prose[i]) running += lines[i].text.size();
    }
    if (2 * running > all) engine.forget(r);
  }
}

// The category that an engine has for most of the lines; of several engines one that says more than
// "text".
std::string category_of(const std::vector<std::size_t>& lines,
                        const std::vector<EngineRegions>& engines) {
  std::string category = "text";
  for (const EngineRegions& engine : engines) {
    std::map<std::string, std::size_t> counts;
    for (const std::size_t i : lines)
      if (engine.key(i)) ++counts[engine.region(*engine.key(i)).category];
    const auto most =
        std::max_element(counts.begin(), counts.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most != counts.end() && category == "text") category = most->first;
  }
  return category;
}

using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

// Pieces of what is one line to some engine, if they stand close together.
Pairs close_pieces(std::span<const VotedLine> lines, std::span<const FlowLine> flow) {
  std::map<std::tuple<std::size_t, std::size_t, std::size_t>, std::vector<std::size_t>> by_line;
  for (std::size_t i = 0; i < lines.size(); ++i)
    for (const auto& piece : lines[i].place)
      if (piece) by_line[{piece->engine, piece->region, piece->line}].push_back(i);
  Pairs pairs;
  for (auto& [line, pieces] : by_line) {
    std::sort(pieces.begin(), pieces.end(),
              [&](std::size_t a, std::size_t b) { return flow[a].box.left < flow[b].box.left; });
    for (std::size_t i = 1; i < pieces.size(); ++i) {
      const FlowLine &left = flow[pieces[i - 1]], &right = flow[pieces[i]];
      if (right.box.left - left.box.right < kWordGap * std::min(left.thickness, right.thickness))
        pairs.emplace_back(pieces[i - 1], pieces[i]);
    }
  }
  return pairs;
}

// Lines of tables and pictures, and lines that follow one another, where most say so.
Pairs joined(const std::vector<EngineRegions>& engines, std::span<const LineLink> links) {
  Pairs pairs;
  for (const LineLink& link : links) {
    double same = link.same;
    for (const EngineRegions& engine : engines) same += engine.says(link.above, link.below);
    if (same > 0) pairs.emplace_back(link.above, link.below);
  }
  for (const EngineRegions& engine : engines) {
    for (std::size_t r = 0; r < engine.size(); ++r) {
      if (!is_container(engine.region(r)) || engine.is_forgotten(r)) continue;
      const auto inside = engine.lines_in(r);
      for (std::size_t i = 1; i < inside.size(); ++i) pairs.emplace_back(inside[0], inside[i]);
    }
  }
  return pairs;
}

LineRegion region_of(std::vector<std::size_t> members, std::span<const VotedLine> lines,
                     std::span<const FlowLine> flow, const std::vector<EngineRegions>& engines) {
  LineRegion region{.category = category_of(members, engines), .box = lines[members[0]].box};
  std::vector<FlowLine> own;
  for (const std::size_t i : members) {
    region.box = around(region.box, lines[i].box);
    own.push_back(flow[i]);
  }
  for (const EngineRegions& engine : engines) {
    const Key key = engine.key(members[0]);
    if (key && is_container(engine.region(*key)))
      region.box = around(region.box, engine.region(*key).box);
  }
  for (const std::size_t place : rows_in_order(own)) region.lines.push_back(members[place]);
  return region;
}

void add_pictures(std::vector<LineRegion>& regions, const std::vector<EngineRegions>& engines) {
  for (const EngineRegions& engine : engines) {
    for (std::size_t r = 0; r < engine.size(); ++r) {
      const LabelRegion& picture = engine.region(r);
      if (!is_container(picture) || picture.category != "image" || engine.is_forgotten(r) ||
          !engine.lines_in(r).empty())
        continue;
      double covered = 0;
      for (const LineRegion& other : regions) covered += shared_area(picture.box, other.box);
      if (covered < kCovered * area(picture.box))
        regions.push_back({picture.category, picture.box, {}});
    }
  }
}

}  // namespace

std::vector<LineRegion> regions_of(std::span<const EngineLabels> engines,
                                   std::span<const VotedLine> lines) {
  const Flow flow = flow_of(lines);
  std::vector<FlowLine> flow_lines;
  for (const VotedLine& line : lines) flow_lines.push_back(flow_line(line, flow));
  const auto links = link_lines(flow_lines);
  const std::vector<bool> prose = find_prose(flow_lines, links);
  std::vector<EngineRegions> by_engine;
  for (std::size_t e = 0; e < engines.size(); ++e) {
    by_engine.emplace_back(e, engines[e].labels, lines);
    forget_false_containers(by_engine.back(), lines, prose);
  }
  std::vector<LineRegion> regions;
  Pairs pairs = joined(by_engine, links);
  const Pairs pieces = close_pieces(lines, flow_lines);
  pairs.insert(pairs.end(), pieces.begin(), pieces.end());
  for (auto& members : connected(lines.size(), pairs))
    regions.push_back(region_of(std::move(members), lines, flow_lines, by_engine));
  add_pictures(regions, by_engine);
  std::vector<PixelBox> boxes;
  for (const LineRegion& region : regions) boxes.push_back(turned(region.box, flow));
  std::vector<LineRegion> ordered;
  for (const std::size_t i : reading_order(boxes)) ordered.push_back(std::move(regions[i]));
  return ordered;
}

}  // namespace dsocr::data

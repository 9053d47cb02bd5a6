#include "data/label/align.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "data/label/connected.h"

namespace dsocr::data {
namespace {

// Words that share less than this part of the smaller one's area are not the same.
constexpr double kSameArea = 0.3;
// Two lines that both lie in this part of a third one stand one above the other in it.
constexpr double kStacked = 0.15;

struct Word {
  PixelBox box = {};
  std::size_t begin = 0;  // byte of the line's text
};

struct Line {
  std::size_t engine = 0, region = 0, line = 0;
  const LabelLine* label = nullptr;
  std::vector<Word> words = {};
  double thickness = 0;
};

// Words first..last-1 of a line.
struct Run {
  std::size_t line = 0, first = 0, last = 0;
};

// Pixels from side to side of the writing: a line of single short characters is as thick as its
// longest ones.
double thickness_of(const Line& line) {
  const PixelBox& box = line.label->box;
  const bool vertical = line.words.size() > 1 && box.bottom - box.top > 2 * (box.right - box.left);
  std::vector<float> sides;
  for (const Word& word : line.words)
    sides.push_back(vertical ? word.box.right - word.box.left : word.box.bottom - word.box.top);
  const auto place = static_cast<std::ptrdiff_t>((sides.size() - 1) * 4 / 5);
  std::nth_element(sides.begin(), sides.begin() + place, sides.end());
  return std::max(1.0F, sides[static_cast<std::size_t>(place)]);
}

std::vector<Line> all_lines(std::span<const EngineLabels> engines) {
  std::vector<Line> lines;
  for (std::size_t e = 0; e < engines.size(); ++e) {
    const auto& regions = engines[e].labels.regions;
    for (std::size_t r = 0; r < regions.size(); ++r) {
      for (std::size_t l = 0; l < regions[r].lines.size(); ++l) {
        const LabelLine& label = regions[r].lines[l];
        if (label.text.find_first_not_of(' ') == std::string::npos) continue;
        Line line{e, r, l, &label};
        for (const LabelWord& word : label.words)
          if (word.begin < word.end) line.words.push_back({word.box, word.begin});
        if (line.words.empty()) line.words.push_back({label.box, 0});
        line.thickness = thickness_of(line);
        lines.push_back(std::move(line));
      }
    }
  }
  return lines;
}

// Area of one word that lies in words of the run.
double shared(const PixelBox& word, const Line& line, const Run& run) {
  double sum = 0;
  for (std::size_t i = run.first; i < run.last; ++i) sum += shared_area(word, line.words[i].box);
  return sum;
}

Run whole(std::size_t line, const std::vector<Line>& lines) {
  return {line, 0, lines[line].words.size()};
}

double area_of(const Run& run, const Line& line) {
  double sum = 0;
  for (std::size_t i = run.first; i < run.last; ++i) sum += area(line.words[i].box);
  return sum;
}

bool same_place(const Run& a, const Run& b, const std::vector<Line>& lines) {
  const Line& line = lines[a.line];
  double sum = 0;
  for (std::size_t i = a.first; i < a.last; ++i) sum += shared(line.words[i].box, lines[b.line], b);
  return sum > 0 && sum >= kSameArea * std::min(area_of(a, line), area_of(b, lines[b.line]));
}

using Related = std::vector<std::vector<std::size_t>>;  // for each line, others in growing order

// Whether the line takes several lines of another engine for one.
bool is_stack(const Line& line, const std::vector<std::size_t>& others,
              const std::vector<Line>& lines) {
  double twice = 0;
  for (const Word& word : line.words) {
    std::map<std::size_t, std::pair<double, double>> by_engine;  // the most of a line, of another
    for (const std::size_t other : others) {
      auto& [most, second] = by_engine[lines[other].engine];
      const double part = shared(word.box, lines[other], whole(other, lines));
      second = std::max(second, std::min(most, part));
      most = std::max(most, part);
    }
    double most_twice = 0;
    for (const auto& [engine, parts] : by_engine) most_twice = std::max(most_twice, parts.second);
    twice += most_twice;
  }
  return twice >= kStacked * area_of({0, 0, line.words.size()}, line);
}

// For each line those of other engines that have words in the same place.
Related related_lines(const std::vector<Line>& lines) {
  Related related(lines.size());
  for (std::size_t a = 0; a < lines.size(); ++a) {
    for (std::size_t b = a + 1; b < lines.size(); ++b) {
      if (lines[a].engine == lines[b].engine) continue;
      if (shared_area(lines[a].label->box, lines[b].label->box) <= 0) continue;
      const auto [thin, thick] = std::minmax(lines[a].thickness, lines[b].thickness);
      if (thick > kSameThickness * thin || !same_place(whole(a, lines), whole(b, lines), lines))
        continue;
      related[a].push_back(b);
      related[b].push_back(a);
    }
  }
  std::vector<std::size_t> stacks;
  for (std::size_t a = 0; a < lines.size(); ++a)
    if (is_stack(lines[a], related[a], lines)) stacks.push_back(a);
  for (const std::size_t stack : stacks) {
    for (const std::size_t other : related[stack]) std::erase(related[other], stack);
    related[stack].clear();
  }
  return related;
}

double gap_before(const Line& line, std::size_t word) {
  const PixelBox& left = line.words[word - 1].box;
  const PixelBox& right = line.words[word].box;
  return std::max({right.left - left.right, left.left - right.right, right.top - left.bottom});
}

// Words before which the line is cut: where the words of one other line end and those of the next
// begin, at the widest gap of the words between them that belong to neither.
std::vector<std::size_t> cuts_of(const Line& line, const std::vector<std::size_t>& others,
                                 const std::vector<Line>& lines) {
  std::vector<std::size_t> cuts;
  std::size_t last_line = lines.size(), last_word = 0;
  for (std::size_t i = 0; i < line.words.size(); ++i) {
    std::size_t best = lines.size();
    double most = kSameArea * area(line.words[i].box);
    for (const std::size_t other : others) {
      const double part = shared(line.words[i].box, lines[other], whole(other, lines));
      if (part > most) {
        most = part;
        best = other;
      }
    }
    if (best == lines.size()) continue;
    if (last_line != lines.size() && best != last_line) {
      std::size_t cut = last_word + 1;
      for (std::size_t word = cut + 1; word <= i; ++word)
        if (gap_before(line, word) > gap_before(line, cut)) cut = word;
      cuts.push_back(cut);
    }
    last_line = best;
    last_word = i;
  }
  return cuts;
}

std::vector<Run> cut_lines(const std::vector<Line>& lines, const Related& related) {
  std::vector<Run> runs;
  for (std::size_t a = 0; a < lines.size(); ++a) {
    std::vector<std::size_t> cuts{0, lines[a].words.size()};
    std::map<std::size_t, std::vector<std::size_t>> by_engine;
    for (const std::size_t b : related[a]) by_engine[lines[b].engine].push_back(b);
    for (const auto& [engine, others] : by_engine) {
      const auto more = cuts_of(lines[a], others, lines);
      cuts.insert(cuts.end(), more.begin(), more.end());
    }
    std::sort(cuts.begin(), cuts.end());
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) runs.push_back({a, cuts[i], cuts[i + 1]});
  }
  return runs;
}

// Runs that belong together.
std::vector<std::vector<std::size_t>> connect(const std::vector<Run>& runs,
                                              const std::vector<Line>& lines,
                                              const Related& related) {
  std::vector<std::size_t> first_run(lines.size(), runs.size());
  for (std::size_t i = runs.size(); i-- > 0;) first_run[runs[i].line] = i;
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t i = 0; i < runs.size(); ++i)
    for (const std::size_t other : related[runs[i].line])
      for (std::size_t j = first_run[other]; j < runs.size() && runs[j].line == other; ++j)
        if (same_place(runs[i], runs[j], lines)) pairs.emplace_back(i, j);
  return connected(runs.size(), pairs);
}

LinePiece piece_of(const Run& run, const Line& line) {
  const std::string& text = line.label->text;
  const bool to_end = run.last == line.words.size();
  std::size_t begin = run.first == 0 ? 0 : line.words[run.first].begin;
  std::size_t end = to_end ? text.size() : line.words[run.last].begin;
  while (begin < end && text[begin] == ' ') ++begin;
  while (end > begin && text[end - 1] == ' ') --end;
  LinePiece piece{line.engine, line.region, line.line, begin, end, line.label->box};
  if (run.first == 0 && to_end) return piece;
  piece.box = line.words[run.first].box;
  for (std::size_t i = run.first; i < run.last; ++i)
    piece.box = around(piece.box, line.words[i].box);
  return piece;
}

}  // namespace

PixelBox around(const PixelBox& a, const PixelBox& b) {
  return {std::min(a.left, b.left), std::min(a.top, b.top), std::max(a.right, b.right),
          std::max(a.bottom, b.bottom)};
}

double area(const PixelBox& box) {
  return std::max(0.0, static_cast<double>(box.right) - box.left) *
         std::max(0.0, static_cast<double>(box.bottom) - box.top);
}

double shared_area(const PixelBox& a, const PixelBox& b) {
  return area({std::max(a.left, b.left), std::max(a.top, b.top), std::min(a.right, b.right),
               std::min(a.bottom, b.bottom)});
}

std::vector<LineGroup> align_lines(std::span<const EngineLabels> engines) {
  const std::vector<Line> lines = all_lines(engines);
  const auto related = related_lines(lines);
  const std::vector<Run> runs = cut_lines(lines, related);
  std::vector<LineGroup> groups;
  for (const auto& together : connect(runs, lines, related)) {
    LineGroup group;
    for (const std::size_t run : together) {
      const LinePiece piece = piece_of(runs[run], lines[runs[run].line]);
      if (piece.begin == piece.end) continue;
      group.box = group.pieces.empty() ? piece.box : around(group.box, piece.box);
      group.pieces.push_back(piece);
    }
    if (!group.pieces.empty()) groups.push_back(std::move(group));
  }
  std::stable_sort(groups.begin(), groups.end(), [](const LineGroup& a, const LineGroup& b) {
    return std::tie(a.box.top, a.box.left, a.box.bottom, a.box.right) <
           std::tie(b.box.top, b.box.left, b.box.bottom, b.box.right);
  });
  return groups;
}

}  // namespace dsocr::data

#include "data/label/ppocr/line_words.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "data/text/characters.h"

namespace dsocr::data {
namespace {

// A word reaches so far beyond the middle of its first and last character, in mean distances of its
// characters, where no other character is near.
constexpr float kReach = 0.75F;

// Characters of one word: first, and behind the last.
struct Run {
  std::size_t first, last;
};

std::vector<Run> find_runs(std::span<const ScriptClass> kinds) {
  std::vector<Run> runs;
  ScriptClass kind = ScriptClass::kBlank;  // of the run so far
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const ScriptClass here = kinds[i];
    const bool is_same = here == ScriptClass::kCommon || kind == ScriptClass::kCommon ||
                         (here == ScriptClass::kHan) == (kind == ScriptClass::kHan);
    const bool begins = kind == ScriptClass::kBlank || !is_same;
    if (begins || here != ScriptClass::kCommon) kind = here;
    if (here == ScriptClass::kBlank) continue;
    if (begins) runs.push_back({i, i});
    runs.back().last = i + 1;
  }
  return runs;
}

// Mean distance of neighbours among characters, of which there are two at least.
float mean_step(std::span<const ReadCharacter> characters) {
  return (characters.back().place - characters.front().place) /
         static_cast<float>(characters.size() - 1);
}

// Where a word ends between the middles of its last character and the next one: half way, or, since
// a blank is narrower than a letter, beyond that.
float border(const ReadCharacter& own, const ReadCharacter& next, bool is_blank) {
  constexpr float kTowardsBlank = 2.0F / 3;
  return own.place + (next.place - own.place) * (is_blank ? kTowardsBlank : 0.5F);
}

// Where the run begins and ends along the line.
std::pair<float, float> extent(std::span<const ReadCharacter> line,
                               std::span<const ScriptClass> kinds, const Run& run, float length) {
  const auto word = line.subspan(run.first, run.last - run.first);
  const auto step = word.size() > 1 ? mean_step(word) : line.size() > 1 ? mean_step(line) : length;
  float from = std::max(0.0F, word.front().place - kReach * step);
  float to = std::min(length, word.back().place + kReach * step);
  const auto border_at = [&](const ReadCharacter& own, std::size_t next) {
    return border(own, line[next], kinds[next] == ScriptClass::kBlank);
  };
  if (run.first > 0) from = std::max(from, border_at(word.front(), run.first - 1));
  if (run.last < line.size()) to = std::min(to, border_at(word.back(), run.last));
  return {from, to};
}

float mean_probability(std::span<const ReadCharacter> characters) {
  double sum = 0;
  for (const auto& character : characters) sum += character.probability;
  return static_cast<float>(sum / static_cast<double>(characters.size()));
}

}  // namespace

LineWords split_words(std::span<const ReadCharacter> characters, float length) {
  if (characters.empty()) return {};
  LineWords line{.text = {}, .confidence = mean_probability(characters), .words = {}};
  std::vector<ScriptClass> kinds;
  for (const auto& character : characters)
    kinds.push_back(script_class(to_code_points(character.text).front()));
  for (const Run& run : find_runs(kinds)) {
    if (run.first > 0 && kinds[run.first - 1] == ScriptClass::kBlank && !line.text.empty())
      line.text += ' ';
    WordSpan word{.begin = line.text.size()};
    for (std::size_t i = run.first; i < run.last; ++i) line.text += characters[i].text;
    word.end = line.text.size();
    std::tie(word.from, word.to) = extent(characters, kinds, run, length);
    word.confidence = mean_probability(characters.subspan(run.first, run.last - run.first));
    line.words.push_back(word);
  }
  return line;
}

}  // namespace dsocr::data

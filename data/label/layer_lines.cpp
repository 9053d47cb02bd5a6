#include "data/label/layer_lines.h"

#include <unicode/ubidi.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>

#include "data/label/align.h"
#include "data/text/characters.h"
#include "data/text/utf8.h"

namespace dsocr::data {
namespace {

// Shares of the lower height of two neighbours.
constexpr float kSameRow = 0.5F;     // that they have in common
constexpr float kOverlap = 1;        // by which one may reach into the other
constexpr float kWidestGap = 1.5F;   // between a word and the next
constexpr float kTouching = 0.3F;    // between words that Poppler has apart, and in other columns
constexpr float kLeastBlank = 0.1F;  // a narrower gap is no blank

float height_of(const PixelBox& box) { return box.bottom - box.top; }

float gap_between(const PixelBox& a, const PixelBox& b) {
  return std::max(b.left - a.right, a.left - b.right);
}

bool continues(const PixelBox& line, const PixelBox& word, float widest_gap) {
  const float height = std::min(height_of(line), height_of(word));
  const float common = std::min(line.bottom, word.bottom) - std::max(line.top, word.top);
  const float gap = gap_between(line, word);
  return common >= kSameRow * height && gap >= -kOverlap * height && gap <= widest_gap * height;
}

UCharDirection direction_of(char32_t c) { return u_charDirection(static_cast<UChar32>(c)); }

bool is_right_to_left(char32_t c) {
  const UCharDirection direction = direction_of(c);
  return direction == U_RIGHT_TO_LEFT || direction == U_RIGHT_TO_LEFT_ARABIC;
}

// A character of the line as it is seen.
struct Seen {
  char32_t character;
  std::size_t word;  // of the line from the left
};

// One UTF-16 unit that has the direction of the character.
char16_t stand_in(char32_t c) {
  if (c <= 0xFFFF) return static_cast<char16_t>(c);
  if (is_right_to_left(c)) return u'\u05D0';
  return direction_of(c) == U_LEFT_TO_RIGHT ? u'a' : u'!';
}

// The places of the characters of a line, in the order in which it is read.
std::vector<std::int32_t> reading_places(const std::vector<Seen>& line, bool right_to_left) {
  std::u16string units;
  for (const Seen& seen : line) units += stand_in(seen.character);
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UBiDi, decltype(&ubidi_close)> bidi(ubidi_open(), ubidi_close);
  if (bidi == nullptr) throw std::bad_alloc();
  ubidi_setInverse(bidi.get(), 1);
  ubidi_setPara(bidi.get(), units.data(), static_cast<std::int32_t>(units.size()),
                right_to_left ? UBiDiLevel{1} : UBiDiLevel{0}, nullptr, &status);
  std::vector<std::int32_t> places(line.size());
  ubidi_getVisualMap(bidi.get(), places.data(), &status);
  if (U_FAILURE(status)) throw std::runtime_error(u_errorName(status));
  return places;
}

bool has_blank(const LayerWord& left, const LayerWord& right, float unit) {
  const float gap = right.box.left - left.box.right;
  // A gap of one unit is not exactly one.
  if (gap < unit / 2 || gap < kLeastBlank * std::min(height_of(left.box), height_of(right.box)))
    return false;
  return !(sets_no_blanks(left.text.back()) && sets_no_blanks(right.text.front()));
}

// Half of the characters are in words that are not higher: boxes are as high as their fonts.
float middle_height(std::span<const LayerWord> words, std::size_t num_characters) {
  std::vector<std::pair<float, std::size_t>> heights;
  for (const LayerWord& word : words) heights.emplace_back(height_of(word.box), word.text.size());
  std::sort(heights.begin(), heights.end());
  std::size_t below = 0;
  for (const auto& [height, size] : heights) {
    below += size;
    if (2 * below >= num_characters) return height;
  }
  return 0;
}

std::vector<Seen> characters_of(std::span<const LayerWord> words, float unit) {
  std::vector<Seen> line;
  for (std::size_t w = 0; w < words.size(); ++w) {
    if (w > 0 && has_blank(words[w - 1], words[w], unit)) line.push_back({U' ', words.size()});
    for (const char32_t c : words[w].text) line.push_back({c, w});
  }
  return line;
}

bool reads_from_the_right(const std::vector<Seen>& line) {
  std::ptrdiff_t balance = 0;
  for (const Seen& seen : line) {
    if (is_right_to_left(seen.character)) ++balance;
    if (direction_of(seen.character) == U_LEFT_TO_RIGHT) --balance;
  }
  return balance > 0;
}

// Words of one line from left to right.
LayerLine make_line(std::span<const LayerWord> words, float unit) {
  LayerLine result;
  LabelLine& line = result.line;
  double sum = 0;
  std::size_t count = 0;
  for (const LayerWord& word : words) {
    line.box = count == 0 ? word.box : around(line.box, word.box);
    sum += static_cast<double>(word.confidence) * static_cast<double>(word.text.size());
    count += word.text.size();
  }
  line.confidence = static_cast<float>(sum / static_cast<double>(count));
  result.height = middle_height(words, count);
  const std::vector<Seen> seen = characters_of(words, unit);
  result.right_to_left = reads_from_the_right(seen);
  std::size_t last = words.size();
  for (const std::int32_t place : reading_places(seen, result.right_to_left)) {
    const auto& [character, word] = seen[static_cast<std::size_t>(place)];
    if (word < words.size() && word != last)
      line.words.push_back({.begin = line.text.size(),
                            .box = words[word].box,
                            .confidence = words[word].confidence});
    append_utf8(line.text, character);
    if (word < words.size()) line.words.back().end = line.text.size();
    last = word;
  }
  return result;
}

}  // namespace

std::vector<LayerLine> layer_lines(std::span<const LayerWord> words, float unit) {
  struct Row {
    std::vector<LayerWord> words;
    PixelBox box;
  };
  std::vector<Row> rows;
  for (const LayerWord& word : words) {
    const auto found = std::find_if(rows.rbegin(), rows.rend(), [&](const Row& row) {
      return continues(row.box, word.box, &row == &rows.back() ? kWidestGap : kTouching);
    });
    Row& row = found == rows.rend() ? rows.emplace_back(Row{{}, word.box}) : *found;
    row.box = around(row.box, word.box);
    row.words.push_back(word);
  }
  std::vector<LayerLine> lines;
  for (Row& row : rows) {
    std::stable_sort(
        row.words.begin(), row.words.end(),
        [](const LayerWord& a, const LayerWord& b) { return a.box.left < b.box.left; });
    lines.push_back(make_line(row.words, unit));
  }
  return lines;
}

}  // namespace dsocr::data

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dsocr::data {

/// Left, top, right and bottom: on the model's grid of 0..999 or in pixels.
struct Box {
  int x1 = 0;
  int y1 = 0;
  int x2 = 0;
  int y2 = 0;

  bool operator==(const Box&) const = default;
};

inline constexpr int kMaxCoordinate = 999;

/// One `<|ref|>LABEL<|/ref|><|det|>BOXES<|/det|>` of a text.
struct Reference {
  std::string label;
  std::string det;        // between the det tags, as it stands
  std::size_t begin = 0;  // bytes of the whole reference in the text
  std::size_t end = 0;
  std::vector<Box> boxes;  // on the grid; see parse_boxes()
};

/// The references of a model's output in their order (spec: model, section 8.2): each from the
/// first opening tag to the nearest closing ones, over line breaks. Takes linear time on any text;
/// opening tags that are never closed are no reference.
std::vector<Reference> find_references(std::string_view text);

/// The boxes of `[[x1, y1, x2, y2], ...]`, whole numbers of 0..999. Text of any other form gives
/// none; a box with a wrong count of numbers, or a number above 999, ends the list.
std::vector<Box> parse_boxes(std::string_view det);

/// The box in pixels of an image: int(v / 999 * size), cut to whole pixels.
Box to_pixels(const Box& box, std::int64_t width, std::int64_t height);

/// The text of a reference, which find_references() reads back. Throws DataError (recoverable) for
/// a number outside 0..999 or a label that contains the tags at its end.
std::string format_reference(std::string_view label, std::span<const Box> boxes);

}  // namespace dsocr::data

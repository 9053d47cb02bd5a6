#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/image/image.h"
#include "data/page.h"

namespace dsocr::data {

/// Left, top, right and bottom in pixels of the page: right and bottom lie outside of it.
struct PixelBox {
  float left = 0, top = 0, right = 0, bottom = 0;

  bool operator==(const PixelBox&) const = default;
};

/// A word, or of scripts without spaces any run of characters, that an engine is sure of as a
/// whole.
struct LabelWord {
  std::size_t begin = 0, end = 0;  // bytes of the line's text
  PixelBox box = {};
  float confidence = 0;  // 0..1, as the engine gives it

  bool operator==(const LabelWord&) const = default;
};

struct LabelLine {
  std::string text = {};  // UTF-8 in logical order, one space between words
  PixelBox box = {};
  float confidence = 0;
  std::vector<LabelWord> words = {};  // in the order of the text, without overlap

  bool operator==(const LabelLine&) const = default;
};

/// A part of the layout with its lines in reading order.
struct LabelRegion {
  std::string category = "text";  // one of kLabelCategories
  PixelBox box = {};
  float confidence = 0;  // that the part is there and of this category
  std::vector<LabelLine> lines = {};

  bool operator==(const LabelRegion&) const = default;
};

/// What one engine says of a page: its parts in reading order.
struct PageLabels {
  std::vector<LabelRegion> regions = {};

  bool operator==(const PageLabels&) const = default;
};

/// The names that DeepSeek-OCR gives to parts of a layout, and those that engines add to them.
inline constexpr std::string_view kLabelCategories[] = {
    "title",         "sub_title", "text",      "image",  "image_caption", "table",
    "table_caption", "equation",  "reference", "header", "footer",        "page_number"};

/// Which program labelled, so that its labels are not mixed with those of another version.
struct LabellerInfo {
  std::string name = {};     // as it was asked for: tesseract:eng+chi_sim
  std::string version = {};  // of the program, and of what is made of its answers here
  std::vector<std::pair<std::string, std::string>> models = {};  // name of a file, its SHA-256

  bool operator==(const LabellerInfo&) const = default;
};

/// An engine that labels pages. For one thread; several may be used side by side.
class Labeller {
 public:
  virtual ~Labeller() = default;

  virtual LabellerInfo info() const = 0;

  /// `page` is where `image` was decoded from. A page with nothing on it has no regions. Throws a
  /// recoverable DataError for a page that the engine cannot take.
  virtual PageLabels label(const Image& image, const Page& page) = 0;
};

/// A kind of engine for `dsocr data label --with NAME:ARGUMENTS`.
struct LabellerKind {
  const char* name;
  const char* doc;
  std::unique_ptr<Labeller> (*open)(const std::string& arguments);
};

std::span<const LabellerKind> labeller_kinds();

/// The engine of "NAME" or "NAME:ARGUMENTS". Throws DataError naming the kinds nearest to an
/// unknown name, and what its open throws: an unknown language, a missing or damaged model, each
/// with what to install.
std::unique_ptr<Labeller> open_labeller(const std::string& name);

}  // namespace dsocr::data

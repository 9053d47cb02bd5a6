#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/image/image.h"
#include "data/render/document.h"
#include "data/render/page_style.h"

namespace dsocr::data {

/// Pixels at 96 dpi, along the lines of text: in vertical writing x goes down the page and y from
/// its right side to the left.
struct Rect {
  double left = 0, top = 0, right = 0, bottom = 0;

  void include(const Rect& other);
};

struct SetBlock {
  std::string category;  // title, sub_title, text, list, table, rule
  std::string text;      // UTF-8; a table's as HTML
  Rect box;              // of the ink and a little room, a table's with its lines
};

struct SetGlyph {
  std::string text;  // the characters that it stands for
  Rect box;          // of its ink
};

/// A page whose text is set, but not drawn.
struct SetPage {
  double width = 0, height = 0;       // of the page as it stands
  std::vector<SetBlock> blocks = {};  // in reading order
  Place end = {};                     // in the elements given: where the page was full
  std::string refused = {};           // why it ends before an element that cannot be set
  std::vector<Place> breaks = {};     // where lines begin inside of paragraphs and list items

  struct Lines;
  std::shared_ptr<const Lines> lines = {};  // what is drawn
};

/// More characters than the page can hold; for a page as high as its text, than any can.
std::size_t most_characters(const PageStyle& style);

/// Sets text with Pango: shapes it, breaks it into lines and fills pages. One for each thread.
class Typesetter {
 public:
  Typesetter();
  ~Typesetter();
  Typesetter(const Typesetter&) = delete;
  Typesetter& operator=(const Typesetter&) = delete;

  /// As much of the elements as the page holds. Throws a recoverable DataError when the first has a
  /// character that no installed font has, or is too high for the page.
  SetPage set(std::span<const Element> elements, const PageStyle& style) const;

  /// Installed font families, sorted.
  std::vector<std::string> families() const;

 private:
  struct Fonts;
  std::unique_ptr<Fonts> fonts_;
};

/// The one of the calling thread, which keeps the fonts it has found.
const Typesetter& thread_typesetter();

/// The page in the colours of the style, at its resolution. These two for the thread that set it.
Image draw(const SetPage& page, const PageStyle& style);
/// In the order of the text, also in lines that are read from right to left.
std::vector<SetGlyph> glyphs_of(const SetPage& page);

}  // namespace dsocr::data

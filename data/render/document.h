#pragma once

#include <compare>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/render/table.h"

namespace dsocr::data {

enum class ElementKind { kTitle, kParagraph, kListItem, kTable, kRule };

/// A piece of a text that is set as one.
struct Element {
  ElementKind kind = ElementKind::kParagraph;
  int level = 1;          // title: 1..6; list item: depth from 1
  std::string mark = {};  // list item: "-" or "3."
  std::string text = {};  // UTF-8, white space single blanks; a table's as HTML
  std::shared_ptr<const Table> table = {};
  bool right_to_left = false;
  bool continued = false;  // the rest of one that began on another page

  /// Whether lines of it may go to another page.
  bool splits() const { return kind == ElementKind::kParagraph || kind == ElementKind::kListItem; }
};

struct Document {
  std::string id = {};
  std::string language = {};  // BCP 47, empty: not known
  std::vector<Element> elements = {};
};

/// A place in a document, between two of its bytes.
struct Place {
  std::size_t element = 0, byte = 0;
  // clang-tidy 14 takes the 0 of a comparison that the compiler writes for a null pointer.
  auto operator<=>(const Place&) const = default;  // NOLINT(modernize-use-nullptr)
};

/// Paragraphs of a plain text. With `join_lines` an empty line ends one, else every line does.
/// Lines are joined by a blank, but between two Chinese or Japanese characters by nothing.
std::vector<Element> parse_plain(std::string_view text, bool join_lines);

/// Elements of a Markdown text with tables (also as HTML). Marks within a line are left out, of
/// images and code blocks the words stay. Throws DataError: a table that cannot be read.
std::vector<Element> parse_markdown(std::string_view text);

/// What lies between two places; blanks at a cut are left out.
std::vector<Element> cut(const Document& document, Place from, Place to);

/// The place itself, or behind the blanks that it stands before; those and the end of a text are
/// nothing to begin a page with.
Place skip_blanks(const Document& document, Place place);

/// The text that a reader should give: Markdown with tables as HTML, rules left out.
std::string to_text(std::span<const Element> elements);

/// The elements with new lines at these places, in their order, instead of the blanks before them.
std::vector<Element> break_lines(std::span<const Element> elements, std::span<const Place> breaks);

bool is_right_to_left(const std::string& text);

/// The text with every run of white space made one blank and none at its ends.
std::string single_blanks(std::string_view text);

}  // namespace dsocr::data

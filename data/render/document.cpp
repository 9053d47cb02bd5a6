#include "data/render/document.h"

#include <unicode/ubidi.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "data/text/characters.h"

namespace dsocr::data {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\f\v";

bool is_blank(char c) { return kBlanks.find(c) != std::string_view::npos; }

// A character of a text that is not empty.
char32_t first_of(std::string_view text) {
  return static_cast<char32_t>(
      icu::UnicodeString::fromUTF8(
          {text.data(), static_cast<std::int32_t>(std::min<std::size_t>(text.size(), 4))})
          .char32At(0));
}

char32_t last_of(std::string_view text) {
  std::size_t start = text.size() - 1;
  while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xc0) == 0x80) --start;
  return first_of(text.substr(start));
}

void add_line(std::string& paragraph, const std::string& line) {
  if (!paragraph.empty() && !(sets_no_blanks(last_of(paragraph)) && sets_no_blanks(first_of(line))))
    paragraph += ' ';
  paragraph += line;
}

}  // namespace

bool is_right_to_left(const std::string& text) {
  const icu::UnicodeString units = icu::UnicodeString::fromUTF8(text);
  return ubidi_getBaseDirection(units.getBuffer(), units.length()) == UBIDI_RTL;
}

std::string single_blanks(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (!is_blank(c))
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::vector<Element> parse_plain(std::string_view text, bool join_lines) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // byte order mark
  std::vector<Element> elements;
  std::string paragraph;
  const auto end_paragraph = [&] {
    if (!paragraph.empty())
      elements.push_back({.text = paragraph, .right_to_left = is_right_to_left(paragraph)});
    paragraph.clear();
  };
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string line = single_blanks(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!line.empty()) add_line(paragraph, line);
    if (line.empty() || !join_lines) end_paragraph();
  }
  end_paragraph();
  return elements;
}

std::vector<Element> cut(const Document& document, Place from, Place to) {
  std::vector<Element> elements;
  for (std::size_t i = from.element; i < document.elements.size() && Place{i, 0} < to; ++i) {
    Element element = document.elements[i];
    if (i == to.element) element.text.resize(to.byte);
    if (i == from.element && from.byte > 0) {
      element.text.erase(0, from.byte);
      element.continued = true;
    }
    if (element.splits()) {
      element.text = single_blanks(element.text);
      if (element.text.empty()) continue;
    }
    elements.push_back(std::move(element));
  }
  return elements;
}

Place skip_blanks(const Document& document, Place place) {
  while (place.byte > 0 && place.element < document.elements.size()) {
    const std::string& text = document.elements[place.element].text;
    place.byte = text.find_first_not_of(' ', place.byte);
    if (place.byte != std::string::npos) break;
    place = {place.element + 1, 0};
  }
  return place;
}

std::string to_text(std::span<const Element> elements) {
  std::string text;
  const Element* before = nullptr;
  for (const Element& element : elements) {
    if (element.kind == ElementKind::kRule) continue;
    const bool in_list = before != nullptr && before->kind == ElementKind::kListItem &&
                         element.kind == ElementKind::kListItem;
    if (before != nullptr) text += in_list ? "\n" : "\n\n";
    if (element.kind == ElementKind::kTitle)
      text += std::string(static_cast<std::size_t>(element.level), '#') + " ";
    if (element.kind == ElementKind::kListItem && !element.continued)
      text +=
          std::string(static_cast<std::size_t>(2 * (element.level - 1)), ' ') + element.mark + " ";
    text += element.text;
    before = &element;
  }
  return text;
}

std::vector<Element> break_lines(std::span<const Element> elements, std::span<const Place> breaks) {
  std::vector<Element> broken(elements.begin(), elements.end());
  for (auto at = breaks.rbegin(); at != breaks.rend(); ++at) {
    std::string& text = broken.at(at->element).text;
    std::size_t blank = at->byte;
    while (blank > 0 && text[blank - 1] == ' ') --blank;
    text.replace(blank, at->byte - blank, "\n");
  }
  return broken;
}

}  // namespace dsocr::data

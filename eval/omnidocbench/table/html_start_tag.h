#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench {

struct HtmlAttribute {
  std::u32string name;   // in lower case
  std::u32string value;  // references decoded; empty when there is none
};

struct HtmlStartTag {
  std::u32string name;  // in lower case
  std::vector<HtmlAttribute> attributes;
  bool self_closing = false;  // `<name/>`
  bool is_text = false;       // no tag after all: [start, end) is text
  size_t end = 0;             // behind the `>`
};

/// Reads start tags as html.parser of CPython 3.11 does (spec: OmniDocBench, section 4.4, step 1).
/// Tags that are cut off by the end of the text begin inside each other: what one of them has seen
/// is remembered, so that all together take linear time.
class HtmlStartTagScanner {
 public:
  /// `text` must outlive the scanner.
  explicit HtmlStartTagScanner(std::u32string_view text) : text_(text) {}

  /// The tag that starts at `at`, where `<` and an ASCII letter stand; nullopt when the text ends
  /// within it.
  std::optional<HtmlStartTag> scan(size_t at);

 private:
  // The end of a run of characters, with the last run remembered.
  struct Run {
    size_t from = 1, to = 0;
  };
  struct Attribute {
    size_t name_end = 0, value_begin = 0, value_end = 0;  // no value: 0, 0
    size_t end = 0;                                       // of the blanks and slashes behind it
  };

  template <class Ends>
  size_t run_end(Run& run, size_t from, Ends ends) const;
  size_t skip_spaces(size_t at) const;
  size_t skip_separators(size_t at) const;
  size_t closing_quote(size_t at);
  std::optional<Attribute> attribute(size_t at);
  void add_value(Attribute& attribute);
  HtmlAttribute decode(size_t begin, const Attribute& attribute) const;

  std::u32string_view text_;
  Run tag_names_, spaces_, attribute_names_, bare_values_;
  std::optional<size_t> last_double_quote_, last_single_quote_;
  std::vector<bool> dead_;  // places whose attributes run into the end of the text
};

/// str.lower() of a name.
std::u32string lower_name(std::u32string_view name);

/// True for the characters that end the name of a tag.
constexpr bool ends_tag_name(char32_t c) {
  return c == U'\t' || c == U'\n' || c == U'\r' || c == U'\f' || c == U' ' || c == U'/' ||
         c == U'>' || c == 0;
}

}  // namespace dsocr::omnidocbench

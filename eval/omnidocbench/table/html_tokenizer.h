#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "eval/omnidocbench/table/html_start_tag.h"

namespace dsocr::omnidocbench {

/// Markup that Python's html.parser refuses (`<![` with an unknown or missing keyword).
class HtmlRejected : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Receives what stands in an HTML text, in order. Names are in lower case.
class HtmlHandler {
 public:
  virtual ~HtmlHandler() = default;
  /// No end tag is reported for a self-closing one.
  virtual void start_tag(HtmlStartTag tag) = 0;
  virtual void end_tag(std::u32string name) = 0;
  virtual void text(std::u32string_view characters) = 0;
  /// Digits, or `x` and hexadecimal digits, of `&#..;`.
  virtual void character_reference(std::u32string_view number) = 0;
  virtual void entity_reference(std::u32string_view name) = 0;
  virtual void comment(std::u32string_view content) = 0;
  /// From "DOCTYPE" on.
  virtual void doctype(std::u32string_view content) = 0;
  virtual void instruction(std::u32string_view content) = 0;
  /// Content of `<![ .. ]]>` or `<![ .. ]>`.
  virtual void marked_section(std::u32string_view content) = 0;
};

/// Cuts a text into tags, text and the rest as html.parser of CPython 3.11.7 does with
/// convert_charrefs=False, feed() and close() (spec: OmniDocBench, section 4.4, step 1). Time is
/// linear in the length. Throws HtmlRejected.
void tokenize_html(std::u32string_view text, HtmlHandler& handler);

}  // namespace dsocr::omnidocbench

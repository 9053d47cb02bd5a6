#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/cdm/cdm.h"
#include "eval/omnidocbench/latex/latex_to_text.h"
#include "eval/omnidocbench/markdown/markdown.h"
#include "eval/omnidocbench/match/page_lines.h"
#include "eval/omnidocbench/table/html_tokenizer.h"
#include "eval/omnidocbench/table/table_html.h"
#include "eval/omnidocbench/table/teds.h"
#include "eval/omnidocbench/text/formula_lines.h"
#include "eval/omnidocbench/text/formula_norm.h"

// What fuzzers and the test over their corpus feed with any bytes. Refusing a text is fine where
// the function says that it may.
namespace dsocr::test {

/// UTF-8 where the bytes are, else a character a byte.
inline std::u32string any_text(std::string_view bytes) {
  try {
    return metrics::decode_utf8(bytes);
  } catch (const std::invalid_argument&) {
    std::u32string text;
    for (const char byte : bytes) text.push_back(static_cast<unsigned char>(byte));
    return text;
  }
}

inline void feed_markdown(std::string_view bytes) {
  using namespace omnidocbench;
  const std::u32string text = any_text(bytes);
  for (const Rules rules :
       {Rules(Version::k10), Rules(Version::k15), Rules(Version::k17), Rules(Version::k15, true)}) {
    try {
      prediction_lines(split_formulas(grouped(parse_markdown(text, rules)), rules), rules);
    } catch (const std::runtime_error&) {
      // too many open tables
    }
  }
}

inline void feed_table(std::string_view bytes) {
  using namespace omnidocbench;
  const std::u32string text = any_text(bytes);
  try {
    const std::u32string a = normalise_table(text, Version::k15);
    const std::u32string b = normalise_table(text, Version::k17);
    table_cell_texts(text);
    cell_texts(text);
    teds(a, b);
    teds(text, a);
  } catch (const std::runtime_error&) {
    // what html.parser refuses too, or beyond the limits
  }
}

inline void feed_formula(std::string_view bytes) {
  using namespace omnidocbench;
  const std::u32string text = any_text(bytes);
  for (const Version version : {Version::k10, Version::k15, Version::k17})
    normalise_formula(text, version);
  split_array(text, 0);
  split_multiline(text, 0);
  logic_braces(text);
  for (const Pylatexenc version : {Pylatexenc::k210, Pylatexenc::k30a30}) {
    try {
      latex_to_text(text, version);
    } catch (const LatexError&) {
      // as the original library
    }
  }
  std::string utf8;
  try {
    utf8 = metrics::encode_utf8(text);
  } catch (const std::invalid_argument&) {
    return;
  }
  for (const Version version : {Version::k15, Version::k17}) cdm::prepare_formula(utf8, version);
}

}  // namespace dsocr::test

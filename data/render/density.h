#pragma once

#include <cstdint>

#include "data/render/document.h"
#include "data/text/tokenizer.h"

namespace dsocr::data {

/// A piece of a document with no more than so many tokens.
struct Filling {
  Place end = {};
  std::int64_t tokens = 0;  // of to_text()
  bool full = false;        // all tokens, or the next word would be too much
};

/// As much of the document from a place on as has at most `tokens` tokens. It ends where a line
/// may. Throws a recoverable DataError when not even the first piece fits: a table or title, which
/// are not cut, or a word.
Filling fill_tokens(const Document& document, Place from, std::int64_t tokens,
                    const Tokenizer& tokenizer);

}  // namespace dsocr::data

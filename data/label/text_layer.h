#pragma once

#include <memory>
#include <string>

#include "data/label/labeller.h"

namespace dsocr::data {

/// The text layer that `dsocr data pack` took from a PDF: words are joined to lines, paragraphs and
/// titles in reading order. Formulas and tables come as the pieces of text that they are made of. A
/// page whose source was no PDF, or had no text layer, has no regions. Words under which the page
/// has no ink are left out. The confidence is 0.95 for a sound layer, as nothing tells those that
/// an OCR program made; it falls with the share of characters that a layer with broken tables gives
/// (U+FFFD, private use, controls) and of words that cannot be seen, to 0 where half of the page is
/// of these kinds. Throws DataError for arguments: it takes none.
std::unique_ptr<Labeller> open_text_layer(const std::string& arguments);

}  // namespace dsocr::data

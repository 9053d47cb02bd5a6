#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace dsocr::data {

/// The text that ends a model's output when it stopped by itself.
inline constexpr std::string_view kEosText = "<\uff5cend\u2581of\u2581sentence\uff5c>";

/// What the official PDF script puts after each page's text.
inline constexpr std::string_view kPageSplit = "\n\n<--- Page Split --->\n";

/// The three ways of the official code to make Markdown of a model's output (spec: model, section
/// 8.2). `output` is decoded with special tokens, UTF-8. Time grows with references x length.

/// Hugging Face and single image: without eos text and outer white space; the k-th reference to an
/// image becomes `![](images/k.jpg)` and a line break, other references are removed.
std::string clean_up_image(std::string_view output);

/// OmniDocBench batch: formulas without their numbers, no references, images or <center> tags, no
/// runs of empty lines. The eos text stays.
std::string clean_up_omnidocbench(std::string_view output);

/// One page of a PDF; images are `images/{page}_{k}.jpg`, page and k from 0. Nothing for a page
/// without eos text, which ran away, when `skip_repeat` is on.
std::optional<std::string> clean_up_pdf_page(std::string_view output, std::size_t page,
                                             bool skip_repeat = true);

}  // namespace dsocr::data

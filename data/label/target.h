#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/page.h"

namespace dsocr::data {

/// What a page's answer is made of: kPage, its text as the store has it; of its labelled parts in
/// reading order kPlain, one a line without tables and formulas marked as such; kMarkdown, with
/// titles, formulas and empty lines between parts; kGrounded, as DeepSeek-OCR writes after
/// "<|grounding|>", category and box before each part (spec: model, section 8.2).
enum class AnswerTarget { kPage, kPlain, kMarkdown, kGrounded };
std::span<const std::pair<std::string_view, AnswerTarget>> enum_names(AnswerTarget);

/// Whether a block is a part of the layout that is read: not a word, a glyph, or outside of the
/// order.
bool is_layout(const Block& block);

struct TargetText {
  std::string text = {};  // UTF-8
  // Bytes that are not to be learnt: parts that nobody is sure of. Begin and end, growing.
  std::vector<std::pair<std::size_t, std::size_t>> masked = {};
};

/// The answer of blocks; not for kPage. Blocks outside of the reading order, and words and glyphs,
/// are left out. A block whose confidence is known and below `keep_over` is written and masked,
/// with the white space behind it. Throws DataError (recoverable) for a text that holds "<|ref|>".
TargetText format_target(std::span<const Block> blocks, AnswerTarget target, float keep_over);

/// A part's text without the marks that Markdown puts around parts of its category.
std::string_view without_marks(std::string_view text, std::string_view category);

/// The blocks of a grounded answer: format_target() gives it back. Text before the first reference
/// and references without exactly one box are left out. Confidence and labeller are not said there.
std::vector<Block> parse_grounded(std::string_view answer);

/// The confidence that a page's labels must have to be learnt, as `dsocr data label` notes it in
/// the page's meta data: a JSON object, or nothing. 0 where nothing is noted.
std::string with_threshold(const std::string& meta, double keep_over);
double noted_threshold(const std::string& meta);

}  // namespace dsocr::data

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace dsocr::omnidocbench {

/// A LaTeX environment in a text, places in code points.
struct Environment {
  std::u32string_view name;
  std::u32string_view first_group;  // the inside of the first `{..}` after the tag, empty if none
  size_t body_begin, body_end;      // after the groups; up to `\end{name}`
  size_t end;                       // after `\end{name}`
};

/// True for the environments of several lines that may be split: array, aligned, gather, cases...
/// (spec: OmniDocBench v1.6/1.7, section 4)
bool is_multiline_environment(std::u32string_view name);

/// The name in `\begin{name}` at the start of the text; nothing if there is none.
std::optional<std::u32string_view> begin_tag(std::u32string_view text);

/// The environment of several lines that starts at the start of the text; nothing if there is none
/// or if it does not end. Environments of the same name may stand in it.
std::optional<Environment> multiline_environment(std::u32string_view text);

/// True if a text holds the start of another block of several lines ("nested").
bool has_nested_environment(std::u32string_view body);

/// True if a text holds an arrow or word of reasoning ("logic").
bool has_logic(std::u32string_view text);

}  // namespace dsocr::omnidocbench

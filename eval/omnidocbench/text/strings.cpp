#include "eval/omnidocbench/text/strings.h"

#include <algorithm>

#include "eval/normalize/unicode.h"

namespace dsocr::omnidocbench {

using metrics::is_python_space;

std::u32string_view lstrip(std::u32string_view text) {
  while (!text.empty() && is_python_space(text.front())) text.remove_prefix(1);
  return text;
}

std::u32string_view rstrip(std::u32string_view text) {
  while (!text.empty() && is_python_space(text.back())) text.remove_suffix(1);
  return text;
}

std::u32string_view strip(std::u32string_view text) { return lstrip(rstrip(text)); }

std::u32string_view strip(std::u32string_view text, std::u32string_view chars) {
  const size_t first = text.find_first_not_of(chars);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(chars) + 1 - first);
}

std::u32string replace_all(std::u32string_view text, std::u32string_view from,
                           std::u32string_view to) {
  std::u32string out;
  size_t at = 0;
  for (size_t hit = text.find(from); hit != text.npos; hit = text.find(from, at)) {
    out.append(text.substr(at, hit - at)).append(to);
    at = hit + from.size();
  }
  return out.append(text.substr(at));
}

std::u32string remove_all(std::u32string_view text,
                          std::initializer_list<std::u32string_view> literals) {
  std::u32string out(text);
  for (const std::u32string_view literal : literals)
    if (contains(out, literal)) out = replace_all(out, literal, {});
  return out;
}

std::vector<std::u32string> split(std::u32string_view text, std::u32string_view separator) {
  std::vector<std::u32string> parts;
  size_t at = 0;
  for (size_t hit = text.find(separator); hit != text.npos; hit = text.find(separator, at)) {
    parts.emplace_back(text.substr(at, hit - at));
    at = hit + separator.size();
  }
  parts.emplace_back(text.substr(at));
  return parts;
}

std::u32string join(const std::vector<std::u32string>& parts, std::u32string_view separator) {
  std::u32string out;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out.append(separator);
    out.append(parts[i]);
  }
  return out;
}

bool contains(std::u32string_view text, std::u32string_view part) {
  return text.find(part) != text.npos;
}

bool contains_any(std::u32string_view text, std::initializer_list<std::u32string_view> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::u32string_view part) { return contains(text, part); });
}

size_t ascii_letters_from(std::u32string_view text, size_t at) {
  const size_t start = at;
  while (at < text.size() && is_ascii_letter(text[at])) ++at;
  return at - start;
}

std::u32string collapse_spaces(std::u32string_view text) {
  std::u32string out;
  for (const std::u32string_view word : metrics::split_whitespace(text)) {
    if (!out.empty()) out.push_back(U' ');
    out.append(word);
  }
  return out;
}

std::u32string without_spaces(std::u32string_view text) {
  std::u32string out;
  for (const char32_t c : text)
    if (!is_python_space(c)) out.push_back(c);
  return out;
}

}  // namespace dsocr::omnidocbench

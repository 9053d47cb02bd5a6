#include "data/text/clean_up.h"

#include <vector>

#include "data/text/grounding.h"

namespace dsocr::data {
namespace {

constexpr std::string_view kImageReference = "<|ref|>image<|/ref|>";

// Python's str.replace().
void replace_all(std::string& text, std::string_view from, std::string_view to) {
  std::size_t found = text.find(from);
  if (found == std::string::npos) return;
  std::string replaced;
  std::size_t done = 0;
  for (; found != std::string::npos; found = text.find(from, done)) {
    replaced.append(text, done, found - done).append(to);
    done = found + from.size();
  }
  text = replaced.append(text, done);
}

// Bytes of the white space (Python's str.isspace) that a UTF-8 text begins with, 0 when none.
std::size_t leading_space(std::string_view text) {
  if (text.empty()) return 0;
  const char first = text[0];
  if (first == ' ' || (first >= '\t' && first <= '\r') || (first >= '\x1c' && first <= '\x1f')) {
    return 1;
  }
  for (const std::string_view space :
       {"\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005",
        "\u2006", "\u2007", "\u2008", "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f",
        "\u3000"}) {
    if (text.starts_with(space)) return space.size();
  }
  return 0;
}

std::string_view skip_space(std::string_view text) {
  while (const std::size_t bytes = leading_space(text)) text.remove_prefix(bytes);
  return text;
}

std::string_view strip(std::string_view text) {
  text = skip_space(text);
  std::size_t end = 0;  // of the last character that is no space
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t space = leading_space(text.substr(i));
    i += space > 0 ? space : 1;
    if (space == 0) end = i;
  }
  return text.substr(0, end);
}

// re.sub(r'\\quad\s*\([^)]*\)', '', formula)
std::string without_numbers(std::string_view formula) {
  constexpr std::string_view kQuad = "\\quad";
  std::string kept;
  while (true) {
    const std::size_t quad = formula.find(kQuad);
    if (quad == std::string_view::npos) return kept.append(formula);
    const std::string_view after = skip_space(formula.substr(quad + kQuad.size()));
    if (!after.starts_with('(')) {
      kept.append(formula.substr(0, quad + kQuad.size()));
      formula.remove_prefix(quad + kQuad.size());
      continue;
    }
    const std::size_t close = after.find(')');
    if (close == std::string_view::npos) return kept.append(formula);
    kept.append(formula.substr(0, quad));
    formula = after.substr(close + 1);
  }
}

// Cleans what stands in `\[ ... \]` on one line.
std::string clean_formulas(std::string_view text) {
  constexpr std::string_view kBegin = "\\[";
  constexpr std::string_view kEnd = "\\]";
  std::string cleaned;
  while (true) {
    const std::size_t begin = text.find(kBegin);
    if (begin == std::string_view::npos) return cleaned.append(text);
    const std::size_t inside = begin + kBegin.size();
    const std::string_view line = text.substr(inside, text.find('\n', inside) - inside);
    const std::size_t length = line.find(kEnd);
    if (length == std::string_view::npos) {  // for any other beginning on this line, too
      cleaned.append(text.substr(0, inside + line.size()));
      text.remove_prefix(inside + line.size());
      continue;
    }
    const std::string formula = without_numbers(line.substr(0, length));
    cleaned.append(text.substr(0, begin)).append(kBegin).append(strip(formula)).append(kEnd);
    text.remove_prefix(inside + length + kEnd.size());
  }
}

void shorten_empty_lines(std::string& text) {
  replace_all(text, "\n\n\n\n", "\n\n");
  replace_all(text, "\n\n\n", "\n\n");
}

// The texts of all references, with their tags.
struct References {
  std::vector<std::string> all;
  std::vector<std::string> images;
  std::vector<std::string> others;
};

References references_in(std::string_view text) {
  References references;
  for (const Reference& found : find_references(text)) {
    const std::string& whole =
        references.all.emplace_back(text.substr(found.begin, found.end - found.begin));
    const bool image = whole.find(kImageReference) != std::string::npos;
    (image ? references.images : references.others).push_back(whole);
  }
  return references;
}

void replace_images(std::string& text, const std::vector<std::string>& images,
                    const std::string& name_start) {
  for (std::size_t k = 0; k < images.size(); ++k) {
    replace_all(text, images[k], "![](images/" + name_start + std::to_string(k) + ".jpg)\n");
  }
}

void remove_reference(std::string& text, const std::string& reference) {
  replace_all(text, reference, "");
  replace_all(text, "\\coloneqq", ":=");
  replace_all(text, "\\eqqcolon", "=:");
}

}  // namespace

std::string clean_up_image(std::string_view output) {
  if (output.ends_with(kEosText)) output.remove_suffix(kEosText.size());
  std::string text(strip(output));
  const References references = references_in(text);
  replace_images(text, references.images, "");
  for (const std::string& reference : references.others) remove_reference(text, reference);
  return text;
}

std::string clean_up_omnidocbench(std::string_view output) {
  std::string text = clean_formulas(output);
  for (const std::string& reference : references_in(text).all) {
    replace_all(text, reference, "");
    shorten_empty_lines(text);
    replace_all(text, "<center>", "");
    replace_all(text, "</center>", "");
  }
  return text;
}

std::optional<std::string> clean_up_pdf_page(std::string_view output, std::size_t page,
                                             bool skip_repeat) {
  std::string text(output);
  const bool has_eos = output.find(kEosText) != std::string_view::npos;
  if (!has_eos && skip_repeat) return std::nullopt;
  replace_all(text, kEosText, "");
  const References references = references_in(text);
  replace_images(text, references.images, std::to_string(page) + "_");
  for (const std::string& reference : references.others) {
    remove_reference(text, reference);
    shorten_empty_lines(text);
  }
  return text;
}

}  // namespace dsocr::data

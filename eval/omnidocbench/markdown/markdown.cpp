#include "eval/omnidocbench/markdown/markdown.h"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "eval/omnidocbench/markdown/formula_pieces.h"
#include "eval/omnidocbench/markdown/formula_rescue.h"
#include "eval/omnidocbench/markdown/markdown_table.h"
#include "eval/omnidocbench/markdown/markdown_tags.h"
#include "eval/omnidocbench/markdown/page_blocks.h"
#include "eval/omnidocbench/table/html_tokenizer.h"
#include "eval/omnidocbench/table/table_html.h"
#include "eval/omnidocbench/text/forward_finder.h"
#include "eval/omnidocbench/text/regex.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench {
namespace {

// Steps of section 3, in its order, on one text; regions that were taken out become blanks.
class Parser {
 public:
  Parser(std::u32string_view markdown, Rules rules) : text_(markdown), rules_(rules) {}

  std::vector<Item> parse() {
    remove_images();
    remove_fences();
    shorten_runs();
    if (rules_ != Version::k10)
      text_ = remove_all(text_, {U"<html>", U"</html>", U"<body>", U"</body>"});
    if (rules_ == Version::k17) text_ = strip_image_descriptions(text_);
    for (const Span& span : find_latex_tables(text_))
      take(span, "latex_table", rules_ == Version::k17 ? "latex_table" : "");
    for (const Span& span : find_html_tables(text_)) {
      take(span, "html_table");
      rescue_cells(span.begin);
    }
    take_formulas();
    take_markdown_tables();
    take_code();
    unwrap_commands(text_);
    take_texts();
    std::stable_sort(items_.begin(), items_.end(),
                     [](const Item& a, const Item& b) { return a.start < b.start; });
    if (rules_ == Version::k17)
      std::erase_if(items_, [](const Item& item) {
        return item.kind() == "equation_inline" && drop_inline(item.content);
      });
    return std::move(items_);
  }

 private:
  void blank(const Span& span) {
    std::fill(text_.begin() + static_cast<ptrdiff_t>(span.begin),
              text_.begin() + static_cast<ptrdiff_t>(span.end), U' ');
  }

  void take(const Span& span, const char* category, const char* fine = "") {
    items_.push_back(
        {category, fine, span.begin, span.end, text_.substr(span.begin, span.end - span.begin)});
    blank(span);
  }

  // v1.7: a text that looks like a formula may stand in for one.
  void offer(std::u32string_view text, const Span& span, const char* fine) {
    if (rules_ != Version::k17 || !formula_like(text)) return;
    std::u32string formula = sanitise_formula(text);
    if (formula.empty()) return;
    const bool is_arrow = contains_any(formula, {U"\\xrightarrow", U"\\longrightarrow"});
    items_.push_back({is_arrow ? "equation_isolated" : "formula_rescue", fine, span.begin, span.end,
                      std::move(formula)});
  }

  // v1.7: so do cells of the table that was taken last.
  void rescue_cells(size_t table_start) {
    if (rules_ != Version::k17) return;
    std::vector<std::u32string> cells;
    try {
      cells = cell_texts(items_.back().content);
    } catch (const std::runtime_error&) {
      return;  // the table itself says why, when it is scored
    }
    size_t start = table_start;
    for (const std::u32string& cell : cells) {
      if (!formula_cell(cell)) continue;
      const size_t end = start + std::max<size_t>(cell.size(), 1);
      items_.push_back(
          {"equation_isolated", "table_formula_rescue", start, end, sanitise_formula(cell)});
      start = end + 1;
    }
  }

  void rescue_images() {
    for (const Span& image : find_images(text_)) {
      const auto whole = std::u32string_view(text_).substr(image.begin, image.end - image.begin);
      const auto alt = whole.substr(2, whole.find(U"](") - 2);
      offer(strip(alt), image, "image_formula");
      blank(image);
    }
  }

  void remove_images() {
    if (rules_ == Version::k17) return rescue_images();
    std::u32string out;
    size_t at = 0;
    for (const Span& image : find_images(text_)) {
      out.append(text_, at, image.begin - at);
      at = image.end;
    }
    text_ = out.append(text_, at);
  }

  void remove_fences() {
    if (!contains(text_, U"```")) return;
    static const Regex markdown("^```markdown\\n?", Regex::kMultiline);
    static const Regex html("^```html\\n?", Regex::kMultiline);
    static const Regex latex("^```latex\\n?", Regex::kMultiline);
    static const Regex any("```\\n?$", Regex::kMultiline);
    text_ = markdown.remove(text_);
    if (rules_ != Version::k10) text_ = latex.remove(html.remove(text_));
    text_ = any.remove(text_);
  }

  // Four of what stands more often in a row; v1.0 does it to all other characters above ten, too.
  void shorten_runs() {
    std::u32string out;
    out.reserve(text_.size());
    for (size_t at = 0; at < text_.size();) {
      const char32_t c = text_[at];
      size_t end = at + 1;
      while (end < text_.size() && text_[end] == c) ++end;
      const bool shortened =
          c == U'_' || c == U' ' || (rules_ == Version::k10 && end - at > 10 && !is_ascii_alnum(c));
      out.append(shortened ? std::min<size_t>(end - at, 4) : end - at, c);
      at = end;
    }
    text_ = std::move(out);
  }

  static bool is_ascii_alnum(char32_t c) {
    return (c >= U'0' && c <= U'9') || (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z');
  }

  void take_formulas() {
    const std::u32string before = text_;
    for (const Span& span : find_formulas(before)) {
      const auto found = std::u32string_view(before).substr(span.begin, span.end - span.begin);
      std::u32string formula =
          rules_ == Version::k10 ? without_spaces(found) : replace_all(strip(found), U"\n", U" ");
      const bool display = !rewrite_delimiters(formula);
      add_formula(std::move(formula), display ? "" : "equation_inline", span);
      if (display) blank(span);
    }
  }

  void add_formula(std::u32string formula, const char* fine, const Span& span) {
    if (rules_ != Version::k17) {
      items_.push_back({"equation_isolated", fine, span.begin, span.end, std::move(formula)});
      return;
    }
    for (FormulaPiece& piece : formula_pieces(formula, span.begin, span.end))
      items_.push_back({piece.is_caption ? "text_all" : "equation_isolated",
                        piece.is_caption ? "equation_caption" : fine, piece.start, piece.end,
                        std::move(piece.content)});
  }

  // Gives a formula the delimiters \[ \]. True for a formula in a line of text.
  static bool rewrite_delimiters(std::u32string& formula) {
    static const Regex dollars(R"(\$\$(.*?)\$\$|\$(.*?)\$|\\\((.*?)\\\))", Regex::kDotAll);
    const auto first = dollars.search(formula);
    if (!first) return false;
    const bool in_line = first->group(formula, 1).empty();
    formula = dollars.replace(formula, [&](const Match& match) {
      std::u32string inside;
      if (in_line)
        inside.append(match.group(formula, 2)).append(match.group(formula, 3));
      else
        inside.append(match.group(formula, 1));
      return U"\\[" + inside + U"\\]";
    });
    return in_line;
  }

  void take_markdown_tables() {
    if (!has_markdown_table(text_)) return;
    text_ = rules_.corrected ? whole_markdown_tables(text_) : convert_markdown_tables(text_);
    ForwardFinder begins(text_, U"<table"), ends(text_, U"</table>");
    std::vector<Span> tables;
    for (size_t begin = begins.find(0); begin != text_.npos;) {
      const size_t end = ends.find(begin);
      if (end == text_.npos) break;
      tables.push_back({begin, end + 8});
      begin = begins.find(end + 8);
    }
    for (const Span& table : tables) {
      take(table, "html_table", "md2html_table");
      items_.back().content = strip(items_.back().content);
      rescue_cells(table.begin);
    }
  }

  void take_code() {
    if (!contains(text_, U"```")) return;
    static const Regex code(R"(```([\p{L}\p{N}_]+)\n(.*?)```)", Regex::kDotAll);
    const std::u32string before = text_;
    for (const Match& match : code.find_all(before)) {
      items_.push_back({"text_all", "code", match.begin(), match.end(),
                        std::u32string(strip(match.group(before, 2)))});
      blank({match.begin(), match.end()});
    }
  }

  void take_texts() {
    std::vector<std::u32string> pieces = split(text_, U"\n\n");
    if (pieces.size() == 1) pieces = split(text_, U"\n");
    size_t position = 0;
    for (const std::u32string& piece : pieces) {
      const Span span{position, position + piece.size()};
      position = span.end;  // the separators do not count
      std::u32string content;
      for (const std::u32string& line : split(strip(piece), U"\n")) {
        const std::u32string_view stripped = strip(line);
        if (stripped.empty()) continue;
        if (!content.empty()) content.push_back(U'\n');
        content.append(stripped);
      }
      if (!content.empty()) add_text(span, std::move(content));
    }
  }

  static std::u32string text_of_div(std::u32string content) {
    try {
      return div_text(content);
    } catch (const HtmlRejected&) {
      return content;
    }
  }

  void add_text(const Span& span, std::u32string content) {
    if (rules_ == Version::k17) {
      if (is_div(content)) content = text_of_div(std::move(content));
      items_.push_back({"text_all", "text_block", span.begin, span.end, content});
      offer(content, span, "text_formula");
      return;
    }
    if (content.starts_with(U"<table") && content.ends_with(U"</table>"))
      items_.push_back({"html_table", "", span.begin, span.end, std::move(content)});
    else if (!rules_.corrected && content.starts_with(U'$') && content.ends_with(U'$') &&
             !strip(replace_all(content, U"$", {})).empty())
      items_.push_back({"equation_isolated", "", span.begin, span.end, std::move(content)});
    else
      items_.push_back({"text_all", "text_block", span.begin, span.end, std::move(content)});
  }

  std::u32string text_;
  Rules rules_;
  std::vector<Item> items_;
};

}  // namespace

std::vector<Item> parse_markdown(std::u32string_view markdown, Rules rules) {
  return Parser(markdown, rules).parse();
}

std::vector<Item> grouped(const std::vector<Item>& items) {
  std::vector<std::string> categories;
  for (const Item& item : items)
    if (std::find(categories.begin(), categories.end(), item.category) == categories.end())
      categories.push_back(item.category);
  std::vector<Item> result;
  for (const std::string& category : categories)
    for (const Item& item : items)
      if (item.category == category) result.push_back(item);
  return result;
}

}  // namespace dsocr::omnidocbench

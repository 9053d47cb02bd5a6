#include <md4c.h>

#include <algorithm>

#include "data/error.h"
#include "data/render/document.h"
#include "data/text/utf8.h"

namespace dsocr::data {
namespace {

// Turns MD4C's events into elements. Errors wait in `error`: they must not pass through C.
class Builder {
 public:
  std::vector<Element> elements;
  std::string error;

  void enter(MD_BLOCKTYPE type, void* detail) {
    switch (type) {
      case MD_BLOCK_H:
        begin(ElementKind::kTitle,
              static_cast<int>(static_cast<MD_BLOCK_H_DETAIL*>(detail)->level));
        break;
      case MD_BLOCK_UL:
        end_text();
        lists_.push_back({.ordered = false});
        break;
      case MD_BLOCK_OL:
        end_text();
        lists_.push_back(
            {.ordered = true,
             .next = static_cast<int>(static_cast<MD_BLOCK_OL_DETAIL*>(detail)->start)});
        break;
      case MD_BLOCK_LI:
        begin_item();
        break;
      case MD_BLOCK_P:
        // The first paragraph of an item is the item.
        if (!text_open_ || current_.kind != ElementKind::kListItem || !current_.text.empty())
          begin(ElementKind::kParagraph, 1);
        break;
      case MD_BLOCK_CODE:
        begin(ElementKind::kParagraph, 1);
        break;
      case MD_BLOCK_HTML:
        end_text();
        html_.clear();
        break;
      case MD_BLOCK_HR:
        end_text();
        elements.push_back({.kind = ElementKind::kRule});
        break;
      case MD_BLOCK_TABLE:
        end_text();
        table_ = {};
        break;
      case MD_BLOCK_TR:
        table_.num_rows += 1;
        break;
      case MD_BLOCK_TH:
      case MD_BLOCK_TD:
        begin_cell(type == MD_BLOCK_TH);
        break;
      default:
        break;
    }
  }

  void leave(MD_BLOCKTYPE type) {
    switch (type) {
      case MD_BLOCK_H:
      case MD_BLOCK_P:
      case MD_BLOCK_CODE:
      case MD_BLOCK_LI:
        end_text();
        break;
      case MD_BLOCK_UL:
      case MD_BLOCK_OL:
        lists_.pop_back();
        break;
      case MD_BLOCK_HTML:
        end_html();
        break;
      case MD_BLOCK_TH:
      case MD_BLOCK_TD:
        table_.cells.back().text = single_blanks(cell_text_);
        break;
      case MD_BLOCK_TABLE:
        add_table(table_);
        break;
      default:
        break;
    }
    in_cell_ = in_cell_ && type != MD_BLOCK_TH && type != MD_BLOCK_TD;
  }

  void text(MD_TEXTTYPE type, std::string_view words) {
    std::string entity;
    if (type == MD_TEXT_HTML) {
      html_ += words;
      return;
    }
    if (type == MD_TEXT_ENTITY) {
      entity = decode_entity(words);
      words = entity;
    } else if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR) {
      words = " ";
    } else if (type == MD_TEXT_NULLCHAR) {
      words = "\xef\xbf\xbd";
    }
    (in_cell_ ? cell_text_ : current_.text) += words;
  }

 private:
  struct List {
    bool ordered = false;
    int next = 1;
  };

  // Names are those that prose has; others stay as they are written.
  static std::string decode_entity(std::string_view entity) {
    for (const auto& [name, value] : {std::pair{"&amp;", "&"},
                                      {"&lt;", "<"},
                                      {"&gt;", ">"},
                                      {"&quot;", "\""},
                                      {"&nbsp;", "\u00a0"},
                                      {"&copy;", "\u00a9"}})
      if (entity == name) return value;
    if (!entity.starts_with("&#") || entity.size() < 4) return std::string(entity);
    const bool hex = entity[2] == 'x' || entity[2] == 'X';
    const std::string digits(entity.substr(hex ? 3 : 2, entity.size() - (hex ? 4 : 3)));
    const unsigned long code = std::strtoul(digits.c_str(), nullptr, hex ? 16 : 10);
    if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return "\xef\xbf\xbd";
    std::string text;
    append_utf8(text, static_cast<std::uint32_t>(code));
    return text;
  }

  void begin(ElementKind kind, int level) {
    end_text();
    current_ = {.kind = kind, .level = level};
    text_open_ = true;
  }

  void begin_item() {
    List& list = lists_.back();
    begin(ElementKind::kListItem, static_cast<int>(lists_.size()));
    current_.mark = list.ordered ? std::to_string(list.next++) + "." : "-";
  }

  void begin_cell(bool header) {
    const int row = table_.num_rows - 1;
    const bool first = table_.cells.empty() || table_.cells.back().row != row;
    const int column = first ? 0 : table_.cells.back().column + 1;
    table_.cells.push_back({.header = header, .row = row, .column = column});
    table_.num_columns = std::max(table_.num_columns, column + 1);
    cell_text_.clear();
    in_cell_ = true;
  }

  void end_text() {
    if (!text_open_) return;
    text_open_ = false;
    current_.text = single_blanks(current_.text);
    current_.right_to_left = is_right_to_left(current_.text);
    if (!current_.text.empty()) elements.push_back(std::move(current_));
    current_ = {};
  }

  void end_html() {
    const std::string html = single_blanks(html_);
    if (!html.starts_with("<table")) return;
    try {
      add_table(parse_table(html));
    } catch (const DataError& problem) {
      error = problem.what();
    }
  }

  void add_table(Table table) {
    Element element{.kind = ElementKind::kTable, .text = to_html(table)};
    element.table = std::make_shared<const Table>(std::move(table));
    elements.push_back(std::move(element));
  }

  Element current_ = {};
  bool text_open_ = false, in_cell_ = false;
  std::vector<List> lists_;
  Table table_ = {};
  std::string html_, cell_text_;
};

}  // namespace

std::vector<Element> parse_markdown(std::string_view text) {
  Builder builder;
  MD_PARSER parser{};
  parser.flags = MD_FLAG_TABLES | MD_FLAG_NOINDENTEDCODEBLOCKS;
  parser.enter_block = [](MD_BLOCKTYPE type, void* detail, void* self) {
    static_cast<Builder*>(self)->enter(type, detail);
    return 0;
  };
  parser.leave_block = [](MD_BLOCKTYPE type, void*, void* self) {
    static_cast<Builder*>(self)->leave(type);
    return static_cast<Builder*>(self)->error.empty() ? 0 : 1;
  };
  parser.enter_span = [](MD_SPANTYPE, void*, void*) { return 0; };
  parser.leave_span = [](MD_SPANTYPE, void*, void*) { return 0; };
  parser.text = [](MD_TEXTTYPE type, const MD_CHAR* words, MD_SIZE size, void* self) {
    static_cast<Builder*>(self)->text(type, {words, size});
    return 0;
  };
  const int status = md_parse(text.data(), static_cast<MD_SIZE>(text.size()), &parser, &builder);
  if (!builder.error.empty()) throw DataError("", "", builder.error, /*recoverable=*/true);
  if (status != 0) throw DataError("", "", "is no Markdown text that can be read");
  return std::move(builder.elements);
}

}  // namespace dsocr::data

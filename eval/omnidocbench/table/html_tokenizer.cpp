#include "eval/omnidocbench/table/html_tokenizer.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <utility>

#include "eval/normalize/unicode.h"

namespace dsocr::omnidocbench {
namespace {

using metrics::is_python_space;

constexpr size_t kNone = std::u32string_view::npos;

bool is_digit(char32_t c) { return c >= U'0' && c <= U'9'; }
bool is_hex_digit(char32_t c) {
  return is_digit(c) || (c >= U'a' && c <= U'f') || (c >= U'A' && c <= U'F');
}
bool is_name(char32_t c) { return is_ascii_letter(c) || is_digit(c) || c == U'-' || c == U'.'; }

// A search that remembers that nothing is left from some place on.
template <class Search>
size_t search_once(size_t& nothing_from, size_t from, Search search) {
  if (from >= nothing_from) return kNone;
  const size_t found = search(from);
  if (found == kNone) nothing_from = from;
  return found;
}

class Tokenizer {
 public:
  Tokenizer(std::u32string_view text, HtmlHandler& handler)
      : text_(text), handler_(handler), start_tags_(text) {}

  void run() {
    go_ahead();
    at_end_ = true;
    go_ahead();
  }

 private:
  size_t size() const { return text_.size(); }
  std::u32string_view slice(size_t begin, size_t end) const {
    return text_.substr(begin, end - begin);
  }
  bool starts_with(size_t at, std::u32string_view prefix) const {
    return text_.substr(at).starts_with(prefix);
  }
  size_t skip_spaces(size_t at) const {
    while (at < size() && is_python_space(text_[at])) ++at;
    return at;
  }
  size_t find_close(size_t from) {
    return search_once(no_close_, from, [&](size_t at) { return text_.find(U'>', at); });
  }

  void go_ahead() {
    while (at_ < size()) {
      size_t next = raw_element_.empty() ? text_.find_first_of(U"&<", at_) : find_raw_end(at_);
      if (next == kNone) {
        if (!raw_element_.empty()) break;
        next = size();
      }
      if (at_ < next) handler_.text(slice(at_, next));
      at_ = next;
      if (at_ == size()) break;
      if (!(text_[at_] == U'<' ? markup() : reference())) break;
    }
    // The content of an unclosed script or style is lost.
    if (at_end_ && at_ < size() && raw_element_.empty()) {
      handler_.text(text_.substr(at_));
      at_ = size();
    }
  }

  // False: the construct may be cut off by the end of the text.
  bool markup() {
    size_t end = kNone;
    const char32_t next = at_ + 1 < size() ? text_[at_ + 1] : 0;
    if (is_ascii_letter(next)) {
      end = start_tag(at_);
    } else if (next == U'/') {
      end = end_tag(at_);
    } else if (starts_with(at_, U"<!--")) {
      end = comment(at_);
    } else if (next == U'?') {
      if (const size_t close = find_close(at_ + 2); close != kNone) {
        handler_.instruction(slice(at_ + 2, close));
        end = close + 1;
      }
    } else if (next == U'!') {
      end = declaration(at_);
    } else if (at_ + 1 < size()) {
      handler_.text(U"<");
      end = at_ + 1;
    } else {
      return false;
    }
    if (end == kNone) {
      if (!at_end_) return false;
      end = find_close(at_ + 1);
      if (end != kNone) {
        ++end;
      } else {
        end = text_.find(U'<', at_ + 1);
        if (end == kNone) end = at_ + 1;
      }
      handler_.text(slice(at_, end));
    }
    at_ = end;
    return true;
  }

  bool reference() {
    if (starts_with(at_, U"&#")) return numeric_reference();
    size_t end = at_ + 1;
    if (end < size() && is_ascii_letter(text_[end])) {
      while (end < size() && is_name(text_[end])) ++end;
      // A character must follow the name; at the end of the text its own last `-` or `.` serves.
      if (end == size()) do
          --end;
        while (end > at_ + 1 && text_[end] != U'-' && text_[end] != U'.');
      if (end > at_ + 1) {
        handler_.entity_reference(slice(at_ + 1, end));
        at_ = text_[end] == U';' ? end + 1 : end;
        return true;
      }
      if (at_end_ && size() - at_ == 2) ++at_;  // `&x` at the very end loses its `&`
      return false;
    }
    if (end == size()) return false;
    handler_.text(U"&");
    ++at_;
    return true;
  }

  bool numeric_reference() {
    size_t end = at_ + 2;
    if (end < size() && (text_[end] == U'x' || text_[end] == U'X')) {
      ++end;
      while (end < size() && is_hex_digit(text_[end])) ++end;
      if (end == at_ + 3) end = size();
    } else {
      while (end < size() && is_digit(text_[end])) ++end;
      if (end == at_ + 2 || (end < size() && is_hex_digit(text_[end]))) end = size();
    }
    if (end < size()) {
      handler_.character_reference(slice(at_ + 2, end));
      at_ = text_[end] == U';' ? end + 1 : end;
      return true;
    }
    if (text_.find(U';', at_) != kNone) {
      handler_.text(U"&#");
      at_ += 2;
    }
    return false;
  }

  size_t declaration(size_t at) {
    if (starts_with(at, U"<![")) return marked_section(at);
    const bool is_doctype = lower_name(text_.substr(at, 9)) == U"<!doctype";
    const size_t close = find_close(at + (is_doctype ? 9 : 2));
    if (close == kNone) return kNone;
    if (is_doctype)
      handler_.doctype(slice(at + 2, close));
    else
      handler_.comment(slice(at + 2, close));
    return close + 1;
  }

  size_t comment(size_t at) {
    size_t end = 0;
    const size_t close = search_once(no_comment_close_, at + 4, [&](size_t from) {
      for (size_t dashes = text_.find(U"--", from); dashes != kNone;
           dashes = text_.find(U"--", dashes + 1)) {
        end = skip_spaces(dashes + 2);
        if (end < size() && text_[end] == U'>') return dashes;
      }
      return kNone;
    });
    if (close == kNone) return kNone;
    handler_.comment(slice(at + 4, close));
    return end + 1;
  }

  size_t marked_section(size_t at) {
    size_t end = at + 3;
    if (end == size()) return kNone;
    if (!is_ascii_letter(text_[end])) throw HtmlRejected("HTML: no keyword after <![");
    while (end < size() && (is_name(text_[end]) || text_[end] == U'_')) ++end;
    const std::u32string keyword = lower_name(slice(at + 3, end));
    if (skip_spaces(end) == size()) return kNone;
    const auto is_one_of = [&](std::initializer_list<std::u32string_view> words) {
      return std::ranges::find(words, std::u32string_view(keyword)) != words.end();
    };
    const bool is_double = is_one_of({U"temp", U"cdata", U"ignore", U"include", U"rcdata"});
    if (!is_double && !is_one_of({U"if", U"else", U"endif"}))
      throw HtmlRejected("HTML: unknown keyword after <![");
    const auto find = [&](size_t from) {
      for (size_t open = text_.find(U']', from); open != kNone; open = text_.find(U']', open + 1)) {
        end = skip_spaces(open + 1);
        if (is_double) {
          if (end >= size() || text_[end] != U']') continue;
          end = skip_spaces(end + 1);
        }
        if (end < size() && text_[end] == U'>') return open;
      }
      return kNone;
    };
    const size_t close = search_once(no_section_close_[is_double], at + 3, find);
    if (close == kNone) return kNone;
    handler_.marked_section(slice(at + 3, close));
    return end + 1;
  }

  size_t end_tag(size_t at) {
    const size_t close = find_close(at + 1);
    if (close == kNone) return kNone;
    const size_t name = skip_spaces(at + 2);
    if (name < size() && is_ascii_letter(text_[name])) {
      size_t end = name;
      while (end < size() && (is_name(text_[end]) || text_[end] == U':' || text_[end] == U'_'))
        ++end;
      if (skip_spaces(end) == close) {
        std::u32string element = lower_name(slice(name, end));
        if (!raw_element_.empty() && element != raw_element_) {
          handler_.text(slice(at, close + 1));
        } else {
          handler_.end_tag(std::move(element));
          raw_element_.clear();
        }
        return close + 1;
      }
    }
    if (!raw_element_.empty()) {
      handler_.text(slice(at, close + 1));
      return close + 1;
    }
    if (!is_ascii_letter(text_[at + 2])) {
      if (text_[at + 2] != U'>') handler_.comment(slice(at + 2, close));
      return close + 1;
    }
    size_t end = at + 2;
    while (!ends_tag_name(text_[end])) ++end;
    handler_.end_tag(lower_name(slice(at + 2, end)));
    return close + 1;
  }

  // Where `</script>` or `</style>` starts.
  size_t find_raw_end(size_t from) const {
    for (size_t open = text_.find(U"</", from); open != kNone; open = text_.find(U"</", open + 1)) {
      size_t at = skip_spaces(open + 2);
      const std::u32string_view name = text_.substr(at, raw_element_.size());
      // Python's regular expressions take the long s as an s when case is ignored.
      const auto is_same = [](char32_t a, char32_t b) {
        return a == b || a == b - (U'a' - U'A') || (a == 0x17F && b == U's');
      };
      if (!std::ranges::equal(name, raw_element_, is_same)) continue;
      at = skip_spaces(at + name.size());
      if (at < size() && text_[at] == U'>') return open;
    }
    return kNone;
  }

  size_t start_tag(size_t at) {
    std::optional<HtmlStartTag> tag = start_tags_.scan(at);
    if (!tag) return kNone;
    const size_t end = tag->end;
    if (tag->is_text) {
      handler_.text(slice(at, end));
      return end;
    }
    if (!tag->self_closing && (tag->name == U"script" || tag->name == U"style"))
      raw_element_ = tag->name;
    handler_.start_tag(std::move(*tag));
    return end;
  }

  std::u32string_view text_;
  HtmlHandler& handler_;
  HtmlStartTagScanner start_tags_;
  bool at_end_ = false;  // whether close() was called
  size_t at_ = 0;
  std::u32string raw_element_;  // the open script or style
  // From where on there is no `>`, `-->`, `]>`, `]]>` any more.
  size_t no_close_ = kNone, no_comment_close_ = kNone, no_section_close_[2] = {kNone, kNone};
};

}  // namespace

void tokenize_html(std::u32string_view text, HtmlHandler& handler) {
  Tokenizer(text, handler).run();
}

}  // namespace dsocr::omnidocbench

#include "eval/omnidocbench/text/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 32
#include <pcre2.h>

#include <stdexcept>

#include "eval/normalize/unicode.h"

namespace dsocr::omnidocbench {
namespace {

constexpr size_t kFirstStack = size_t{32} << 10, kMaxStack = size_t{64} << 20;
constexpr std::string_view kSpaces =
    R"(\x{9}-\x{d}\x{1c}-\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";

// PCRE's white space lacks U+001C-001F, so the class is written out.
std::string with_python_spaces(std::string_view pattern) {
  std::string out;
  bool in_class = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\' && i + 1 < pattern.size()) {
      const char next = pattern[++i];
      if (next == 's')
        out.append(in_class ? "" : "[").append(kSpaces).append(in_class ? "" : "]");
      else if (next == 'S' && !in_class)
        out.append("[^").append(kSpaces).append("]");
      else
        out.append({c, next});
      continue;
    }
    if (c == '[' && !in_class)
      in_class = true;
    else if (c == ']' && in_class)
      in_class = false;
    else if (c == '[')
      out.push_back('\\');  // a literal in a class, never the start of a POSIX class
    out.push_back(c);
  }
  return out;
}

std::string error_text(int code) {
  std::u32string buffer(256, U'\0');
  const int length =
      pcre2_get_error_message(code, reinterpret_cast<PCRE2_UCHAR*>(buffer.data()), buffer.size());
  if (length < 0) return "PCRE2 error " + std::to_string(code);
  return metrics::encode_utf8(std::u32string_view(buffer).substr(0, static_cast<size_t>(length)));
}

// The stack of compiled patterns, one a thread.
struct Matching {
  pcre2_match_context* context = pcre2_match_context_create(nullptr);
  pcre2_jit_stack* stack = pcre2_jit_stack_create(kFirstStack, kMaxStack, nullptr);

  Matching() { pcre2_jit_stack_assign(context, nullptr, stack); }
  Matching(const Matching&) = delete;
  Matching& operator=(const Matching&) = delete;
  ~Matching() {
    pcre2_jit_stack_free(stack);
    pcre2_match_context_free(context);
  }
};

struct CompileContextFree {
  void operator()(pcre2_compile_context* context) const { pcre2_compile_context_free(context); }
};

struct MatchDataFree {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};

}  // namespace

struct Regex::Code {
  std::string pattern;
  pcre2_code* code = nullptr;

  ~Code() { pcre2_code_free(code); }
};

std::u32string_view Match::group(std::u32string_view text, size_t index) const {
  if (index >= groups.size() || !groups[index]) return {};
  return text.substr(groups[index]->first, groups[index]->second - groups[index]->first);
}

Regex::Regex(std::string_view pattern, unsigned flags)
    : code_(std::make_unique<Code>(Code{std::string(pattern), nullptr})) {
  const std::u32string text = metrics::decode_utf8(with_python_spaces(pattern));
  uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_NO_UTF_CHECK;
  if (flags & kDotAll) options |= PCRE2_DOTALL;
  if (flags & kMultiline) options |= PCRE2_MULTILINE;
  if (flags & kIgnoreCase) options |= PCRE2_CASELESS;
  int error = 0;
  PCRE2_SIZE where = 0;
  const std::unique_ptr<pcre2_compile_context, CompileContextFree> context(
      pcre2_compile_context_create(nullptr));
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  code_->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), options,
                              &error, &where, context.get());
  if (!code_->code)
    throw std::invalid_argument(code_->pattern + ": " + error_text(error) + " at " +
                                std::to_string(where));
  pcre2_jit_compile(code_->code, PCRE2_JIT_COMPLETE);  // without it matching is slower, not wrong
}

Regex::~Regex() = default;
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;

std::optional<Match> Regex::run(std::u32string_view text, size_t from, unsigned options) const {
  thread_local const Matching matching;
  const std::unique_ptr<pcre2_match_data, MatchDataFree> data(
      pcre2_match_data_create_from_pattern(code_->code, nullptr));
  // An empty view may have no address, which PCRE refuses.
  const char32_t* start = text.data() ? text.data() : U"";
  const int found = pcre2_match(code_->code, reinterpret_cast<PCRE2_SPTR>(start), text.size(), from,
                                options | PCRE2_NO_UTF_CHECK, data.get(), matching.context);
  if (found == PCRE2_ERROR_NOMATCH) return std::nullopt;
  if (found < 0) throw std::runtime_error(code_->pattern + ": " + error_text(found));
  const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(data.get());
  Match match;
  const size_t groups = pcre2_get_ovector_count(data.get());
  match.groups.resize(groups);
  for (size_t i = 0; i < groups; ++i)
    if (ends[2 * i] != PCRE2_UNSET) match.groups[i] = {ends[2 * i], ends[2 * i + 1]};
  return match;
}

std::optional<Match> Regex::search(std::u32string_view text, size_t from) const {
  return from > text.size() ? std::nullopt : run(text, from, 0);
}

bool Regex::found(std::u32string_view text) const { return search(text).has_value(); }

std::optional<Match> Regex::match_start(std::u32string_view text) const {
  return run(text, 0, PCRE2_ANCHORED);
}

bool Regex::full_match(std::u32string_view text) const {
  return run(text, 0, PCRE2_ANCHORED | PCRE2_ENDANCHORED).has_value();
}

std::vector<Match> Regex::find_all(std::u32string_view text) const {
  std::vector<Match> matches;
  size_t from = 0;
  unsigned options = 0;
  while (from <= text.size()) {
    auto match = run(text, from, options);
    if (!match) break;
    // As in Python, an empty match may follow another one, but not at its own place again.
    options = match->end() == match->begin() ? PCRE2_NOTEMPTY_ATSTART : 0u;
    from = match->end();
    matches.push_back(std::move(*match));
  }
  return matches;
}

size_t Regex::count(std::u32string_view text) const { return find_all(text).size(); }

std::u32string Regex::replace(std::u32string_view text, std::u32string_view with) const {
  return replace(text, [&](const Match&) { return std::u32string(with); });
}

std::u32string Regex::replace(std::u32string_view text,
                              const std::function<std::u32string(const Match&)>& with) const {
  std::u32string out;
  size_t at = 0;
  for (const Match& match : find_all(text)) {
    out.append(text.substr(at, match.begin() - at)).append(with(match));
    at = match.end();
  }
  return out.append(text.substr(at));
}

std::vector<std::u32string> Regex::split(std::u32string_view text) const {
  std::vector<std::u32string> pieces;
  size_t at = 0;
  for (const Match& match : find_all(text)) {
    pieces.emplace_back(text.substr(at, match.begin() - at));
    at = match.end();
  }
  pieces.emplace_back(text.substr(at));
  return pieces;
}

}  // namespace dsocr::omnidocbench

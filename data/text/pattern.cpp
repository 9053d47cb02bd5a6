#include "data/text/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <cstdint>
#include <new>
#include <stdexcept>

#include "data/error.h"
#include "data/text/pattern_syntax.h"

namespace dsocr::data {
namespace {

// Bound one match, so that an expression with nested repeats fails instead of hanging. A plain
// repeat over a run of millions of characters stays below.
constexpr uint32_t kMatchLimit = 10'000'000;
constexpr uint32_t kDepthLimit = 10'000;
constexpr uint32_t kHeapLimitKib = 16 * 1024;

std::string error_text(int code) {
  std::array<char, 256> text{};
  pcre2_get_error_message(code, reinterpret_cast<PCRE2_UCHAR*>(text.data()), text.size());
  return text.data();
}

struct FreeMatch {
  void operator()(pcre2_match_data* match) const { pcre2_match_data_free(match); }
};

size_t next_character(std::string_view text, size_t i) {
  do {
    ++i;
  } while (i < text.size() && (static_cast<uint8_t>(text[i]) & 0xC0) == 0x80);
  return i;
}

}  // namespace

void Pattern::Free::operator()(pcre2_real_code_8* code) const { pcre2_code_free(code); }
void Pattern::Free::operator()(pcre2_real_match_context_8* context) const {
  pcre2_match_context_free(context);
}

Pattern::Pattern(const std::string& source) : source_(source) {
  const std::string translated = translate_pattern(source);
  int error = 0;
  PCRE2_SIZE offset = 0;
  code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated.data()), translated.size(),
                            PCRE2_UTF | PCRE2_UCP, &error, &offset, nullptr));
  if (!code_) {
    throw std::invalid_argument("regular expression '" + source + "': " + error_text(error));
  }
  // Without a just-in-time compiler on this machine the same matches come out, only slower.
  pcre2_jit_compile(code_.get(), PCRE2_JIT_COMPLETE);
  context_.reset(pcre2_match_context_create(nullptr));
  if (!context_) throw std::bad_alloc();
  pcre2_set_match_limit(context_.get(), kMatchLimit);
  pcre2_set_depth_limit(context_.get(), kDepthLimit);
  pcre2_set_heap_limit(context_.get(), kHeapLimitKib);
}

void Pattern::cut(std::string_view text, std::vector<std::string_view>& parts) const {
  const std::unique_ptr<pcre2_match_data, FreeMatch> match(pcre2_match_data_create(1, nullptr));
  if (!match) throw std::bad_alloc();
  const PCRE2_SIZE* span = pcre2_get_ovector_pointer(match.get());
  size_t done = 0;
  for (size_t from = 0; from < text.size();) {
    const int result =
        pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from,
                    PCRE2_NO_UTF_CHECK, match.get(), context_.get());
    if (result == PCRE2_ERROR_NOMATCH) break;
    if (result < 0) {
      throw DataError({}, {},
                      "regular expression '" + source_ + "' gave up on a text of " +
                          std::to_string(text.size()) + " bytes: " + error_text(result),
                      /*recoverable=*/true);
    }
    const auto [begin, end] = std::pair(span[0], span[1]);
    if (begin > done) parts.push_back(text.substr(done, begin - done));
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    done = end;
    from = end > begin ? end : next_character(text, end);
  }
  if (done < text.size()) parts.push_back(text.substr(done));
}

}  // namespace dsocr::data

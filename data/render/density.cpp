#include "data/render/density.h"

#include <unicode/brkiter.h>
#include <unicode/utext.h>

#include <memory>

#include "data/error.h"

namespace dsocr::data {
namespace {

// So many of a long text are looked for at a time.
constexpr std::size_t kManyPlaces = 4096;

// Bytes of a text where a line may end; the last is its end, or one to go on from.
std::vector<std::size_t> line_breaks(const std::string& text, std::size_t from) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::BreakIterator> breaks(
      icu::BreakIterator::createLineInstance(icu::Locale::getRoot(), status));
  UText* open =
      utext_openUTF8(nullptr, text.data(), static_cast<std::int64_t>(text.size()), &status);
  const std::unique_ptr<UText, decltype(&utext_close)> units(open, utext_close);
  if (U_SUCCESS(status)) breaks->setText(units.get(), status);
  if (U_FAILURE(status)) throw std::runtime_error(u_errorName(status));
  std::vector<std::size_t> places;
  for (std::int32_t at = breaks->following(static_cast<std::int32_t>(from));
       at != icu::BreakIterator::DONE && places.size() < kManyPlaces; at = breaks->next())
    places.push_back(static_cast<std::size_t>(at));
  return places;
}

// Where the piece may end, in the order of the document; more come with every call.
class Ends {
 public:
  Ends(const Document& document, Place from) : document_(document), next_(from) {}

  const std::vector<Place>& places() const { return places_; }

  /// Adds those of one more element, or of a part of it; false at the end.
  bool grow() {
    if (next_.element >= document_.elements.size()) return false;
    const Element& element = document_.elements[next_.element];
    const auto bytes =
        element.splits() ? line_breaks(element.text, next_.byte) : std::vector{element.text.size()};
    for (const std::size_t byte : bytes) {
      next_ = byte < element.text.size() ? Place{next_.element, byte} : Place{next_.element + 1, 0};
      places_.push_back(next_);
    }
    return true;
  }

 private:
  const Document& document_;
  Place next_;
  std::vector<Place> places_;
};

}  // namespace

Filling fill_tokens(const Document& document, Place from, std::int64_t tokens,
                    const Tokenizer& tokenizer) {
  const auto count = [&](Place to) {
    return static_cast<std::int64_t>(tokenizer.encode(to_text(cut(document, from, to))).size());
  };
  Ends ends(document, from);
  // What ends at places[low - 1] fits.
  std::size_t low = 0, step = 16;
  while (true) {
    std::size_t probe = low + step;
    while (ends.places().size() < probe && ends.grow()) {
    }
    probe = std::min(probe, ends.places().size());
    if (probe == low) break;
    if (count(ends.places()[probe - 1]) <= tokens) {
      low = probe;
      step *= 2;
      continue;
    }
    std::size_t high = probe - 1;  // places[low - 1] fits, places[high] does not
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      if (count(ends.places()[middle]) <= tokens)
        low = middle + 1;
      else
        high = middle;
    }
    if (low == 0)
      throw DataError("", document.id,
                      "a piece that is not cut has more than " + std::to_string(tokens) + " tokens",
                      /*recoverable=*/true);
    break;
  }
  if (low == 0) return {from, 0, false};
  const Place end = ends.places()[low - 1];
  const std::int64_t found = count(end);
  return {end, found, found == tokens || end < Place{document.elements.size(), 0}};
}

}  // namespace dsocr::data

#include <array>

#include "configs/nearest.h"
#include "data/error.h"
#include "data/label/labeller.h"
#include "data/label/ppocr/ppocr.h"
#include "data/label/tesseract.h"
#include "data/label/text_layer.h"

namespace dsocr::data {
namespace {

constexpr std::array kKinds{
    LabellerKind{"ppocr", "PP-OCRv6 lines and CDLA layout; ppocr:no-layout, lines alone",
                 open_ppocr},
    LabellerKind{"tesseract", "Tesseract 5; tesseract:eng+chi_sim, or auto by the page's language",
                 open_tesseract},
    LabellerKind{"text-layer", "words that `dsocr data pack` found in a PDF", open_text_layer},
};

}  // namespace

std::span<const LabellerKind> labeller_kinds() { return kKinds; }

std::unique_ptr<Labeller> open_labeller(const std::string& name) {
  const std::size_t colon = name.find(':');
  const std::string kind = name.substr(0, colon);
  std::vector<std::string> known;
  for (const LabellerKind& candidate : kKinds) {
    if (candidate.name == kind)
      return candidate.open(colon == std::string::npos ? "" : name.substr(colon + 1));
    known.emplace_back(candidate.name);
  }
  throw DataError("", "", "no labeller '" + kind + "'; " + configs::suggestion(kind, known));
}

}  // namespace dsocr::data

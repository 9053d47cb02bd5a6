#include "eval/omnidocbench/latex/latex_to_text.h"

#include "eval/omnidocbench/latex/parser.h"
#include "eval/omnidocbench/latex/tables.h"
#include "eval/omnidocbench/latex/text_writer.h"

namespace dsocr::omnidocbench {

namespace {

constexpr size_t kMinimumSize = 1'000'000;
constexpr size_t kSizePerCharacter = 16;

}  // namespace

std::u32string latex_to_text(std::u32string_view latex, Pylatexenc version) {
  latex::Parser parser(latex, version);
  const latex::Nodes nodes = parser.parse();
  latex::TextWriter writer(latex::Tables::get(version),
                           kMinimumSize + kSizePerCharacter * latex.size());
  return writer.text(nodes);
}

}  // namespace dsocr::omnidocbench

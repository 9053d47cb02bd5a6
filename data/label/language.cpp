#include "data/label/language.h"

#include "configs/sha256.h"
#include "data/corpora/texts.h"
#include "data/error.h"

namespace dsocr::data {

Language learn_language(const std::vector<std::filesystem::path>& sources) {
  const Texts texts(sources);
  Language language;
  std::string sums;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string text = texts.text(i);
    language.model.train(text);
    sums += configs::sha256_hex(text);
  }
  if (language.model.num_characters() == 0)
    throw DataError(sources.empty() ? "" : sources.front(), "", "has no text to learn from");
  language.sha256 = configs::sha256_hex(sums);
  return language;
}

}  // namespace dsocr::data

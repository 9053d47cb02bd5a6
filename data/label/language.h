#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/label/plausibility.h"

namespace dsocr::data {

/// What is plausible in a language.
struct Language {
  CharacterModel model;
  std::string sha256;  // hex, of the texts that it was learnt from, in their order
};

/// From text files, folders of them, records or stores, as Texts takes them. Throws DataError: a
/// source that cannot be read, or no text at all.
Language learn_language(const std::vector<std::filesystem::path>& sources);

}  // namespace dsocr::data

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/text/added_tokens.h"
#include "data/text/tokenizer_json.h"

namespace dsocr::data {

/// What a tokenizer.json says, after every setting in it was checked.
struct TokenizerFile {
  std::vector<std::string> split_patterns;  // in the file's own syntax
  std::vector<AddedToken> added_tokens;
  PackedStrings vocab;        // base tokens as spelled in the file
  std::vector<int64_t> ids;   // their ids
  PackedStrings merge_parts;  // left and right of every merge, by rank
};

/// Reads a byte-level BPE tokenizer.json of Hugging Face `tokenizers` (spec: model, section 6.3).
/// Throws std::invalid_argument naming the field for any setting that would change ids and is not
/// implemented, and for any field that is unknown.
TokenizerFile read_tokenizer_file(const std::filesystem::path& file);

}  // namespace dsocr::data

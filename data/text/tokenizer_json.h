#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace dsocr::data {

/// Many short strings in one block.
class PackedStrings {
 public:
  void push_back(std::string_view text);
  std::string_view operator[](size_t i) const;
  size_t size() const { return ends_.size(); }
  size_t num_bytes() const { return chars_.size(); }

 private:
  std::string chars_;
  std::vector<uint32_t> ends_;
};

/// A tokenizer.json as it stands in the file. The two long lists are kept apart and packed, since a
/// JSON tree of them costs more time than the whole rest of a load.
struct TokenizerJson {
  // Everything else, in the order of the file; model.vocab and model.merges are null here.
  nlohmann::ordered_json settings;
  PackedStrings vocab;        // keys of model.vocab
  std::vector<int64_t> ids;   // values of model.vocab
  PackedStrings merge_parts;  // left and right of every merge, in turn
  bool has_vocab = false;
  bool has_merges = false;
};

/// Reads the file. Throws std::invalid_argument when it cannot be read, is not JSON, repeats a key,
/// nests too deeply, or when model.vocab or model.merges is not of the expected form.
TokenizerJson read_tokenizer_json(const std::filesystem::path& file);

}  // namespace dsocr::data

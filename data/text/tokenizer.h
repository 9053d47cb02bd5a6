#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dsocr::data {

/// The tokenizer.json of DeepSeek-OCR that `make deps` installs.
std::filesystem::path default_tokenizer_file();

/// Byte-level BPE tokenizer of a Hugging Face tokenizer.json (spec: model, section 6.3). Gives the
/// ids of the `tokenizers` library with add_special_tokens = false. Const methods may be called
/// from several threads at once; results do not depend on how many.
class Tokenizer {
 public:
  /// Throws DataError, naming the file and the field, when the file cannot be read, is
  /// inconsistent, or asks for anything outside what this class supports.
  static Tokenizer load(const std::filesystem::path& tokenizer_json);

  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;

  /// Ids of a text, without bos or eos; added tokens inside the text become their ids. Throws
  /// DataError (recoverable) with the byte offset when the text is not well-formed UTF-8.
  std::vector<int32_t> encode(std::string_view utf8) const;

  /// Text of the ids, always well-formed UTF-8: bytes that are not become U+FFFD. Ids without a
  /// token give nothing (the embedding has more rows than the file has tokens); `skip_special`
  /// leaves out special tokens. Throws DataError for an id below 0 or above kMaxTokenId.
  std::string decode(std::span<const int32_t> ids, bool skip_special = false) const;

  /// Id of a token as spelled in the file: an added token's content, or a base token in the
  /// byte-level alphabet.
  std::optional<int32_t> token_id(std::string_view token) const;

  /// What the id writes, which may be a part of a character: the bytes of a base token, the content
  /// of an added one; empty for an id without a token. Valid as long as the tokenizer.
  std::string_view token_bytes(int32_t id) const;

  /// Whether the id is an added token with the flag `special`.
  bool is_special(int32_t id) const;

  /// Highest id in the file + 1.
  size_t vocab_size() const;

 private:
  struct Parts;
  explicit Tokenizer(std::unique_ptr<const Parts> parts);

  std::unique_ptr<const Parts> parts_;
};

}  // namespace dsocr::data

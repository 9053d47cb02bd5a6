#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "model/config.h"

namespace dsocr::model {

/// Rotated keys and values of sequences that are being written, one row each, without padding: a
/// row's first entries are its own prompt. Rows may have different lengths; a layer with a sliding
/// window keeps the prompt and the last `sliding_window` output tokens, in a ring.
class KvCache {
 public:
  /// What the newest token of every row attends to.
  struct View {
    torch::Tensor keys_BHSC, values_BHSC;
    torch::Tensor mask_B11S;  // bool, undefined when every row sees all of it
  };

  KvCache(const DecoderConfig& config, torch::TensorOptions options);

  std::int64_t num_rows() const { return static_cast<std::int64_t>(prompts_.size()); }
  /// Tokens of a row so far, prompt and output: the position of its next token.
  std::int64_t length(std::int64_t row) const { return lengths_[static_cast<size_t>(row)]; }

  /// Opens a row for a prompt of this many tokens and returns its index.
  std::int64_t add_row(std::int64_t prompt_tokens);
  /// Puts the last row in the place of this one.
  void remove_row(std::int64_t row);

  /// Stores the prompt of a row: keys and values [1, H, T, C].
  void write_prompt(std::int64_t layer, std::int64_t row, const torch::Tensor& keys_1HTC,
                    const torch::Tensor& values_1HTC);

  /// Makes room for one more token in every row; `write_next` then stores it layer by layer:
  /// keys and values [B, H, 1, C].
  void begin_step();
  View write_next(std::int64_t layer, const torch::Tensor& keys_BH1C,
                  const torch::Tensor& values_BH1C);

 private:
  // Entries of layers with one attention type: which of them a row uses.
  struct Ring {
    std::int64_t window = 0;  // 0: nothing is ever dropped
    std::int64_t used = 0;    // most entries of any row
    torch::Tensor slots;      // [B] int64, where the newest token goes
    torch::Tensor mask_B11S;
  };
  struct Layer {
    bool slides;
    torch::Tensor keys_BHSC, values_BHSC;
  };

  std::int64_t entries(const Ring& ring, std::int64_t row) const;
  void reserve(Layer& layer, std::int64_t rows, std::int64_t entries);
  void prepare(Ring& ring) const;

  std::int64_t num_heads_, head_size_;
  torch::TensorOptions options_;
  std::vector<Layer> layers_;
  Ring full_, sliding_;
  std::vector<std::int64_t> prompts_, lengths_;
};

}  // namespace dsocr::model

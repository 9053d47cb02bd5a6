#pragma once

#include <torch/torch.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/clip_encoder.h"
#include "model/config.h"
#include "model/decoder.h"
#include "model/sam_encoder.h"

// B sequences, T tokens, D decoder hidden size, V vocabulary.
namespace dsocr::model {

/// One page as the encoder sees it. Pixels are RGB, uint8 or already normalised floats.
struct PageInput {
  torch::Tensor global;  // [3, S, S]
  torch::Tensor tiles =
      {};  // [rows * columns, 3, T, T] in row-major order; undefined without tiles
  std::int64_t columns = 1;
  std::int64_t rows = 1;
};

/// Rows of RGB pixels in memory.
struct RgbBytes {
  std::span<const std::uint8_t> bytes;
  std::int64_t height, width;
};

/// Copies a view and its tiles, of which there may be none.
PageInput make_page(const RgbBytes& global, std::span<const RgbBytes> tiles = {},
                    std::int64_t columns = 1, std::int64_t rows = 1);

/// Sequences for one pass without a cache, as in training.
struct SequenceBatch {
  torch::Tensor ids_BT;        // int64
  torch::Tensor mask_BT = {};  // bool, false on padding at the end; undefined: none
  std::vector<std::vector<PageInput>> pages =
      {};  // of each sequence, in the order of its placeholders
  // Tokens before the answer, per sequence; only layers with a sliding window ask for them. Empty:
  // the whole sequence is prompt.
  std::vector<std::int64_t> prompt_tokens = {};
  // The balancing loss of the experts counts padding too, as the official code has it.
  bool balances_padding = true;
  // Bool, the positions whose logits are asked for; undefined: all.
  torch::Tensor wanted_BT = {};
  // int64, the ids that should come next at these positions: asks for their loss, not for logits.
  torch::Tensor labels_N = {};
};

/// Names as in the checkpoint; see DeepseekOcrImpl.
struct ProjectorImpl : torch::nn::Module {
  explicit ProjectorImpl(const ModelConfig& config);

  Linear layers{nullptr};
};
TORCH_MODULE(Projector);

struct DeepseekOcrBodyImpl : torch::nn::Module {
  explicit DeepseekOcrBodyImpl(const ModelConfig& config);

  Embedding embed_tokens{nullptr};
  torch::nn::ModuleList layers;
  RmsNorm norm{nullptr};
  SamEncoder sam_model{nullptr};
  ClipEncoder vision_model{nullptr};
  Projector projector{nullptr};
  torch::Tensor image_newline, view_seperator;  // [D]; spelled as in the checkpoint
};
TORCH_MODULE(DeepseekOcrBody);

/// DeepSeek-OCR (arXiv 2510.18234; spec: model, sections 2 to 4 and 7). Parameters have the names
/// of the official checkpoint. Nothing here turns gradients off: freeze() decides what is trained,
/// and inference holds a torch::NoGradGuard.
struct DeepseekOcrImpl : torch::nn::Module {
  /// Throws configs::ConfigError when the sizes do not fit each other. The parameters have no
  /// memory yet: weights/load.h or init.h fill them.
  explicit DeepseekOcrImpl(const ModelConfig& config);

  /// Views [B, 3, S, S] -> features [B, s * s, D]; s = tokens per side.
  torch::Tensor encode_views(const torch::Tensor& pixels_B3SS, const Trace& trace = {});

  /// One page -> the vectors that stand in for its placeholders, [N, D]: rows of the tiles, rows of
  /// the global view, each with image_newline at its end, then view_seperator.
  torch::Tensor encode_page(const PageInput& page, const Trace& trace = {});

  /// The same of many pages, views of one size together: the bits depend on the neighbours.
  std::vector<torch::Tensor> encode_each(std::span<const PageInput> pages, const Trace& trace = {});

  /// The vectors of some pages in their order, [N, D]; undefined without pages.
  torch::Tensor encode_pages(std::span<const PageInput> pages, const Trace& trace = {});

  /// Embeddings [B, T, D] of ids [B, T] with the vectors of `image_tokens`, one [N, D] for each
  /// sequence (undefined: none), at the placeholders. Throws c10::Error when a sequence does not
  /// have exactly as many placeholders as vectors.
  torch::Tensor embed(const torch::Tensor& ids_BT, std::span<const torch::Tensor> image_tokens);

  struct Result {
    torch::Tensor logits_BTV;  // float32; of wanted positions only: [N, V]
    torch::Tensor loss;        // float64, cross entropy summed over the labels, where there are any
    std::vector<torch::Tensor> aux_losses, loads_E;  // of the MoE layers in order, in training mode
  };
  Result forward(const SequenceBatch& batch, const Trace& trace = {});

  /// Stores a prompt [1, T, D] as a new row of the cache and returns the logits [1, V] after it.
  torch::Tensor prefill(const torch::Tensor& embeddings_1TD, KvCache& cache,
                        const Trace& trace = {});

  /// Appends one id to every row of the cache: ids [B] int64 -> logits [B, V], float32.
  torch::Tensor step(const torch::Tensor& ids_B, KvCache& cache);

  /// Whether blocks compute their activations again in the backward pass (model/recompute.h).
  void set_recomputes(bool value);

  torch::Device device() const { return model->image_newline.device(); }
  torch::ScalarType dtype() const { return model->image_newline.scalar_type(); }

  ModelConfig config;
  DeepseekOcrBody model{nullptr};
  Linear lm_head{nullptr};
  std::optional<LoraConfig> lora;  // of its adapters (model/lora.h)
  std::shared_ptr<AdapterDropout> dropout = std::make_shared<AdapterDropout>();

 private:
  std::vector<torch::Tensor> encode_sequences(const std::vector<std::vector<PageInput>>& sequences,
                                              const Trace& trace);
  // Features of views -> vectors of their page.
  torch::Tensor joined(const PageInput& page, const torch::Tensor& tiles,
                       const torch::Tensor& global) const;
  // The layers and the last norm.
  torch::Tensor decode(torch::Tensor x_BTD, const DecoderPass& pass, const Trace& trace,
                       Result* result = nullptr);

  bool recomputes_ = false;
};
TORCH_MODULE(DeepseekOcr);

/// Pixels 0..255 as the encoder wants them: (x / 255 - 0.5) / 0.5 in float32 with three roundings,
/// then cast. Floats are only cast.
torch::Tensor normalise(const torch::Tensor& pixels, torch::ScalarType dtype);

/// Trains exactly the parameters that match none of the patterns (with * and ? as in a shell), but
/// never CLIP's own patches, which no pass uses. Throws configs::ConfigError where none matches.
void freeze(DeepseekOcrImpl& model, std::span<const std::string> patterns);

}  // namespace dsocr::model

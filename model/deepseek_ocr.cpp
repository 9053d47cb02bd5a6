#include "model/deepseek_ocr.h"

#include <fnmatch.h>

#include <algorithm>
#include <map>

#include "configs/error.h"
#include "model/linear_cross_entropy.h"
#include "model/recompute.h"

namespace dsocr::model {
namespace {

// Views of so many pixels are encoded at once in training: more is not faster.
constexpr std::int64_t kPixelsAtOnce = std::int64_t{1} << 22;

// CLIP reads SAM's features: its own patches are in the checkpoint and in no pass, and weight decay
// is not to eat them (PyTorch skips what has no gradient).
constexpr const char* kUnused = "model.vision_model.embeddings.patch_embedding.weight";

// Appends `newline` [D] to every row of a picture of features [rows, columns, D] and flattens it.
torch::Tensor with_newlines(const torch::Tensor& picture, const torch::Tensor& newline) {
  return torch::cat({picture, newline.expand({picture.size(0), 1, newline.size(0)})}, 1)
      .flatten(0, 1);
}

// Causal, without padded keys, and for sliding layers without output tokens out of the window.
torch::Tensor attention_mask(const SequenceBatch& batch, std::int64_t window) {
  const std::int64_t length = batch.ids_BT.size(1);
  const torch::Tensor at = torch::arange(length, batch.ids_BT.options());
  const torch::Tensor query = at.view({1, 1, length, 1});
  const torch::Tensor key = at.view({1, 1, 1, length});
  torch::Tensor mask = key.le(query);
  if (batch.mask_BT.defined()) mask = mask & batch.mask_BT.view({-1, 1, 1, length});
  if (window > 0) {
    const torch::Tensor prompts =
        torch::tensor(batch.prompt_tokens, batch.ids_BT.options()).view({-1, 1, 1, 1});
    mask = mask & (key.lt(prompts) | key.gt(query - window));
  }
  return mask;
}

void require_tiles(const PageInput& page) {
  TORCH_CHECK(!page.tiles.defined() || page.tiles.size(0) == page.rows * page.columns, "expected ",
              page.columns, " x ", page.rows, " tiles, got ", page.tiles.sizes());
}

DecoderLayerImpl::Result recomputed_layer(const std::shared_ptr<DecoderLayerImpl>& layer,
                                          const torch::Tensor& x, const DecoderPass& pass) {
  // What needs no gradient comes out beside.
  const auto load = std::make_shared<torch::Tensor>();
  const Tensors out = recomputed(
      [layer, pass, load](const torch::Tensor& in) {
        const auto again = layer->forward(in, pass, {});
        *load = again.load_E;
        return again.aux_loss.defined() ? Tensors{again.x_BTD, again.aux_loss}
                                        : Tensors{again.x_BTD};
      },
      x);
  return {out[0], out.size() > 1 ? out[1] : torch::Tensor(), *load};
}

}  // namespace

ProjectorImpl::ProjectorImpl(const ModelConfig& config) {
  layers =
      register_module("layers", Linear(config.clip.hidden_size + config.sam.downsample_sizes.back(),
                                       config.decoder.hidden_size, true));
}

DeepseekOcrBodyImpl::DeepseekOcrBodyImpl(const ModelConfig& config) {
  const DecoderConfig& decoder = config.decoder;
  embed_tokens =
      register_module("embed_tokens", Embedding(decoder.vocab_size, decoder.hidden_size));
  for (std::int64_t layer = 0; layer < decoder.num_layers; ++layer)
    layers->push_back(DecoderLayer(decoder, layer));
  register_module("layers", layers);
  norm = register_module("norm", RmsNorm(decoder.hidden_size, decoder.rms_norm_eps));
  sam_model = register_module("sam_model", SamEncoder(config.sam));
  vision_model = register_module("vision_model", ClipEncoder(config.clip));
  projector = register_module("projector", Projector(config));
  image_newline = register_parameter("image_newline", unallocated({decoder.hidden_size}));
  view_seperator = register_parameter("view_seperator", unallocated({decoder.hidden_size}));
}

DeepseekOcrImpl::DeepseekOcrImpl(const ModelConfig& config_in) : config(config_in) {
  check(config);
  model = register_module("model", DeepseekOcrBody(config));
  lm_head = register_module("lm_head",
                            Linear(config.decoder.hidden_size, config.decoder.vocab_size, false));
}

torch::Tensor DeepseekOcrImpl::encode_views(const torch::Tensor& pixels_B3SS, const Trace& trace) {
  const torch::Tensor pixels = normalise(pixels_B3SS.to(device()), dtype());
  trace("pixels", pixels);
  const torch::Tensor sam =
      model->sam_model->forward(pixels, trace.at("sam")).flatten(2).transpose(1, 2);
  const torch::Tensor clip = model->vision_model->forward(sam, trace.at("clip"));
  torch::Tensor features =
      model->projector->layers(torch::cat({clip.narrow(1, 1, sam.size(1)), sam}, -1));
  trace("projector.out", features);
  return features;
}

torch::Tensor DeepseekOcrImpl::joined(const PageInput& page, const torch::Tensor& tiles,
                                      const torch::Tensor& global) const {
  const torch::Tensor& newline = model->image_newline;
  std::vector<torch::Tensor> parts;
  if (tiles.defined()) {
    const std::int64_t side = square_side(tiles.size(1));
    const torch::Tensor picture =
        tiles.reshape({page.rows, page.columns, side, side, tiles.size(-1)})
            .transpose(1, 2)
            .reshape({page.rows * side, page.columns * side, -1});
    parts.push_back(with_newlines(picture, newline));
  }
  const std::int64_t side = square_side(global.size(1));
  parts.push_back(with_newlines(global.reshape({side, side, -1}), newline));
  parts.push_back(model->view_seperator.unsqueeze(0));
  return torch::cat(parts);
}

torch::Tensor DeepseekOcrImpl::encode_page(const PageInput& page, const Trace& trace) {
  require_tiles(page);
  torch::Tensor tiles;
  if (page.tiles.defined()) tiles = encode_views(page.tiles, trace.at("tiles"));
  const torch::Tensor global = encode_views(page.global.unsqueeze(0), trace.at("global"));
  torch::Tensor tokens = joined(page, tiles, global);
  trace("image_tokens", tokens);
  return tokens;
}

std::vector<torch::Tensor> DeepseekOcrImpl::encode_each(std::span<const PageInput> pages,
                                                        const Trace& trace) {
  std::vector<torch::Tensor> views;  // of each page its tiles, then the whole
  for (const PageInput& page : pages) {
    require_tiles(page);
    if (page.tiles.defined())
      for (const torch::Tensor& tile : page.tiles.unbind(0)) views.push_back(tile);
    views.push_back(page.global);
  }
  std::map<std::int64_t, std::vector<size_t>> of_side;
  for (size_t i = 0; i < views.size(); ++i) of_side[views[i].size(-1)].push_back(i);
  std::vector<torch::Tensor> features(views.size());
  for (const auto& [side, places] : of_side) {
    const auto step = static_cast<size_t>(std::max<std::int64_t>(1, kPixelsAtOnce / (side * side)));
    for (size_t begin = 0; begin < places.size(); begin += step) {
      const size_t count = std::min(step, places.size() - begin);
      std::vector<torch::Tensor> together;
      for (size_t i = begin; i < begin + count; ++i) together.push_back(views[places[i]]);
      const auto encoded = encode_views(torch::stack(together), trace).unbind(0);
      for (size_t i = 0; i < count; ++i) features[places[begin + i]] = encoded[i];
    }
  }
  std::vector<torch::Tensor> results;
  auto next = features.begin();
  for (const PageInput& page : pages) {
    torch::Tensor tiles;
    if (page.tiles.defined()) {
      tiles = torch::stack(std::vector<torch::Tensor>(next, next + page.tiles.size(0)));
      next += page.tiles.size(0);
    }
    results.push_back(joined(page, tiles, (next++)->unsqueeze(0)));
  }
  return results;
}

torch::Tensor DeepseekOcrImpl::encode_pages(std::span<const PageInput> pages, const Trace& trace) {
  std::vector<torch::Tensor> parts;
  for (const PageInput& page : pages) parts.push_back(encode_page(page, trace));
  return parts.empty() ? torch::Tensor() : torch::cat(parts);
}

torch::Tensor DeepseekOcrImpl::embed(const torch::Tensor& ids_BT,
                                     std::span<const torch::Tensor> image_tokens) {
  const torch::Tensor ids = ids_BT.to(device());
  torch::Tensor embeddings = model->embed_tokens(ids);
  const torch::Tensor is_image = ids.eq(config.image_token_id);
  const torch::Tensor counts = is_image.sum(1).to(torch::kCPU);
  std::vector<torch::Tensor> vectors;
  for (std::int64_t row = 0; row < ids.size(0); ++row) {
    const auto i = static_cast<size_t>(row);
    const bool any = i < image_tokens.size() && image_tokens[i].defined();
    const std::int64_t given = any ? image_tokens[i].size(0) : 0;
    const std::int64_t wanted = counts[row].item<std::int64_t>();
    TORCH_CHECK(given == wanted, "sequence ", row, " has ", wanted, " image placeholders for ",
                given, " vision tokens");
    if (any) vectors.push_back(image_tokens[i]);
  }
  if (vectors.empty()) return embeddings;
  return embeddings.masked_scatter(is_image.unsqueeze(-1), torch::cat(vectors));
}

torch::Tensor DeepseekOcrImpl::decode(torch::Tensor x, const DecoderPass& pass, const Trace& trace,
                                      Result* result) {
  for (std::int64_t i = 0; i < config.decoder.num_layers; ++i) {
    const auto layer = model->layers->ptr<DecoderLayerImpl>(static_cast<size_t>(i));
    const auto inner = recomputes_ && is_training() && needs_gradient(*layer, x)
                           ? recomputed_layer(layer, x, pass)
                           : layer->forward(x, pass, trace.at("decoder.layer" + std::to_string(i)));
    x = inner.x_BTD;
    if (!result || !inner.aux_loss.defined()) continue;
    result->aux_losses.push_back(inner.aux_loss);
    result->loads_E.push_back(inner.load_E);
  }
  // Only the last token of a prompt is asked for.
  if (pass.cache && pass.prompt_row >= 0) x = x.narrow(1, x.size(1) - 1, 1);
  x = model->norm(x);
  trace("decoder.final_norm", x);
  return x;
}

std::vector<torch::Tensor> DeepseekOcrImpl::encode_sequences(
    const std::vector<std::vector<PageInput>>& sequences, const Trace& trace) {
  std::vector<torch::Tensor> tokens;
  // In training all pages go together; a page that is read has the same bits in any company.
  if (!is_training()) {
    for (const auto& pages : sequences) tokens.push_back(encode_pages(pages, trace));
    return tokens;
  }
  std::vector<PageInput> all;
  for (const auto& pages : sequences) all.insert(all.end(), pages.begin(), pages.end());
  const std::vector<torch::Tensor> encoded = encode_each(all, trace);
  auto next = encoded.begin();
  for (const auto& pages : sequences) {
    const auto end = next + static_cast<std::ptrdiff_t>(pages.size());
    tokens.push_back(pages.empty() ? torch::Tensor()
                                   : torch::cat(std::vector<torch::Tensor>(next, end)));
    next = end;
  }
  return tokens;
}

void DeepseekOcrImpl::set_recomputes(bool value) {
  recomputes_ = model->sam_model->recomputes = model->vision_model->recomputes = value;
}

DeepseekOcrImpl::Result DeepseekOcrImpl::forward(const SequenceBatch& batch, const Trace& trace) {
  TORCH_CHECK(batch.ids_BT.dim() == 2, "expected ids [B, T], got ", batch.ids_BT.sizes());
  const auto sequences = static_cast<size_t>(batch.ids_BT.size(0));
  TORCH_CHECK(batch.pages.empty() || batch.pages.size() == sequences, "expected the pages of ",
              sequences, " sequences, got those of ", batch.pages.size());
  TORCH_CHECK(batch.prompt_tokens.empty() || batch.prompt_tokens.size() == sequences,
              "expected prompt_tokens of ", sequences, " sequences, got ",
              batch.prompt_tokens.size());
  const std::vector<torch::Tensor> image_tokens = encode_sequences(batch.pages, trace);
  const torch::Tensor x = embed(batch.ids_BT, image_tokens);
  trace("inputs_embeds", x);
  DecoderPass pass;
  const torch::Tensor positions =
      torch::arange(x.size(1), torch::dtype(torch::kInt64).device(x.device())).unsqueeze(0);
  std::tie(pass.cos_BT, pass.sin_BT) = rotary_table(config.decoder, positions, x.scalar_type());
  const bool slides = config.decoder.sliding_window > 0 && !batch.prompt_tokens.empty();
  if (batch.mask_BT.defined()) pass.full_mask = attention_mask(batch, 0).to(device());
  pass.sliding_mask =
      slides ? attention_mask(batch, config.decoder.sliding_window).to(device()) : pass.full_mask;
  if (!batch.balances_padding && batch.mask_BT.defined())
    pass.balanced_BT = batch.mask_BT.to(device());
  Result result;
  torch::Tensor out = decode(x, pass, trace, &result);
  if (batch.wanted_BT.defined())
    out = out.flatten(0, 1).index_select(
        0, batch.wanted_BT.to(device()).flatten().nonzero().squeeze(1));
  const bool plain_head = !lm_head->has_adapter();
  if (batch.labels_N.defined() && plain_head)
    result.loss = linear_cross_entropy(out, lm_head->weight, batch.labels_N.to(device()));
  else
    result.logits_BTV = lm_head(out).to(torch::kFloat32);
  if (batch.labels_N.defined() && !plain_head)
    result.loss = torch::cross_entropy_loss(result.logits_BTV, batch.labels_N.to(device()), {},
                                            at::Reduction::None)
                      .sum(torch::kFloat64);
  return result;
}

torch::Tensor DeepseekOcrImpl::prefill(const torch::Tensor& embeddings_1TD, KvCache& cache,
                                       const Trace& trace) {
  TORCH_CHECK(embeddings_1TD.dim() == 3 && embeddings_1TD.size(0) == 1,
              "expected one prompt [1, T, D], got ", embeddings_1TD.sizes());
  DecoderPass pass;
  pass.cache = &cache;
  const std::int64_t tokens = embeddings_1TD.size(1);
  pass.prompt_row = cache.add_row(tokens);
  const torch::Tensor positions =
      torch::arange(tokens, torch::dtype(torch::kInt64).device(device())).unsqueeze(0);
  std::tie(pass.cos_BT, pass.sin_BT) = rotary_table(config.decoder, positions, dtype());
  return lm_head(decode(embeddings_1TD, pass, trace)).to(torch::kFloat32).squeeze(1);
}

torch::Tensor DeepseekOcrImpl::step(const torch::Tensor& ids_B, KvCache& cache) {
  TORCH_CHECK(ids_B.dim() == 1 && ids_B.size(0) == cache.num_rows(), "expected ids [",
              cache.num_rows(), "], got ", ids_B.sizes());
  std::vector<std::int64_t> positions;
  for (std::int64_t row = 0; row < cache.num_rows(); ++row) positions.push_back(cache.length(row));
  cache.begin_step();
  DecoderPass pass;
  pass.cache = &cache;
  std::tie(pass.cos_BT, pass.sin_BT) = rotary_table(
      config.decoder, torch::tensor(positions, torch::kInt64).to(device()).unsqueeze(1), dtype());
  const torch::Tensor x = model->embed_tokens(ids_B.to(device())).unsqueeze(1);
  return lm_head(decode(x, pass, {})).to(torch::kFloat32).squeeze(1);
}

PageInput make_page(const RgbBytes& global, std::span<const RgbBytes> tiles, std::int64_t columns,
                    std::int64_t rows) {
  const auto pixels = [](const RgbBytes& image) {
    TORCH_CHECK(static_cast<std::int64_t>(image.bytes.size()) == 3 * image.height * image.width,
                "expected ", 3 * image.height * image.width, " bytes of pixels, got ",
                image.bytes.size());
    return torch::from_blob(const_cast<std::uint8_t*>(image.bytes.data()),
                            {image.height, image.width, 3}, torch::kUInt8)
        .permute({2, 0, 1})
        .clone();
  };
  PageInput page{.global = pixels(global)};
  if (tiles.empty()) return page;
  std::vector<torch::Tensor> all;
  for (const RgbBytes& tile : tiles) all.push_back(pixels(tile));
  page.tiles = torch::stack(all);
  page.columns = columns;
  page.rows = rows;
  return page;
}

torch::Tensor normalise(const torch::Tensor& pixels, torch::ScalarType dtype) {
  if (pixels.is_floating_point()) return pixels.to(dtype);
  return pixels.to(torch::kFloat32).div(255).sub(0.5).div(0.5).to(dtype);
}

void freeze(DeepseekOcrImpl& model, std::span<const std::string> patterns) {
  auto parameters = model.named_parameters();
  for (auto& parameter : parameters) parameter.value().requires_grad_(parameter.key() != kUnused);
  for (const std::string& pattern : patterns) {
    bool matched = false;
    for (auto& parameter : parameters) {
      if (fnmatch(pattern.c_str(), parameter.key().c_str(), 0) != 0) continue;
      parameter.value().requires_grad_(false);
      matched = true;
    }
    if (!matched)
      throw configs::ConfigError("freeze", "no parameter is called like '" + pattern + "'");
  }
}

}  // namespace dsocr::model

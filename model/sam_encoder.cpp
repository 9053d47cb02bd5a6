#include "model/sam_encoder.h"

#include <algorithm>

#include "model/kernels/grid_attention.h"
#include "model/recompute.h"

namespace dsocr::model {
namespace {

namespace F = torch::nn::functional;

// Elements of the attention bias that are held at once: the bias of a whole page at 1280 pixels
// would be 490 million.
constexpr std::int64_t kBiasElements = std::int64_t{1} << 25;

// Table rows for every pair of coordinates: [query, key, channels].
torch::Tensor relative_rows(const torch::Tensor& table_LC, std::int64_t side) {
  torch::Tensor table = table_LC;
  const std::int64_t length = 2 * side - 1;
  if (table.size(0) != length) {
    const auto options = F::InterpolateFuncOptions()
                             .size(std::vector<std::int64_t>{length})
                             .mode(torch::kLinear)
                             .align_corners(false);
    table = F::interpolate(table.to(torch::kFloat32).t().unsqueeze(0), options)
                .squeeze(0)
                .t()
                .to(table.scalar_type());
  }
  const torch::Tensor at = torch::arange(side, table.device());
  return table.index({at.unsqueeze(1) - at.unsqueeze(0) + (side - 1)});
}

struct Windows {
  torch::Tensor x_NWWC;
  std::int64_t padded;  // patches per side after padding
};

// Zero padding at the bottom and on the right, then windows in row-major order. The padded
// positions take part in the attention, as in the original.
Windows to_windows(const torch::Tensor& x_BGGC, std::int64_t window) {
  const std::int64_t side = x_BGGC.size(1);
  const std::int64_t pad = (window - side % window) % window;
  const std::int64_t count = (side + pad) / window;
  torch::Tensor x = x_BGGC;
  if (pad > 0) x = torch::constant_pad_nd(x, {0, 0, 0, pad, 0, pad});
  x = x.reshape({x.size(0), count, window, count, window, x.size(-1)}).permute({0, 1, 3, 2, 4, 5});
  return {x.reshape({-1, window, window, x.size(-1)}), side + pad};
}

torch::Tensor from_windows(const Windows& windows, std::int64_t side) {
  const std::int64_t window = windows.x_NWWC.size(1);
  const std::int64_t count = windows.padded / window;
  return windows.x_NWWC.reshape({-1, count, count, window, window, windows.x_NWWC.size(-1)})
      .permute({0, 1, 3, 2, 4, 5})
      .reshape({-1, windows.padded, windows.padded, windows.x_NWWC.size(-1)})
      .narrow(1, 0, side)
      .narrow(2, 0, side);
}

}  // namespace

SamAttentionImpl::SamAttentionImpl(const SamConfig& config, std::int64_t grid)
    : num_heads(config.num_heads) {
  const std::int64_t size = config.hidden_size;
  qkv = register_module("qkv", Linear(size, 3 * size, true));
  proj = register_module("proj", Linear(size, size, true));
  rel_pos_h = register_parameter("rel_pos_h", unallocated({2 * grid - 1, size / num_heads}));
  rel_pos_w = register_parameter("rel_pos_w", unallocated({2 * grid - 1, size / num_heads}));
}

torch::Tensor SamAttentionImpl::forward(const torch::Tensor& x_NGGC) {
  const std::int64_t count = x_NGGC.size(0);
  const std::int64_t side = x_NGGC.size(1);
  const std::int64_t length = side * side;
  const auto parts = split_heads(qkv(x_NGGC.flatten(1, 2)), 3, num_heads);
  // One row per window and head: [N * H, G * G, head size].
  const auto flat = [](const torch::Tensor& x) { return x.flatten(0, 1); };
  const torch::Tensor q = flat(parts[0]), k = flat(parts[1]), v = flat(parts[2]);

  // The bias of query (y, x) and key (y', x') is q . rows_h[y, y'] + q . rows_w[x, x'].
  const torch::Tensor rows_h = relative_rows(rel_pos_h, side);
  const torch::Tensor rows_w = relative_rows(rel_pos_w, side);
  const torch::Tensor grid_q = q.reshape({-1, side, side, q.size(-1)});
  const torch::Tensor bias_h = torch::einsum("byxc,ykc->byxk", {grid_q, rows_h}).contiguous();
  const torch::Tensor bias_w = torch::einsum("byxc,xkc->byxk", {grid_q, rows_w}).contiguous();

  if (is_grid_attention(q)) {
    const torch::Tensor out = grid_attention(q, k, v, bias_h.flatten(1, 2), bias_w.flatten(1, 2));
    return proj(join_heads(out.view({count, num_heads, length, -1}))).reshape_as(x_NGGC);
  }
  std::vector<torch::Tensor> outputs;
  const std::int64_t step =
      std::clamp<std::int64_t>(kBiasElements / (length * length), 1, q.size(0));
  // Without gradients one buffer serves all parts: memory new to the process costs more than sums.
  torch::Tensor buffer;
  if (!torch::GradMode::is_enabled())
    buffer = torch::empty({step, side, side, side, side}, q.options());
  for (std::int64_t begin = 0; begin < q.size(0); begin += step) {
    const std::int64_t rows = std::min(step, q.size(0) - begin);
    const auto part = [&](const torch::Tensor& x) { return x.narrow(0, begin, rows); };
    const torch::Tensor by_row = part(bias_h).unsqueeze(-1), by_column = part(bias_w).unsqueeze(-2);
    torch::Tensor bias;
    if (buffer.defined()) {
      bias = buffer.narrow(0, 0, rows);
      const torch::ScalarType dtype = bias.scalar_type();
      if (bias.is_cpu() && (dtype == torch::kFloat32 || dtype == torch::kBFloat16))
        add_grid_bias(part(bias_h).flatten(1, 2), part(bias_w).flatten(1, 2), bias);
      else
        torch::add_out(bias, by_row, by_column);
    } else {
      bias = by_row + by_column;
    }
    outputs.push_back(torch::scaled_dot_product_attention(
        part(q).unsqueeze(1), part(k).unsqueeze(1), part(v).unsqueeze(1),
        bias.view({rows, 1, length, length})));
  }
  const torch::Tensor out = outputs.size() == 1 ? outputs[0] : torch::cat(outputs);
  return proj(join_heads(out.reshape({count, num_heads, length, -1}))).reshape_as(x_NGGC);
}

SamMlpImpl::SamMlpImpl(const SamConfig& config) {
  lin1 = register_module("lin1", Linear(config.hidden_size, config.intermediate_size, true));
  lin2 = register_module("lin2", Linear(config.intermediate_size, config.hidden_size, true));
}

torch::Tensor SamMlpImpl::forward(const torch::Tensor& x) { return lin2(torch::gelu(lin1(x))); }

SamBlockImpl::SamBlockImpl(const SamConfig& config, std::int64_t layer)
    : window(config.is_global(layer) ? 0 : config.window_size) {
  const auto norm = [&] { return LayerNorm(config.hidden_size, config.layer_norm_eps); };
  norm1 = register_module("norm1", norm());
  attn = register_module("attn", SamAttention(config, window > 0 ? window : config.native_grid()));
  norm2 = register_module("norm2", norm());
  mlp = register_module("mlp", SamMlp(config));
}

torch::Tensor SamBlockImpl::forward(const torch::Tensor& x_BGGC, const Trace& trace) {
  torch::Tensor attended = norm1(x_BGGC);
  if (window > 0) {
    Windows windows = to_windows(attended, window);
    windows.x_NWWC = attn(windows.x_NWWC);
    trace("attn_windows", windows.x_NWWC);
    attended = from_windows(windows, x_BGGC.size(1));
  } else {
    attended = attn(attended);
  }
  const torch::Tensor x = x_BGGC + attended;
  return x + mlp(norm2(x));
}

SamPatchEmbedImpl::SamPatchEmbedImpl(const SamConfig& config) {
  proj = register_module("proj", Conv2d(Conv2dImpl::Options{.in = 3,
                                                            .out = config.hidden_size,
                                                            .kernel = config.patch_size,
                                                            .stride = config.patch_size,
                                                            .has_bias = true}));
}

SamNeckImpl::SamNeckImpl(const SamConfig& config) {
  const std::int64_t size = config.neck_size;
  conv1 = register_module(
      "0", Conv2d(Conv2dImpl::Options{.in = config.hidden_size, .out = size, .kernel = 1}));
  norm1 = register_module("1", LayerNorm2d(size, config.layer_norm_eps));
  conv2 = register_module(
      "2", Conv2d(Conv2dImpl::Options{.in = size, .out = size, .kernel = 3, .padding = 1}));
  norm2 = register_module("3", LayerNorm2d(size, config.layer_norm_eps));
}

torch::Tensor SamNeckImpl::forward(const torch::Tensor& x_BCGG) {
  return norm2(conv2(norm1(conv1(x_BCGG))));
}

SamEncoderImpl::SamEncoderImpl(const SamConfig& config) {
  const std::int64_t grid = config.native_grid();
  patch_embed = register_module("patch_embed", SamPatchEmbed(config));
  pos_embed = register_parameter("pos_embed", unallocated({1, grid, grid, config.hidden_size}));
  for (std::int64_t layer = 0; layer < config.num_layers; ++layer)
    blocks->push_back(SamBlock(config, layer));
  register_module("blocks", blocks);
  neck = register_module("neck", SamNeck(config));
  const auto halve = [](std::int64_t in, std::int64_t out) {
    return Conv2d(
        Conv2dImpl::Options{.in = in, .out = out, .kernel = 3, .stride = 2, .padding = 1});
  };
  net_2 = register_module("net_2", halve(config.neck_size, config.downsample_sizes[0]));
  net_3 = register_module("net_3", halve(config.downsample_sizes[0], config.downsample_sizes[1]));
}

torch::Tensor SamEncoderImpl::forward(const torch::Tensor& pixels_B3SS, const Trace& trace) {
  const std::int64_t patch = patch_embed->proj->stride;
  TORCH_CHECK(pixels_B3SS.dim() == 4 && pixels_B3SS.size(1) == 3 &&
                  pixels_B3SS.size(2) == pixels_B3SS.size(3) && pixels_B3SS.size(2) % patch == 0,
              "expected pixels [B, 3, S, S] with S a multiple of ", patch, ", got ",
              pixels_B3SS.sizes());
  torch::Tensor x = patch_embed->proj(pixels_B3SS).permute({0, 2, 3, 1}).contiguous();
  trace("patch_embed", x);
  x = x + resize_grid(pos_embed, x.size(1));
  trace("pos_added", x);
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(blocks->size()); ++i) {
    const auto block = blocks->ptr<SamBlockImpl>(static_cast<size_t>(i));
    const Trace inner = trace.at("block" + std::to_string(i));
    x = recomputes && needs_gradient(*block, x)
            ? recomputed([=](const auto& in) { return Tensors{block->forward(in, inner)}; }, x)[0]
            : block->forward(x, inner);
    trace("block", i, x);
  }
  x = neck(x.permute({0, 3, 1, 2}));
  trace("neck", x);
  x = net_2(x);
  trace("net_2", x);
  x = net_3(x);
  trace("out", x);
  return x;
}

}  // namespace dsocr::model

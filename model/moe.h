#pragma once

#include <torch/torch.h>

#include <span>

#include "model/config.h"
#include "model/layers.h"
#include "model/trace.h"

// B sequences, T tokens, N = B T, D hidden size, E experts, K experts per token,
// I inner size of an expert.
namespace dsocr::model {

/// down(silu(gate(x)) * up(x)); a dense feed-forward part, an expert, or the shared experts.
struct GatedMlpImpl : torch::nn::Module {
  GatedMlpImpl(std::int64_t size, std::int64_t inner);
  torch::Tensor forward(const torch::Tensor& x);

  /// Rows [begin, begin + count) of x for one of several parts, and where their results go: the
  /// same rows of `out`.
  struct Rows {
    GatedMlpImpl* mlp;
    torch::Tensor x, out;
    std::int64_t begin, count;
  };
  /// forward() of several parts of one network at once, where each is_small_linear() or
  /// is_block_linear().
  static void forward_together(std::span<const Rows> parts);

  bool has_adapter() const {
    return gate_proj->has_adapter() || up_proj->has_adapter() || down_proj->has_adapter();
  }

  Linear gate_proj{nullptr}, up_proj{nullptr}, down_proj{nullptr};
};
TORCH_MODULE(GatedMlp);

/// Softmax router, in float32 whatever the weights are.
struct RouterImpl : torch::nn::Module {
  explicit RouterImpl(const DecoderConfig& config);

  struct Result {
    torch::Tensor probabilities_NE;  // float32
    torch::Tensor weights_NK;        // float32, falling
    torch::Tensor experts_NK;        // int64
  };
  Result forward(const torch::Tensor& x_ND);

  torch::Tensor weight;  // [E, D]
  std::int64_t num_experts_per_token;
  bool norm_topk_prob;
  double scaling;
};
TORCH_MODULE(Router);

/// Routed and shared experts (spec: model, section 7). Of experts with equal probability torch's
/// topk picks the same ones in every run on one device, in no documented order.
struct MoeImpl : torch::nn::Module {
  explicit MoeImpl(const DecoderConfig& config);

  struct Result {
    torch::Tensor x_BTD;
    // Balancing loss in training mode, else undefined: float32 scalar, already times alpha. The
    // total loss of the original is cross entropy + the sum over layers (spec: model, section 7.1).
    torch::Tensor aux_loss;
    torch::Tensor load_E;  // in training mode: counted tokens that chose each expert, float32
  };
  /// `balanced_BT`: bool, the tokens that the balancing loss counts; undefined: all.
  Result forward(const torch::Tensor& x_BTD, const Trace& trace,
                 const torch::Tensor& balanced_BT = {});

  /// Puts the experts' weights side by side in memory, of which the parameters become views: a GPU
  /// then multiplies all experts at once (bfloat16, without gradients).
  void join_experts();

  Router gate{nullptr};
  torch::nn::ModuleList experts;
  GatedMlp shared_experts{nullptr};  // null without shared experts
  std::int64_t num_experts;
  double aux_loss_alpha;
  bool has_adapters = false;  // of an expert; kept by model/lora.cpp

 private:
  torch::Tensor few_rows(const torch::Tensor& x_ND, const RouterImpl::Result& route);
  torch::Tensor routed(const torch::Tensor& x_ND, const RouterImpl::Result& route);
  // Rows sorted by expert and the expert of each -> their results.
  torch::Tensor grouped(const torch::Tensor& sorted, const torch::Tensor& chosen) const;
  torch::Tensor one_by_one(const torch::Tensor& sorted, const torch::Tensor& chosen);
  bool is_grouped(const torch::Tensor& x_ND) const;
  Result balanced(const torch::Tensor& x_BTD, const RouterImpl::Result& route,
                  const torch::Tensor& counted_BT) const;

  torch::Tensor gate_up_EID_, down_EDI_;  // after join_experts(); I rows of gate above I of up
};
TORCH_MODULE(Moe);

}  // namespace dsocr::model

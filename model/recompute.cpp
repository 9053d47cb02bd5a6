#include "model/recompute.h"

#include <algorithm>

namespace dsocr::model {
namespace {

struct HeldBlock : torch::CustomClassHolder {
  explicit HeldBlock(Block block_in) : block(std::move(block_in)) {}
  Block block;
};

struct Recompute : torch::autograd::Function<Recompute> {
  // The anchor needs a gradient, so that the result does where only the block's parameters do.
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context,
                                                const torch::Tensor& x,
                                                const torch::Tensor& /*anchor*/,
                                                const Block& block) {
    context->save_for_backward({x});
    context->saved_data["x_needs"] = x.requires_grad();
    context->saved_data["block"] = c10::IValue::make_capsule(c10::make_intrusive<HeldBlock>(block));
    // With a graph, dropped at once: without gradients other kernels would compute other bits than
    // the backward pass will.
    const torch::AutoGradMode with_gradients(true);
    Tensors outputs = block(x.detach().requires_grad_(x.requires_grad()));
    for (torch::Tensor& output : outputs) output = output.detach();
    return outputs;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const torch::Tensor x = context->get_saved_variables()[0].detach();
    x.requires_grad_(context->saved_data["x_needs"].toBool());
    const auto held = context->saved_data["block"].toCapsule();
    torch::autograd::variable_list outputs, wanted;
    {
      const torch::AutoGradMode with_gradients(true);
      outputs = static_cast<HeldBlock&>(*held).block(x);
    }
    torch::autograd::variable_list reached;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (!gradients[i].defined() || !outputs[i].requires_grad()) continue;
      reached.push_back(outputs[i]);
      wanted.push_back(gradients[i]);
    }
    if (!reached.empty()) torch::autograd::backward(reached, wanted);
    return {x.grad(), torch::Tensor(), torch::Tensor()};
  }
};

}  // namespace

Tensors recomputed(const Block& block, const torch::Tensor& x) {
  return Recompute::apply(x, torch::empty({0}, torch::requires_grad()), block);
}

bool needs_gradient(const torch::nn::Module& module, const torch::Tensor& x) {
  if (!torch::GradMode::is_enabled()) return false;
  const auto parameters = module.parameters();
  return x.requires_grad() || std::any_of(parameters.begin(), parameters.end(),
                                          [](const auto& p) { return p.requires_grad(); });
}

}  // namespace dsocr::model

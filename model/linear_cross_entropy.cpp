#include "model/linear_cross_entropy.h"

#include <algorithm>

namespace dsocr::model {
namespace {

// Logits at once: few enough that the memory is used again from chunk to chunk.
constexpr std::int64_t kElements = std::int64_t{1} << 23;

struct Sums {
  torch::Tensor loss, grad_x = {}, grad_weight = {};
};

Sums compute(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& labels,
             bool for_x, bool for_weight) {
  const std::int64_t rows = x.size(0);
  const std::int64_t step = std::max<std::int64_t>(16, kElements / weight.size(0));
  const auto wide = x.options().dtype(torch::kFloat32);
  Sums sums{.loss = torch::zeros({}, x.options().dtype(torch::kFloat64))};
  if (for_x) sums.grad_x = torch::empty_like(x);
  const bool several = rows > step;
  for (std::int64_t begin = 0; begin < rows; begin += step) {
    const std::int64_t count = std::min(step, rows - begin);
    const torch::Tensor part = x.narrow(0, begin, count);
    const torch::Tensor label = labels.narrow(0, begin, count).unsqueeze(1);
    torch::Tensor logits = torch::linear(part, weight).to(torch::kFloat32);
    const torch::Tensor total = torch::logsumexp(logits, 1, /*keepdim=*/true);
    sums.loss += (total - logits.gather(1, label)).sum(torch::kFloat64);
    if (!for_x && !for_weight) continue;
    // The gradient of the logits is softmax - one hot.
    torch::Tensor gradient = logits.sub_(total).exp_();
    gradient.scatter_add_(1, label, torch::full_like(label, -1, wide));
    gradient = gradient.to(x.scalar_type());
    if (for_x) sums.grad_x.narrow(0, begin, count).copy_(torch::matmul(gradient, weight));
    if (!for_weight) continue;
    if (!several) {
      sums.grad_weight = torch::matmul(gradient.t(), part);
    } else if (weight.scalar_type() == torch::kFloat32) {
      if (!sums.grad_weight.defined()) sums.grad_weight = torch::zeros_like(weight);
      sums.grad_weight.addmm_(gradient.t(), part);
    } else {
      const torch::Tensor more = torch::matmul(gradient.t(), part).to(torch::kFloat32);
      sums.grad_weight = sums.grad_weight.defined() ? sums.grad_weight.add_(more) : more;
    }
  }
  if (sums.grad_weight.defined()) sums.grad_weight = sums.grad_weight.to(weight.scalar_type());
  return sums;
}

struct LinearCrossEntropy : torch::autograd::Function<LinearCrossEntropy> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight, const torch::Tensor& labels) {
    const Sums sums = compute(x, weight, labels, x.requires_grad(), weight.requires_grad());
    context->saved_data["grad_x"] = sums.grad_x;
    context->saved_data["grad_weight"] = sums.grad_weight;
    return sums.loss;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto scaled = [&](const char* name) {
      torch::Tensor gradient = context->saved_data[name].toTensor();
      return gradient.defined() ? gradient.mul_(gradients[0]) : gradient;
    };
    return {scaled("grad_x"), scaled("grad_weight"), torch::Tensor()};
  }
};

}  // namespace

torch::Tensor linear_cross_entropy(const torch::Tensor& x_ND, const torch::Tensor& weight_VD,
                                   const torch::Tensor& labels_N) {
  const bool gradients =
      torch::GradMode::is_enabled() && (x_ND.requires_grad() || weight_VD.requires_grad());
  if (!gradients) return compute(x_ND, weight_VD, labels_N, false, false).loss;
  return LinearCrossEntropy::apply(x_ND, weight_VD, labels_N);
}

}  // namespace dsocr::model

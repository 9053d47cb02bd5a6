#include "train/parallel/gradients.h"

#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/torch.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace dsocr::train {

struct GradientSums::Hook : torch::autograd::PostAccumulateGradHook {
  Hook(GradientSums& sums_in, std::size_t bucket_in) : sums(sums_in), bucket(bucket_in) {}
  void operator()(const torch::Tensor& parameter) override { sums.ready(parameter, bucket); }

  GradientSums& sums;
  std::size_t bucket;
};

GradientSums::GradientSums(std::vector<at::Tensor> parameters, Group& group,
                           std::int64_t bucket_bytes)
    : group_(group), parameters_(std::move(parameters)) {
  if (group.size() == 1) return;
  std::reverse(parameters_.begin(), parameters_.end());
  for (std::size_t begin = 0; begin < parameters_.size();) {
    const at::Tensor& first = parameters_[begin];
    std::int64_t bytes = 0;
    std::size_t end = begin;
    for (; end < parameters_.size(); ++end) {
      const at::Tensor& next = parameters_[end];
      if (next.dtype() != first.dtype() || next.device() != first.device()) break;
      bytes += static_cast<std::int64_t>(next.nbytes());
      if (end > begin && bytes > bucket_bytes) break;
    }
    add_bucket(begin, end);
    begin = end;
  }
}

GradientSums::~GradientSums() {
  if (!buckets_.empty())
    for (const at::Tensor& parameter : parameters_)
      torch::autograd::impl::set_post_acc_grad_hooks(parameter, nullptr);
}

void GradientSums::add_bucket(std::size_t begin, std::size_t end) {
  const torch::NoGradGuard no_grad;
  std::int64_t size = 0;
  for (std::size_t i = begin; i < end; ++i) size += parameters_[i].numel();
  Bucket bucket{.flat = torch::zeros({size}, parameters_[begin].options()),
                .num_parameters = end - begin};
  std::int64_t at = 0;
  for (std::size_t i = begin; i < end; ++i) {
    at::Tensor& parameter = parameters_[i];
    parameter.mutable_grad() = bucket.flat.narrow(0, at, parameter.numel()).view(parameter.sizes());
    at += parameter.numel();
    torch::autograd::impl::set_post_acc_grad_hooks(parameter,
                                                   std::make_unique<Hook>(*this, buckets_.size()));
  }
  buckets_.push_back(std::move(bucket));
}

void GradientSums::begin(bool last) {
  for (Bucket& bucket : buckets_) bucket.num_ready = 0;
  num_sent_ = 0;
  sends_ = last;
}

// Called by autograd, from the one thread that it has for a device.
void GradientSums::ready(const at::Tensor& parameter, std::size_t bucket) {
  if (!sends_) return;
  if (bucket < num_sent_)
    throw std::logic_error("a gradient has changed after its bucket was sent");
  if (!parameter.grad().is_alias_of(buckets_[bucket].flat))
    throw std::logic_error("a gradient has left its bucket");
  ++buckets_[bucket].num_ready;
  while (num_sent_ < buckets_.size() &&
         buckets_[num_sent_].num_ready == buckets_[num_sent_].num_parameters)
    send_next();
}

void GradientSums::send_next() {
  Bucket& bucket = buckets_[num_sent_++];
  bucket.sum = group_.start_sum(bucket.flat, "the gradients");
}

void GradientSums::finish() {
  sends_ = false;
  while (num_sent_ < buckets_.size()) send_next();
  for (Bucket& bucket : buckets_) bucket.sum.wait();
}

}  // namespace dsocr::train

#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "train/parallel/group.h"

namespace dsocr::train {

/// Adds up the gradients of all ranks while the backward pass still runs. Gradients live in flat
/// buckets, those of the last parameters in the first bucket, since they are there first; a bucket
/// whose gradients are all there is sent while the earlier layers are still at work. In a group of
/// one there are no buckets and nothing changes.
///
/// A sum and not a mean: losses are divided by the labels of all ranks.
class GradientSums {
 public:
  /// Gives every parameter a gradient of zeros that is a part of a bucket. It must stay there: to
  /// be zeroed, not replaced. The group must outlive this.
  GradientSums(std::vector<at::Tensor> parameters, Group& group,
               std::int64_t bucket_bytes = std::int64_t{25} << 20);
  ~GradientSums();
  GradientSums(const GradientSums&) = delete;
  GradientSums& operator=(const GradientSums&) = delete;

  /// Before each backward pass of a step; in the last one buckets are sent.
  void begin(bool last);

  /// After the last: sends what has not been sent, since not every parameter gets a gradient in
  /// every step, and waits. Throws GroupError.
  void finish();

  std::size_t num_buckets() const { return buckets_.size(); }
  /// Buckets sent since the last begin().
  std::size_t num_sent() const { return num_sent_; }

 private:
  struct Hook;
  struct Bucket {
    at::Tensor flat;
    std::size_t num_parameters = 0;
    std::size_t num_ready = 0;
    Group::Pending sum = Group::Pending();
  };

  void add_bucket(std::size_t begin, std::size_t end);
  void ready(const at::Tensor& parameter, std::size_t bucket);
  void send_next();

  Group& group_;
  std::vector<at::Tensor> parameters_;  // in the order of the buckets
  std::vector<Bucket> buckets_ = {};
  std::size_t num_sent_ = 0;  // in order: the same on all ranks
  bool sends_ = false;
};

}  // namespace dsocr::train

#pragma once

#include <ATen/core/Tensor.h>

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "train/parallel/world.h"

namespace dsocr::train {

/// A rank died, ended or does not answer. The message says which one, what this rank waited for,
/// and what to do.
class GroupError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The processes of a run, to give each other tensors: those on the CPU over Gloo, those on a GPU
/// by NCCL. Every rank makes the same calls in the same order, with tensors of the same shapes and
/// types, contiguous, on devices of one kind; one thread at a time. All throw GroupError; after
/// that only going away is left. A group of one does nothing, and needs no network.
///
/// `what` completes "waited for" in messages.
class Group {
 public:
  /// Waits for the other ranks. `timeout`: the longest that a rank may keep the others waiting,
  /// now and in every call. A rank that has died is noticed at once where its machine still runs.
  explicit Group(const World& world = {},
                 std::chrono::milliseconds timeout = std::chrono::minutes(10));
  ~Group();
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  int rank() const { return world_.rank; }
  int size() const { return world_.size; }
  const World& world() const { return world_; }

  /// Something under way, to be waited for once. Until then its tensor belongs to the group.
  class Pending {
   public:
    explicit Pending(std::function<void()> wait = {}) : wait_(std::move(wait)) {}
    void wait() {
      if (wait_) std::exchange(wait_, {})();
    }

   private:
    std::function<void()> wait_;
  };

  /// Adds up over the ranks, in place, with the same bits on every rank and in every run of as many
  /// ranks.
  Pending start_sum(const at::Tensor& tensor, const char* what = "a sum");
  void sum(const at::Tensor& tensor, const char* what = "a sum") { start_sum(tensor, what).wait(); }

  /// Every rank gets the values of one.
  void broadcast(const at::Tensor& tensor, int from, const char* what = "a broadcast");

  /// [size, ...]: the tensors of all ranks, in their order.
  at::Tensor all_gather(const at::Tensor& tensor, const char* what = "values of all ranks");

  /// Bytes of all ranks, of any lengths.
  std::vector<std::string> all_gather(const std::string& bytes,
                                      const char* what = "values of all ranks");

  /// Returns when every rank has called it.
  void barrier(const char* what = "the other ranks");

 private:
  struct Parts;

  World world_;
  std::unique_ptr<Parts> parts_;  // of a group of more than one
};

}  // namespace dsocr::train

#include "train/parallel/shards.h"

#include <torch/torch.h>

#include <algorithm>

namespace dsocr::train {
namespace {

// Received at once, from all ranks together: as much as keeps the network busy, and little beside
// the weights.
constexpr std::int64_t kBlockBytes = std::int64_t{64} << 20;

using Bytes = std::vector<at::Tensor>;  // flat tensors of uint8, one behind the other

std::int64_t num_bytes(const Bytes& bytes) {
  std::int64_t count = 0;
  for (const at::Tensor& tensor : bytes) count += tensor.numel();
  return count;
}

// Calls with each tensor's part of [begin, begin + count) and where this lies in the range.
template <class Visit>
void for_range(const Bytes& bytes, std::int64_t begin, std::int64_t count, const Visit& visit) {
  std::int64_t start = 0;
  for (const at::Tensor& tensor : bytes) {
    const std::int64_t from = std::max(start, begin);
    const std::int64_t to = std::min(start + tensor.numel(), begin + count);
    if (from < to) visit(tensor.narrow(0, from - start, to - from), from - begin);
    start += tensor.numel();
  }
}

// Makes the bytes of every rank those that it has itself: of_ranks[i] are what rank i gives.
void exchange(Group& group, const std::vector<Bytes>& of_ranks, const at::TensorOptions& options,
              const char* what) {
  std::int64_t longest = 0;
  for (const Bytes& bytes : of_ranks) longest = std::max(longest, num_bytes(bytes));
  const std::int64_t block = std::max<std::int64_t>(1, kBlockBytes / group.size());
  for (std::int64_t begin = 0; begin < longest; begin += block) {
    const std::int64_t count = std::min(block, longest - begin);
    const at::Tensor own = torch::empty({count}, options.dtype(torch::kUInt8));
    for_range(of_ranks[static_cast<std::size_t>(group.rank())], begin, count,
              [&](const at::Tensor& tensor, std::int64_t at) {
                own.narrow(0, at, tensor.numel()).copy_(tensor);
              });
    const at::Tensor all = group.all_gather(own, what);
    for (int rank = 0; rank < group.size(); ++rank)
      if (rank != group.rank())
        for_range(of_ranks[static_cast<std::size_t>(rank)], begin, count,
                  [&](const at::Tensor& tensor, std::int64_t at) {
                    tensor.copy_(all[rank].narrow(0, at, tensor.numel()));
                  });
  }
}

at::Tensor as_bytes(const at::Tensor& flat) { return flat.view(torch::kUInt8); }

}  // namespace

Shards::Shards(const std::vector<std::int64_t>& sizes, int num_ranks) : starts_{0} {
  for (const std::int64_t size : sizes) starts_.push_back(starts_.back() + size);
  per_rank_ = (num_elements() + num_ranks - 1) / num_ranks;
}

std::int64_t Shards::begin(int rank) const { return std::min(per_rank_ * rank, num_elements()); }

std::int64_t Shards::count(int rank) const { return begin(rank + 1) - begin(rank); }

std::vector<Shards::Piece> Shards::pieces(int rank) const {
  const std::int64_t range_begin = begin(rank), range_end = range_begin + count(rank);
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i + 1 < starts_.size(); ++i) {
    const std::int64_t from = std::max(starts_[i], range_begin);
    const std::int64_t to = std::min(starts_[i + 1], range_end);
    if (from < to) pieces.push_back({i, from - starts_[i], to - from});
  }
  return pieces;
}

at::Tensor part(const at::Tensor& parameter, const Shards::Piece& piece) {
  return parameter.detach().view({-1}).narrow(0, piece.begin, piece.count);
}

void share(Group& group, const Shards& shards, const std::vector<at::Tensor>& parameters) {
  if (group.size() == 1) return;
  const torch::NoGradGuard no_grad;
  std::vector<Bytes> of_ranks(static_cast<std::size_t>(group.size()));
  for (int rank = 0; rank < group.size(); ++rank)
    for (const Shards::Piece& piece : shards.pieces(rank))
      of_ranks[static_cast<std::size_t>(rank)].push_back(
          as_bytes(part(parameters.at(piece.parameter), piece)));
  exchange(group, of_ranks, parameters.at(0).options(), "the updated weights");
}

at::Tensor collect(Group& group, const Shards& shards, const at::Tensor& own) {
  const torch::NoGradGuard no_grad;
  if (group.size() == 1) return own.detach().cpu();
  // Block by block: no rank but the first needs memory for all of it.
  const std::int64_t block = std::max<std::int64_t>(
      1, kBlockBytes / group.size() / static_cast<std::int64_t>(own.element_size()));
  const bool keeps = group.rank() == 0;
  const auto on_cpu = own.options().device(torch::kCPU);
  at::Tensor all = keeps ? torch::empty({shards.num_elements()}, on_cpu) : at::Tensor();
  for (std::int64_t at = 0; at < shards.count(0); at += block) {
    const std::int64_t length = std::min(block, shards.count(0) - at);
    const auto there = [&](int rank) {
      return std::clamp<std::int64_t>(shards.count(rank) - at, 0, length);
    };
    const at::Tensor sent = torch::zeros({length}, on_cpu);
    const std::int64_t num_own = there(group.rank());
    if (num_own > 0) sent.narrow(0, 0, num_own).copy_(own.narrow(0, at, num_own));
    const at::Tensor received = group.all_gather(sent, "the optimiser's state");
    for (int rank = 0; keeps && rank < group.size(); ++rank)
      if (there(rank) > 0)
        all.narrow(0, shards.begin(rank) + at, there(rank))
            .copy_(received[rank].narrow(0, 0, there(rank)));
  }
  return all;
}

}  // namespace dsocr::train

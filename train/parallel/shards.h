#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "train/parallel/group.h"

namespace dsocr::train {

/// The optimiser's state split over ranks (ZeRO-1: Rajbhandari et al., arXiv 1910.02054, section
/// 5.1): all elements of all parameters, one parameter behind the other, are cut into one range for
/// each rank, equal but for the last. A rank updates its range and gets the others' by share().
class Shards {
 public:
  /// Elements of one parameter, in its contiguous order.
  struct Piece {
    std::size_t parameter;
    std::int64_t begin, count;
    bool operator==(const Piece&) const = default;
  };

  /// `sizes`: elements of each parameter.
  Shards(const std::vector<std::int64_t>& sizes, int num_ranks);

  std::int64_t num_elements() const { return starts_.back(); }
  /// Where a rank's range begins and how many elements it has; none when there are few.
  std::int64_t begin(int rank) const;
  std::int64_t count(int rank) const;
  /// The range as parts of parameters, in order.
  std::vector<Piece> pieces(int rank) const;
  /// Where a parameter begins.
  std::int64_t start(std::size_t parameter) const { return starts_.at(parameter); }

 private:
  std::vector<std::int64_t> starts_;  // and the end
  std::int64_t per_rank_;
};

/// The elements of a piece, flat, in the parameter's own memory.
at::Tensor part(const at::Tensor& parameter, const Shards::Piece& piece);

/// Every rank gets the ranges that the others have updated, in place. Throws GroupError.
void share(Group& group, const Shards& shards, const std::vector<at::Tensor>& parameters);

/// One flat tensor of all elements, on the CPU, of the ranges that each rank has as a flat tensor;
/// undefined on other ranks than 0. Throws GroupError.
at::Tensor collect(Group& group, const Shards& shards, const at::Tensor& own);

}  // namespace dsocr::train

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "data/pipeline/permutation.h"

namespace dsocr::data {

/// A page of a source, the `draw`-th of the order that all ranks share.
struct SampleRef {
  std::uint64_t source = 0, page = 0, epoch = 0, draw = 0;
  bool operator==(const SampleRef&) const = default;
};

struct OrderOptions {
  std::uint64_t seed = 0;
  bool shuffle = true;
  std::uint64_t epochs = 0;  // passes over each source, 0: without end
  std::uint64_t rank = 0, world = 1;
};

/// Which page comes next (README.md). Copies are independent.
class SampleOrder {
 public:
  struct Source {
    std::uint64_t num_pages;
    double weight;  // share of the draws, as far as passes are left
  };
  /// All that an order remembers; the same for every rank at the same draw.
  struct State {
    std::uint64_t draws = 0;
    std::vector<std::uint64_t> of_source = {};  // draws of each source
    bool operator==(const State&) const = default;
  };

  /// Throws std::invalid_argument: no pages, a weight that is not positive, rank >= world.
  SampleOrder(std::vector<Source> sources, const OrderOptions& options);

  /// This rank's next page; nothing at the end.
  std::optional<SampleRef> next();

  const State& state() const { return state_; }
  /// Throws std::invalid_argument for a state of another number of sources.
  void set_state(State state);

 private:
  std::optional<SampleRef> draw();

  std::vector<Source> sources_;
  OrderOptions options_;
  State state_;
  // The permutation that a source is in, with its epoch.
  std::vector<std::pair<std::uint64_t, Permutation>> permutations_;
};

}  // namespace dsocr::data

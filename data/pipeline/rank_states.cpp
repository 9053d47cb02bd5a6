#include "data/pipeline/rank_states.h"

#include <algorithm>

namespace dsocr::data {
namespace {

// What other ranks had drawn when one of them was not as far.
std::vector<SampleRef> not_drawn_yet(std::span<const LoaderState> saved,
                                     const SampleOrder::State& first, std::uint64_t end,
                                     SampleOrder order) {
  order.set_state(first);
  std::vector<SampleRef> refs;
  while (order.state().draws < end) {
    const auto ref = order.next();
    if (!ref) break;
    if (ref->draw >= saved[ref->draw % saved.size()].order.draws) refs.push_back(*ref);
  }
  return refs;
}

}  // namespace

LoaderState state_for_rank(std::span<const LoaderState> saved,
                           const std::vector<SampleOrder::Source>& sources,
                           const OrderOptions& options) {
  if (saved.size() == options.world) return saved[options.rank];
  const auto by_draws = [](const LoaderState& a, const LoaderState& b) {
    return a.order.draws < b.order.draws;
  };
  const auto [first, last] = std::minmax_element(saved.begin(), saved.end(), by_draws);
  OrderOptions of_all = options;
  of_all.rank = 0;
  of_all.world = 1;
  std::vector<SampleRef> left =
      not_drawn_yet(saved, first->order, last->order.draws, SampleOrder(sources, of_all));
  std::uint64_t num_bad = 0;
  for (const LoaderState& state : saved) {
    left.insert(left.end(), state.waiting.begin(), state.waiting.end());
    num_bad += state.num_bad;
  }
  std::sort(left.begin(), left.end(),
            [](const SampleRef& a, const SampleRef& b) { return a.draw < b.draw; });
  LoaderState own{.order = last->order,
                  .num_bad = num_bad / options.world + (options.rank < num_bad % options.world)};
  for (std::uint64_t i = options.rank; i < left.size(); i += options.world)
    own.waiting.push_back(left[i]);
  return own;
}

}  // namespace dsocr::data

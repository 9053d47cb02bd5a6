#include "data/pipeline/sample_order.h"

#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

#include "configs/seed.h"

namespace dsocr::data {
namespace {

Permutation permutation_of(std::uint64_t source, std::uint64_t num_pages, std::uint64_t epoch,
                           std::uint64_t seed) {
  return {num_pages, configs::derive_seed(seed, "data.shuffle." + std::to_string(source), epoch)};
}

}  // namespace

SampleOrder::SampleOrder(std::vector<Source> sources, const OrderOptions& options)
    : sources_(std::move(sources)), options_(options) {
  if (sources_.empty()) throw std::invalid_argument("no sources");
  if (options.world == 0 || options.rank >= options.world)
    throw std::invalid_argument("rank " + std::to_string(options.rank) + " of " +
                                std::to_string(options.world));
  for (std::uint64_t i = 0; i < sources_.size(); ++i) {
    const Source& source = sources_[i];
    if (source.num_pages == 0)
      throw std::invalid_argument("source " + std::to_string(i) + " has no pages");
    if (!(source.weight > 0) || !std::isfinite(source.weight))
      throw std::invalid_argument("source " + std::to_string(i) + " has the weight " +
                                  std::to_string(source.weight));
    permutations_.emplace_back(0, permutation_of(i, source.num_pages, 0, options_.seed));
  }
  state_.of_source.resize(sources_.size());
}

void SampleOrder::set_state(State state) {
  if (state.of_source.size() != sources_.size())
    throw std::invalid_argument("a state of " + std::to_string(state.of_source.size()) +
                                " sources, and there are " + std::to_string(sources_.size()));
  state_ = std::move(state);
}

std::optional<SampleRef> SampleOrder::next() {
  while (const auto ref = draw())
    if (ref->draw % options_.world == options_.rank) return ref;
  return std::nullopt;
}

// The source that is furthest behind its share; of equals the first.
std::optional<SampleRef> SampleOrder::draw() {
  std::optional<std::uint64_t> chosen;
  double least = 0;
  for (std::uint64_t i = 0; i < sources_.size(); ++i) {
    const std::uint64_t drawn = state_.of_source[i];
    if (options_.epochs > 0 && drawn / sources_[i].num_pages >= options_.epochs) continue;
    const double share = (static_cast<double>(drawn) + 0.5) / sources_[i].weight;
    if (chosen && share >= least) continue;
    chosen = i;
    least = share;
  }
  if (!chosen) return std::nullopt;
  const std::uint64_t source = *chosen, num_pages = sources_[source].num_pages;
  const std::uint64_t drawn = state_.of_source[source]++;
  const std::uint64_t epoch = drawn / num_pages, place = drawn % num_pages;
  auto& [current, permutation] = permutations_[source];
  if (current != epoch) {
    permutation = permutation_of(source, num_pages, epoch, options_.seed);
    current = epoch;
  }
  return SampleRef{source, options_.shuffle ? permutation[place] : place, epoch, state_.draws++};
}

}  // namespace dsocr::data

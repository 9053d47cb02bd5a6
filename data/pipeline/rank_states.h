#pragma once

#include <span>
#include <vector>

#include "data/pipeline/page_loader.h"

namespace dsocr::data {

/// What a rank of another world goes on from: `saved` are the states of all ranks at one step, and
/// `options` those of the new world. All ranks together see exactly the pages that the old ones had
/// not seen. Throws std::invalid_argument for states of other sources.
LoaderState state_for_rank(std::span<const LoaderState> saved,
                           const std::vector<SampleOrder::Source>& sources,
                           const OrderOptions& options);

}  // namespace dsocr::data

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "data/hdf5/page_store.h"

namespace dsocr::data {

struct Problem {
  std::int64_t page;  // -1: the store as a whole
  std::string reason;
};

/// Reads everything in a store: the sums of its parts and of every image, that images decode to the
/// size that is said, texts are UTF-8 and boxes are boxes. Problems in the order of the pages.
/// `progress` is called after each page, by any thread.
std::vector<Problem> verify_store(const PageStore& store, std::size_t threads,
                                  const std::function<void()>& progress = {});

}  // namespace dsocr::data

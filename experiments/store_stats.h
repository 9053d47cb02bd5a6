#pragma once

#include "data/hdf5/page_store.h"
#include "reports/document.h"

namespace dsocr {

/// Counts of a store's pages, languages, splits, formats and blocks, and how tokens (DeepSeek-OCR's
/// tokenizer), image bytes and pixels are distributed.
reports::Document store_stats(const data::PageStore& store);

}  // namespace dsocr

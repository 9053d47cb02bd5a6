#pragma once

#include <filesystem>
#include <functional>

#include "data/hdf5/page_store.h"

namespace dsocr::data {

/// Writes FOLDER/pages.jsonl, which format jsonl reads, and the images as they came into
/// FOLDER/images. The folder must not exist. Throws DataError.
void export_store(const PageStore& store, const std::filesystem::path& folder,
                  const std::function<void()>& progress = {});

}  // namespace dsocr::data

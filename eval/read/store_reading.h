#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "configs/view.h"
#include "data/hdf5/page_store.h"
#include "eval/read/page_reader.h"

namespace dsocr::eval {

/// Who is told what became of each page, by its place in the store. Pages come as they end.
struct StoreReadingClient {
  std::function<void(std::uint64_t page, configs::PageSize size, const PageText& text)> done;
  std::function<void(std::uint64_t page, const std::string& reason)> failed;
};

/// How pages are asked for.
struct StoreReading {
  configs::VisionMode mode = configs::VisionMode::kBase;
  std::string prompt = "markdown";   // a name or a text, see prompt_text()
  std::uint64_t begin = 0, end = 0;  // places of the pages
};

/// Reads pages of a store. A page that cannot be decoded or does not fit goes to `failed`, and the
/// rest go on. Throws as PageReader::read() does.
void read_store(PageReader& reader, const data::PageStore& store, const StoreReading& reading,
                const StoreReadingClient& client);

}  // namespace dsocr::eval

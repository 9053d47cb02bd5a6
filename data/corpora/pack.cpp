#include "data/corpora/pack.h"

#include <algorithm>
#include <optional>
#include <thread>

#include "data/error.h"
#include "data/image/decode.h"
#include "data/pipeline/ordered_map.h"

namespace dsocr::data {
namespace {

// Pages in flight for each thread: a page that takes long holds up the others only after that many.
constexpr std::size_t kPagesAhead = 4;

struct Item {
  Page page = {};
  std::optional<std::string> bad = {};
};

Page read_page(const Corpus& corpus, std::uint64_t index, const PackOptions& options) {
  Page page = corpus.page(index);
  if (page.width == 0) {
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(page.image.data()),
                          page.image.size());
    const Image image = decode_image(bytes, page.id);
    page.width = static_cast<std::uint32_t>(image.width);
    page.height = static_cast<std::uint32_t>(image.height);
  }
  if (page.language.empty()) page.language = options.language;
  if (page.split.empty()) page.split = options.split;
  return page;
}

}  // namespace

PackResult pack(const Corpus& corpus, PageStoreWriter& writer, const PackOptions& options) {
  PackResult result;
  for (const auto& [index, reason] : writer.skipped()) result.bad.push_back(reason);
  std::uint64_t next = writer.next_source_index();
  result.duplicates = next - writer.num_pages() - result.bad.size();
  const auto skip = [&](std::uint64_t index, const std::string& reason) {
    if (result.bad.size() >= options.max_bad)
      throw DataError("", "",
                      options.max_bad == 0 ? reason
                                           : "more than " + std::to_string(options.max_bad) +
                                                 " bad pages, the last: " + reason);
    result.bad.push_back(reason);
    writer.skip(index, reason);
  };
  const auto list = [&]() -> std::optional<std::uint64_t> {
    return next < corpus.size() ? std::optional(next++) : std::nullopt;
  };
  const auto read = [&](const std::uint64_t& index) -> Item {
    try {
      return {read_page(corpus, index, options), {}};
    } catch (const DataError& error) {
      if (!error.recoverable()) throw;
      return {{}, error.what()};
    }
  };
  const std::size_t threads = options.threads > 0
                                  ? options.threads
                                  : std::max<std::size_t>(1, std::thread::hardware_concurrency());
  OrderedMap<std::uint64_t, Item> items(list, read, threads, threads * kPagesAhead);
  while (const auto next_item = items.next()) {
    const auto& [index, item] = *next_item;
    try {
      if (item.bad)
        skip(index, *item.bad);
      else if (writer.add(item.page, index))
        ++result.added;
      else
        ++result.duplicates;
    } catch (const DataError& error) {
      if (!error.recoverable()) throw;
      skip(index, error.what());
    }
    if (options.progress) options.progress();
  }
  return result;
}

}  // namespace dsocr::data

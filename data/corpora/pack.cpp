#include "data/corpora/pack.h"

#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <memory>
#include <optional>

#include "data/error.h"
#include "data/image/decode.h"

namespace dsocr::data {
namespace {

// Pages in flight for each thread: a page that takes long holds up the others only after that many.
constexpr std::size_t kPagesAhead = 4;

struct Item {
  std::uint64_t index;
  Page page = {};
  std::optional<std::string> bad = {};
};
using ItemPtr = std::shared_ptr<Item>;

Page read_page(const Corpus& corpus, std::uint64_t index, const PackOptions& options) {
  Page page = corpus.page(index);
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(page.image.data()),
                        page.image.size());
  const Image image = decode_image(bytes, page.id);
  page.width = static_cast<std::uint32_t>(image.width);
  page.height = static_cast<std::uint32_t>(image.height);
  if (page.language.empty()) page.language = options.language;
  if (page.split.empty()) page.split = options.split;
  return page;
}

}  // namespace

PackResult pack(const Corpus& corpus, PageStoreWriter& writer, const PackOptions& options) {
  PackResult result;
  const auto skip = [&](const std::string& reason) {
    result.bad.push_back(reason);
    if (result.bad.size() > options.max_bad)
      throw DataError("", "",
                      options.max_bad == 0 ? reason
                                           : "more than " + std::to_string(options.max_bad) +
                                                 " bad pages, the last: " + reason);
  };
  std::uint64_t next = writer.next_source_index();
  const auto list = [&](tbb::flow_control& control) -> ItemPtr {
    if (next >= corpus.size()) {
      control.stop();
      return nullptr;
    }
    return std::make_shared<Item>(Item{next++});
  };
  const auto read = [&](ItemPtr item) {
    try {
      item->page = read_page(corpus, item->index, options);
    } catch (const DataError& error) {
      if (!error.recoverable()) throw;
      item->bad = error.what();
    }
    return item;
  };
  const auto add = [&](const ItemPtr& item) {
    try {
      if (item->bad)
        skip(*item->bad);
      else if (writer.add(item->page, item->index))
        ++result.added;
      else
        ++result.duplicates;
    } catch (const DataError& error) {
      if (!error.recoverable()) throw;
      skip(error.what());
    }
    if (options.progress) options.progress();
  };
  const std::size_t threads = options.threads > 0
                                  ? options.threads
                                  : static_cast<std::size_t>(tbb::info::default_concurrency());
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
  using enum tbb::filter_mode;
  tbb::parallel_pipeline(threads * kPagesAhead,
                         tbb::make_filter<void, ItemPtr>(serial_in_order, list) &
                             tbb::make_filter<ItemPtr, ItemPtr>(parallel, read) &
                             tbb::make_filter<ItemPtr, void>(serial_in_order, add));
  return result;
}

}  // namespace dsocr::data

#include "data/hdf5/verify.h"

#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <mutex>

#include "configs/sha256.h"
#include "data/error.h"
#include "data/image/decode.h"

namespace dsocr::data {
namespace {

std::string find_problem(const PageStore& store, std::uint64_t index) {
  try {
    const PageRecord record = store.record(index);
    const std::string bytes = store.image(record);
    const auto sum = configs::sha256(bytes);
    if (!std::equal(sum.begin(), sum.end(), record.sha256))
      return "the image's bytes are not those of its SHA-256";
    const Image image = decode_image(
        {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, store.id(record));
    if (image.width != record.width || image.height != record.height)
      return "the image has " + std::to_string(image.width) + " x " + std::to_string(image.height) +
             " pixels, the record says " + std::to_string(record.width) + " x " +
             std::to_string(record.height);
    store.text(record);
    store.meta(record);
    for (const Block& block : store.blocks(record)) {
      const auto& [left, top, right, bottom] = block.box;
      if (std::max({left, top, right, bottom}) > 999 || left > right || top > bottom)
        return "a block has a box that is none";
    }
    return "";
  } catch (const DataError& error) {
    return error.what();
  }
}

}  // namespace

std::vector<Problem> verify_store(const PageStore& store, std::size_t threads,
                                  const std::function<void()>& progress) {
  std::vector<Problem> problems;
  if (store.finished())
    for (const auto& [part, name] :
         {std::pair{Part::kPages, "/pages"}, std::pair{Part::kBlocks, "/blocks"},
          std::pair{Part::kText, "/text"}})
      if (store.sha256(part) != store.layout().sha256[index_of(part)])
        problems.push_back({-1, std::string(name) + " is not as it was written"});
  std::mutex mutex;
  const tbb::global_control limit(
      tbb::global_control::max_allowed_parallelism,
      threads > 0 ? threads : static_cast<std::size_t>(tbb::info::default_concurrency()));
  tbb::parallel_for(std::uint64_t{0}, store.num_pages(), [&](std::uint64_t page) {
    std::string reason = find_problem(store, page);
    if (!reason.empty()) {
      const std::lock_guard lock(mutex);
      problems.push_back({static_cast<std::int64_t>(page), std::move(reason)});
    }
    if (progress) progress();
  });
  std::stable_sort(problems.begin(), problems.end(),
                   [](const Problem& a, const Problem& b) { return a.page < b.page; });
  return problems;
}

}  // namespace dsocr::data

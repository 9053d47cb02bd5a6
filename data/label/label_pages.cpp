#include "data/label/label_pages.h"

#include <memory>
#include <mutex>
#include <vector>

#include "data/hdf5/schema.h"
#include "data/label/label_file.h"
#include "data/pipeline/ordered_map.h"

namespace dsocr::data {
namespace {

// Engines that wait for a page.
class WorkerPool {
 public:
  explicit WorkerPool(std::unique_ptr<LabelWorker> first) { idle_.push_back(std::move(first)); }

  LabelResult label(const std::string& engine, const LabelWorkerOptions& options,
                    const PageStore& store, std::uint64_t page) {
    std::unique_ptr<LabelWorker> worker = take();
    if (!worker) worker = std::make_unique<LabelWorker>(engine, options);
    LabelResult result = worker->label(store.path(), page);
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(worker));
    return result;
  }

 private:
  std::unique_ptr<LabelWorker> take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return nullptr;
    auto worker = std::move(idle_.back());
    idle_.pop_back();
    return worker;
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<LabelWorker>> idle_;
};

}  // namespace

LabelPagesResult label_pages(const PageStore& store, const std::string& engine,
                             const std::filesystem::path& path, const LabelPagesOptions& options) {
  auto first = std::make_unique<LabelWorker>(engine, options.worker);
  LabelPagesResult result{.labeller = first->info()};
  LabelFile file(path, result.labeller, store.sha256(Part::kPages));
  const std::uint64_t before = file.num_pages();
  WorkerPool workers(std::move(first));
  std::uint64_t page = before;
  OrderedMap<std::uint64_t, LabelResult> map(
      [&]() -> std::optional<std::uint64_t> {
        return page < store.num_pages() ? std::optional(page++) : std::nullopt;
      },
      [&](std::uint64_t index) { return workers.label(engine, options.worker, store, index); },
      options.threads, 4 * options.threads);
  while (const auto next = map.next()) {
    file.add(next->second);
    ++result.labelled;
    if (options.progress) options.progress();
  }
  result.failed = num_failed(file);
  return result;
}

}  // namespace dsocr::data

#pragma once

#include <chrono>
#include <filesystem>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "configs/process.h"
#include "data/label/label_file.h"
#include "data/label/labeller.h"

namespace dsocr::data {

/// How an engine is run in a process of its own, which may crash or hang without harm.
struct LabelWorkerOptions {
  std::vector<std::string> program = {};  // and its arguments, behind which the engine stands
  std::chrono::milliseconds page_limit{60'000};  // for one page
  std::chrono::milliseconds start_limit{60'000};
};

/// An engine in another process. For one thread.
class LabelWorker {
 public:
  /// Starts it. Throws DataError with what the engine says when it cannot be opened.
  LabelWorker(std::string engine, LabelWorkerOptions options);

  const LabellerInfo& info() const { return info_; }

  /// Labels a page of a store. An engine that fails, crashes or takes too long gives a failure, and
  /// is started anew for the next page. Throws DataError when it cannot be.
  LabelResult label(const std::filesystem::path& store, std::uint64_t page);

 private:
  void start();

  std::string engine_;
  LabelWorkerOptions options_;
  LabellerInfo info_ = {};
  std::unique_ptr<configs::Conversation> conversation_ = {};
};

/// The other side: opens the engine, then answers a line for each line that asks, until the end of
/// the input. 0, or 1 when the engine cannot be opened, which it says.
int serve_labels(const std::string& engine, std::istream& in, std::ostream& out);

}  // namespace dsocr::data

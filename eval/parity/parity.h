#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "model/verify/verify.h"

namespace dsocr::eval {

/// The checks of one folder of golden data.
struct ParitySuite {
  std::string name;
  std::vector<model::Check> checks;
  std::string skipped;  // why nothing was checked; empty when something was
  bool ok() const;
};

/// Holds dsocr against a folder laid out as tests/golden: `model` (see model/verify/verify.h),
/// `preprocess`, `tables`, `tokenizer`, `fox` (pairs.json) and `omnidocbench`, each where it is
/// there; a folder of another name is skipped and named. A folder with a config.json is a `model`
/// folder itself. Only `model` runs on `device`, the rest has no part there. Throws data::DataError
/// or model::WeightsError for files that cannot be read, and DataError when there is nothing to
/// check.
std::vector<ParitySuite> verify_golden(const std::filesystem::path& folder,
                                       c10::Device device = c10::kCPU);

// The suites of parity.cpp's table.
std::vector<model::Check> verify_preprocess(const std::filesystem::path& folder);
std::vector<model::Check> verify_tables(const std::filesystem::path& folder);
std::vector<model::Check> verify_tokenizer(const std::filesystem::path& folder);
std::vector<model::Check> verify_fox(const std::filesystem::path& folder);
/// Needs the demo pages, ../../data/omnidocbench-demo from the folder on; without them no checks.
std::vector<model::Check> verify_omnidocbench(const std::filesystem::path& folder);

/// Counts comparisons that must all be equal and makes one check of them.
class EqualCount {
 public:
  EqualCount(std::string case_name, std::string name)
      : case_name_(std::move(case_name)), name_(std::move(name)) {}

  /// `what` names the comparison in the check's note if it is the first to fail.
  void add(bool equal, const std::string& what) {
    ++count_;
    if (equal) return;
    if (failures_++ == 0) first_ = what;
  }
  model::Check check() const;

 private:
  std::string case_name_, name_, first_;
  size_t count_ = 0, failures_ = 0;
};

}  // namespace dsocr::eval

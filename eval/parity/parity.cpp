#include "eval/parity/parity.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "data/error.h"

namespace dsocr::eval {
namespace {

struct SuiteEntry {
  const char* name;
  std::vector<model::Check> (*verify)(const std::filesystem::path&, c10::Device);
};

template <auto verify>
std::vector<model::Check> on_cpu(const std::filesystem::path& folder, c10::Device) {
  return verify(folder);
}

constexpr std::array kSuites{
    SuiteEntry{"model", model::verify_model},
    SuiteEntry{"preprocess", on_cpu<verify_preprocess>},
    SuiteEntry{"tables", on_cpu<verify_tables>},
    SuiteEntry{"tokenizer", on_cpu<verify_tokenizer>},
    SuiteEntry{"fox", on_cpu<verify_fox>},
    SuiteEntry{"omnidocbench", on_cpu<verify_omnidocbench>},
};

ParitySuite run(const std::filesystem::path& folder, const std::string& name, c10::Device device) {
  for (const SuiteEntry& suite : kSuites) {
    if (suite.name != name) continue;
    try {
      return {name, suite.verify(folder, device), ""};
    } catch (const nlohmann::json::exception& error) {
      throw data::DataError(folder, "", std::string("is not golden data: ") + error.what());
    }
  }
  return {name, {}, "dsocr has no checks for it"};
}

}  // namespace

bool ParitySuite::ok() const {
  return std::all_of(checks.begin(), checks.end(), [](const model::Check& c) { return c.ok; });
}

model::Check EqualCount::check() const {
  model::Check check{.case_name = case_name_, .name = name_, .limit = "equal"};
  check.ok = failures_ == 0 && count_ > 0;
  check.note = std::to_string(count_ - failures_) + " of " + std::to_string(count_) + " equal";
  if (failures_ > 0) check.note += ", first other: " + first_;
  return check;
}

std::vector<ParitySuite> verify_golden(const std::filesystem::path& folder, c10::Device device) {
  if (!std::filesystem::is_directory(folder)) throw data::DataError(folder, "", "is not a folder");
  if (std::filesystem::exists(folder / "config.json")) return {run(folder, "model", device)};
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.is_directory()) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  std::vector<ParitySuite> suites;
  for (const auto& sub : folders) suites.push_back(run(sub, sub.filename().string(), device));
  if (std::all_of(suites.begin(), suites.end(),
                  [](const ParitySuite& suite) { return suite.checks.empty(); }))
    throw data::DataError(folder, "",
                          "has nothing to check: no folder model, preprocess, tables, "
                          "tokenizer, fox or omnidocbench");
  return suites;
}

}  // namespace dsocr::eval

#include "eval/omnidocbench/official.h"
#include "eval/parity/parity.h"

namespace dsocr::eval {

std::vector<model::Check> verify_omnidocbench(const std::filesystem::path& folder) {
  std::vector<model::Check> checks;
  const auto demo = folder.parent_path().parent_path() / "data" / "omnidocbench-demo";
  if (!std::filesystem::exists(folder / "result") || !std::filesystem::exists(demo)) return checks;
  for (const auto& comparison : omnidocbench::compare_with_official(folder, demo)) {
    model::Check check{
        .case_name = comparison.run, .name = comparison.element, .limit = "1e-9, texts equal"};
    check.max_abs = comparison.largest;
    check.ok = comparison.num_different == 0 && comparison.num_values > 0;
    check.note = std::to_string(comparison.num_values - comparison.num_different) + " of " +
                 std::to_string(comparison.num_values) + " agree";
    if (!check.ok) check.note += ", first other: " + comparison.first;
    checks.push_back(std::move(check));
  }
  return checks;
}

}  // namespace dsocr::eval

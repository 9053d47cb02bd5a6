#include "model/verify/verify.h"

#include <algorithm>
#include <fstream>

#include "model/error.h"
#include "model/verify/compare.h"
#include "model/weights/load.h"

namespace dsocr::model {
namespace {

nlohmann::json read_expected(const std::filesystem::path& folder) {
  const auto file = folder / "expected.json";
  if (!std::filesystem::exists(file)) return nlohmann::json::object();
  std::ifstream in(file);
  nlohmann::json json = nlohmann::json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) throw WeightsError(file, "is not a JSON object");
  return json;
}

}  // namespace

std::vector<Check> verify_model(const std::filesystem::path& folder, c10::Device device) {
  DeepseekOcr model = load_model(folder, {.device = device, .dtype = torch::kFloat32});
  const nlohmann::json expected = read_expected(folder);
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
  std::sort(files.begin(), files.end());

  std::vector<Check> checks;
  for (const auto& path : files) {
    const SafetensorsFile file(path);
    if (!file.contains("input_ids")) continue;
    const std::string name = path.stem().string();
    verify_case(*model, file, expected.value(name, nlohmann::json::object()), {name, checks});
  }
  verify_training(*model, folder, expected, checks);
  if (checks.empty()) throw WeightsError(folder, "has no case: no *.safetensors with input_ids");
  return checks;
}

}  // namespace dsocr::model

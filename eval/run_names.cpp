#include "eval/run_names.h"

#include <filesystem>

#include "configs/error.h"

namespace dsocr::eval {

std::string run_name(const std::string& name, const std::string& predictions, size_t index,
                     std::set<std::string>& names) {
  const std::string path = "runs[" + std::to_string(index) + "]";
  std::string result = name;
  if (result.empty()) {
    // The last part of a path, with or without a slash at its end; a folder keeps its dots.
    const auto file = std::filesystem::path(predictions + "/").parent_path();
    result = (std::filesystem::is_directory(file) ? file.filename() : file.stem()).string();
  }
  if (result.empty())
    throw configs::ConfigError(path + ".name", "a run without predictions needs a name");
  if (!names.insert(result).second)
    throw configs::ConfigError(
        path + ".name",
        "'" + result + "' names two runs; give one another: --set " + path + ".name=...");
  return result;
}

std::string without_mode(const std::string& name, std::optional<configs::VisionMode>& mode) {
  std::string_view longest;
  for (const auto& [mode_name, value] : enum_names(configs::VisionMode{})) {
    if (!name.ends_with(mode_name) || mode_name.size() < longest.size()) continue;
    const size_t rest = name.size() - mode_name.size();
    if (rest > 0 && name[rest - 1] != '_' && name[rest - 1] != '-') continue;
    longest = mode_name;
    mode = value;
  }
  if (longest.empty()) return name;
  const size_t rest = name.size() - longest.size();
  return rest == 0 ? name : name.substr(0, rest - 1);
}

}  // namespace dsocr::eval

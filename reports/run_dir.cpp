#include "reports/run_dir.h"

#include <ctime>
#include <stdexcept>

#include "reports/files.h"

namespace dsocr::reports {

RunDir::RunDir(const std::filesystem::path& out, const std::string& name) : path_(out) {
  if (path_.empty()) {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    char time[32];
    std::strftime(time, sizeof time, "%Y%m%dT%H%M%SZ", &parts);
    path_ = std::filesystem::path("runs") / name / time;
  }
  if (!path_.has_filename()) path_ = path_.parent_path();  // "runs/a/" is "runs/a"
  std::error_code error;
  if (path_.has_parent_path()) std::filesystem::create_directories(path_.parent_path(), error);
  const bool made = !error && std::filesystem::create_directory(path_, error);
  if (made) return;
  if (std::filesystem::exists(path_))
    throw std::runtime_error("output folder " + path_.string() +
                             " exists already; name another with --out");
  throw std::runtime_error("cannot make output folder " + path_.string() + ": " + error.message());
}

void RunDir::write_json(const std::string& name, const nlohmann::ordered_json& json) const {
  write_file(file(name), json.dump(2) + "\n");
}

}  // namespace dsocr::reports

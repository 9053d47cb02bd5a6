#include "reports/run_dir.h"

#include <ctime>
#include <stdexcept>

#include "reports/files.h"

namespace dsocr::reports {
namespace {

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char time[32];
  std::strftime(time, sizeof time, "%Y%m%dT%H%M%SZ", &parts);
  return time;
}

// False when the folder is there already; one of two runs that try at once gets it.
bool make(const std::filesystem::path& path) {
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (!error && std::filesystem::create_directory(path, error)) return true;
  if (std::filesystem::exists(path)) return false;
  throw std::runtime_error("cannot make output folder " + path.string() + ": " + error.message());
}

}  // namespace

RunDir::RunDir(const std::filesystem::path& out, const std::string& name)
    : path_(out.has_filename() ? out : out.parent_path()) {  // "runs/a/" is "runs/a"
  if (!out.empty()) {
    if (make(path_)) return;
    throw std::runtime_error("output folder " + path_.string() +
                             " exists already; name another with --out");
  }
  // Runs that start within one second get a number.
  const std::filesystem::path first = std::filesystem::path("runs") / name / utc_now();
  path_ = first;
  for (int number = 2; !make(path_); ++number)
    path_ = first.string() + "-" + std::to_string(number);
}

void RunDir::write_json(const std::string& name, const nlohmann::ordered_json& json) const {
  write_file(file(name), json.dump(2) + "\n");
}

}  // namespace dsocr::reports

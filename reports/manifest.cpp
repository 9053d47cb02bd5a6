#include "reports/manifest.h"

#include <openssl/crypto.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>

#include <boost/version.hpp>
#include <ctime>
#include <fstream>
#include <thread>

#include "configs/build_info.h"
#include "configs/sha256.h"

namespace dsocr::reports {
namespace {

using nlohmann::ordered_json;

std::string utc(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::string cpu_model() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);)
    if (line.starts_with("model name"))
      return line.substr(std::min(line.size(), line.find(':') + 2));
  return "unknown";
}

// A file of the installed dependencies or of the checkout by its place in them: where these lie on
// one machine says nothing on another.
std::string portable_name(const std::filesystem::path& file) {
  for (const auto& [name, folder] : {std::pair{"DSOCR_DEPS", configs::deps_dir()},
                                     std::pair{"", configs::build_info().source_dir}}) {
    const auto relative = std::filesystem::absolute(file).lexically_relative(folder);
    if (!relative.empty() && *relative.begin() != "..")
      return (std::filesystem::path(name) / relative).string();
  }
  return file.string();
}

ordered_json machine() {
  struct sysinfo info {};
  sysinfo(&info);
  return {{"cpu", cpu_model()},
          {"cores", std::thread::hardware_concurrency()},
          {"memory_bytes", static_cast<uint64_t>(info.totalram) * info.mem_unit}};
}

}  // namespace

uint64_t peak_memory_bytes() {
  struct rusage usage {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024;  // Linux counts in KiB
}

Manifest::Manifest(std::vector<std::string> command) {
  const configs::BuildInfo& build = configs::build_info();
  json_ = {{"schema", 1},
           {"tool",
            {{"name", "dsocr"},
             {"version", build.version},
             {"commit", build.commit},
             {"dirty", build.dirty}}},
           {"command", std::move(command)},
           {"config", nullptr},
           {"inputs", ordered_json::array()},
           {"seeds", ordered_json::object()},
           {"versions",
            {{"compiler", build.compiler},
             {"build_type", build.build_type},
             {"libtorch", build.libtorch},
             {"boost", BOOST_LIB_VERSION},
             {"openssl", OpenSSL_version(OPENSSL_VERSION)}}},
           {"machine", machine()}};
}

void Manifest::add_input(const std::string& role, const std::filesystem::path& file) {
  const std::string hash = configs::sha256_file(file);
  json_["inputs"].push_back({{"role", role},
                             {"file", portable_name(file)},
                             {"bytes", std::filesystem::file_size(file)},
                             {"sha256", hash}});
}

void Manifest::set_config(const std::string& name, const std::string& sha256) {
  json_["config"] = {{"name", name}, {"sha256", sha256}};
}

void Manifest::set_seed(const std::string& stage, uint64_t seed) { json_["seeds"][stage] = seed; }

void Manifest::set_version(const std::string& name, const std::string& version) {
  json_["versions"][name] = version;
}

void Manifest::set_device(const std::string& device, size_t threads) {
  json_["device"] = device;
  json_["threads"] = threads;
}

double Manifest::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - clock_).count();
}

ordered_json Manifest::to_json() const {
  ordered_json json = json_;
  json["started"] = utc(started_);
  json["finished"] = utc(std::chrono::system_clock::now());
  json["wall_seconds"] = seconds();
  json["peak_memory_bytes"] = peak_memory_bytes();
  return json;
}

}  // namespace dsocr::reports

#include "model/memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <string>

namespace dsocr::model {
namespace {

constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();

std::optional<std::int64_t> read_number(const std::string& file) {
  std::ifstream in(file);
  std::int64_t value = 0;
  if (in >> value) return value;
  return std::nullopt;
}

// MemAvailable counts the page cache that can be dropped.
std::int64_t machine_available() {
  std::ifstream in("/proc/meminfo");
  std::string key, unit;
  std::int64_t kib = 0;
  while (in >> key >> kib && std::getline(in, unit))
    if (key == "MemAvailable:") return kib * 1024;
  return kNoLimit;
}

// The page cache of the group counts as used there although it can be dropped: it is given back.
std::int64_t group_available() {
  const std::string root = "/sys/fs/cgroup/";
  const auto limit = read_number(root + "memory.max");
  const auto used = read_number(root + "memory.current");
  if (!limit || !used) return kNoLimit;
  std::ifstream in(root + "memory.stat");
  std::string key;
  std::int64_t bytes = 0, cached = 0;
  while (in >> key >> bytes)
    if (key == "file") cached = bytes;
  return *limit - *used + cached;
}

std::int64_t address_space_available() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kNoLimit;
  const std::int64_t pages = read_number("/proc/self/statm").value_or(0);
  return static_cast<std::int64_t>(limit.rlim_cur) - pages * sysconf(_SC_PAGESIZE);
}

}  // namespace

std::int64_t available_memory() {
  return std::max<std::int64_t>(
      0, std::min({machine_available(), group_available(), address_space_available()}));
}

}  // namespace dsocr::model

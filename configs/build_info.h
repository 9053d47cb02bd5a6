#pragma once

#include <filesystem>
#include <string>

namespace dsocr::configs {

/// What this binary was built from; written into every manifest.
struct BuildInfo {
  std::string version;                 // project version
  std::string commit;                  // 40 hex digits, empty outside a git checkout
  bool dirty = true;                   // the work tree had uncommitted changes when it was built
  std::string compiler;                // "GNU 12.2.0"
  std::string build_type;              // "Release"
  std::string libtorch;                // "2.11"
  std::filesystem::path source_dir;    // checkout that holds configs/presets and tests/bench
  std::filesystem::path default_deps;  // folder that `make deps` filled
};

const BuildInfo& build_info();

/// Folder with the Python environment (`venv/`) and the data (`share/`) that `make deps` installs:
/// the environment variable DSOCR_DEPS when set, else the folder named at build time.
std::filesystem::path deps_dir();

}  // namespace dsocr::configs

#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "eval/omnidocbench/cdm/boxes.h"
#include "eval/omnidocbench/version.h"

namespace dsocr::omnidocbench::cdm {

/// What a formula gave when it was typeset; nullopt: no picture.
using CachedFormula = std::optional<TypesetFormula>;

/// Typeset formulas in an SQLite file, which several processes may use at once. Every call throws
/// std::runtime_error with the file's name and SQLite's reason.
class BoxCache {
 public:
  /// Makes the file when there is none.
  explicit BoxCache(const std::filesystem::path& file);
  ~BoxCache();
  BoxCache(const BoxCache&) = delete;
  BoxCache& operator=(const BoxCache&) = delete;

  /// SHA-256 of all that boxes depend on; `programs` as typesetting_programs() gives them.
  static std::string key(Version version, std::string_view coloured, std::string_view programs);

  /// nullopt when it is not there.
  std::optional<CachedFormula> find(const std::string& key);
  /// All or none.
  void store(std::span<const std::pair<std::string, CachedFormula>> entries);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace dsocr::omnidocbench::cdm

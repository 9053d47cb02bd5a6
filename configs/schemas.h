#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "configs/explain.h"
#include "configs/json_reader.h"
#include "configs/json_writer.h"

namespace dsocr::configs {

/// A kind of config that `dsocr config show|check|explain` can treat without knowing its struct.
struct ConfigKind {
  std::string name;  // "eval.fox"
  std::string doc;   // one line
  /// Reads composed JSON strictly and writes it out with every default. Throws ConfigError.
  std::function<nlohmann::ordered_json(const nlohmann::json&)> resolve;
  std::function<std::vector<FieldDoc>()> explain;
};

template <ConfigStruct T>
ConfigKind make_config_kind(const std::string& name, const std::string& doc) {
  return {
      .name = name,
      .doc = doc,
      .resolve = [](const nlohmann::json& value) { return write_config(read_config<T>(value)); },
      .explain = [] { return explain_config<T>(); },
  };
}

/// The kinds of a program, listed once by its composition root.
class ConfigTable {
 public:
  /// Throws std::invalid_argument when two kinds have the same name.
  explicit ConfigTable(std::vector<ConfigKind> kinds);

  std::span<const ConfigKind> kinds() const { return kinds_; }

  /// Throws ConfigError with the nearest name for an unknown one.
  const ConfigKind& find(const std::string& name) const;

 private:
  std::vector<ConfigKind> kinds_;
};

}  // namespace dsocr::configs

#include "configs/schemas.h"

#include <set>
#include <stdexcept>

#include "configs/error.h"
#include "configs/nearest.h"

namespace dsocr::configs {

ConfigTable::ConfigTable(std::vector<ConfigKind> kinds) : kinds_(std::move(kinds)) {
  std::set<std::string> names;
  for (const ConfigKind& kind : kinds_) {
    if (!names.insert(kind.name).second) {
      throw std::invalid_argument("two config kinds are called '" + kind.name + "'");
    }
  }
}

const ConfigKind& ConfigTable::find(const std::string& name) const {
  std::vector<std::string> names;
  for (const ConfigKind& kind : kinds_) {
    if (kind.name == name) return kind;
    names.push_back(kind.name);
  }
  throw ConfigError("", "unknown config kind '" + name + "', " + suggestion(name, names));
}

}  // namespace dsocr::configs

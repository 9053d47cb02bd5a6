#include "configs/compose.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>
#include <variant>
#include <vector>

#include "configs/build_info.h"
#include "configs/error.h"
#include "configs/json_text.h"
#include "configs/sha256.h"

namespace dsocr::configs {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// Where the named file is; `key` is the JSON path that a ConfigError blames.
fs::path find_file(const fs::path& name, const fs::path& beside, const fs::path& presets,
                   const std::string& key) {
  std::vector<fs::path> tried;
  for (const fs::path& folder : {beside, presets}) {
    for (const char* ending : {"", ".json"}) {
      fs::path file = folder / name;
      file += ending;
      std::error_code ignored;
      if (fs::is_regular_file(file, ignored)) return fs::canonical(file);
      if (std::find(tried.begin(), tried.end(), file) == tried.end()) tried.push_back(file);
    }
  }
  std::string list;
  for (const fs::path& file : tried) list += (list.empty() ? "" : ", ") + file.string();
  throw ConfigError(key, "no file '" + name.string() + "' (tried " + list + ")");
}

json load_chain(const fs::path& file, const fs::path& presets, std::vector<fs::path>& children) {
  if (std::find(children.begin(), children.end(), file) != children.end()) {
    throw ConfigError("extends", "files extend each other in a circle: " + file.string());
  }
  children.push_back(file);
  json config = read_json_file(file);
  if (!config.is_object()) throw ConfigError("", file.string() + ": expected an object");
  if (!config.contains("extends")) return config;

  const json parent_name = config["extends"];
  config.erase("extends");
  if (!parent_name.is_string()) {
    throw ConfigError("extends", "expected the name of one file, found " + parent_name.dump() +
                                     ", in " + file.string());
  }
  const fs::path parent =
      find_file(parent_name.get<std::string>(), file.parent_path(), presets, "extends");
  json merged = load_chain(parent, presets, children);
  merged.merge_patch(config);
  return merged;
}

// --- One "a.b[0]=v" -----------------------------------------------------------------------------

using Step = std::variant<std::string, std::size_t>;  // member or element

struct Set {
  std::vector<Step> steps;
  json value;
};

[[noreturn]] void throw_malformed(const std::string& set) {
  throw ConfigError("", "cannot read '" + set + "', expected key=value, as in a.b[0].c=1");
}

std::vector<Step> parse_steps(std::string_view path, const std::string& set) {
  std::vector<Step> steps;
  std::size_t i = 0;
  while (i < path.size()) {
    if (path[i] == '[') {
      const std::size_t end = path.find(']', i);
      std::size_t index = 0;
      if (end == std::string_view::npos || steps.empty()) throw_malformed(set);
      const char* last = path.data() + end;
      const auto read = std::from_chars(path.data() + i + 1, last, index);
      if (read.ec != std::errc() || read.ptr != last) throw_malformed(set);
      steps.emplace_back(index);
      i = end + 1;
      if (i < path.size() && path[i] != '.' && path[i] != '[') throw_malformed(set);
    } else {
      if (!steps.empty() && path[i] == '.') ++i;
      const std::size_t end = std::min(path.find_first_of(".[", i), path.size());
      if (end == i) throw_malformed(set);
      steps.emplace_back(std::string(path.substr(i, end - i)));
      i = end;
    }
  }
  if (steps.empty()) throw_malformed(set);
  return steps;
}

Set parse_set(const std::string& set) {
  const std::size_t equals = set.find('=');
  if (equals == std::string::npos) throw_malformed(set);
  if (find_invalid_utf8(set)) throw ConfigError("", "invalid UTF-8 in a key=value argument");
  const std::string text = set.substr(equals + 1);
  return {parse_steps(std::string_view(set).substr(0, equals), set),
          json::accept(text) ? parse_json(text, "'" + set + "'") : json(text)};
}

json& enter(json& node, const std::string& key, const std::string& path) {
  if (node.is_null()) node = json::object();  // a level that no file has named yet
  if (!node.is_object()) {
    throw ConfigError(path, "is not an object, so it has no '" + key + "'");
  }
  return node[key];
}

json& enter(json& node, std::size_t index, const std::string& path) {
  if (!node.is_array()) throw ConfigError(path, "is not a list, so it has no elements");
  if (index >= node.size()) {
    throw ConfigError(element_path(path, index),
                      "no such element, the list has " + std::to_string(node.size()));
  }
  return node[index];
}

std::string step_path(const std::string& path, const std::string& key) {
  return member_path(path, key);
}
std::string step_path(const std::string& path, std::size_t index) {
  return element_path(path, index);
}

}  // namespace

fs::path presets_dir() { return build_info().source_dir / "configs" / "presets"; }

json compose(const fs::path& file, std::span<const std::string> sets, const fs::path& presets) {
  json config = json::object();
  if (!file.empty()) {
    std::vector<fs::path> children;
    config = load_chain(find_file(file, fs::current_path(), presets, ""), presets, children);
  }
  for (const std::string& set : sets) apply_set(config, set);
  return config;
}

void apply_set(json& config, const std::string& set) {
  const Set parsed = parse_set(set);
  json* node = &config;
  std::string path;
  for (const Step& step : parsed.steps) {
    std::visit(
        [&](const auto& key) {
          node = &enter(*node, key, path);
          path = step_path(path, key);
        },
        step);
  }
  *node = parsed.value;
}

std::string config_hash(const json& config) { return sha256_hex(config.dump()); }

}  // namespace dsocr::configs

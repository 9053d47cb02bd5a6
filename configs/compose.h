#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

namespace dsocr::configs {

/// Folder of the shipped configs, which `extends` and `--config` may name by their path in it.
std::filesystem::path presets_dir();

/// The JSON of a config before its struct reads it: the file (nothing when `file` is empty), over
/// the parent that its "extends" names, over the parent's parent, ...; then the `sets` in order.
///
/// A file is merged over its parent as RFC 7386 says: objects member by member, the child wins,
/// a list replaces a list, null takes the parent's value out. A file name is looked for beside the
/// file that names it (for `file`: in the working folder), then in `presets`, each with and without
/// ".json". A set is "a.b=v" or "a[0].b=v"; v is JSON where it parses, else a string.
///
/// Throws ConfigError for a file that is not found, cannot be read or parsed, or is no object; for
/// a chain of parents that comes back to itself; and for a set that is malformed, indexes past the
/// end of a list or goes into a value that has no members.
nlohmann::json compose(const std::filesystem::path& file, std::span<const std::string> sets,
                       const std::filesystem::path& presets = presets_dir());

/// Applies one "a.b=v" to a config; see compose().
void apply_set(nlohmann::json& config, const std::string& set);

/// SHA-256 in hex of the config as JSON without white space and with sorted keys.
std::string config_hash(const nlohmann::json& config);

}  // namespace dsocr::configs

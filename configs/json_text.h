#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace dsocr::configs {

/// Offset of the first byte that is not part of well-formed UTF-8; nothing when all of it is.
std::optional<std::size_t> find_invalid_utf8(std::string_view text);

/// Parses one JSON value. Comments (`//` and `/* */`) are allowed; a key given twice in an object
/// is not. `source` names the text in messages, a file name mostly.
/// Throws ConfigError "source:line:column: ..." for invalid JSON or UTF-8, and with the JSON path
/// for a duplicate key or a number that no double can hold. Columns count bytes from 1.
nlohmann::json parse_json(std::string_view text, const std::string& source);

/// parse_json() on a file's content. Throws ConfigError that names a file that cannot be read.
nlohmann::json read_json_file(const std::filesystem::path& file);

/// JSON path of a member or an element: "runs" and "mode" to "runs.mode", "runs" and 2 to
/// "runs[2]". A key that would be ambiguous is quoted: `runs["a.b"]`.
std::string member_path(const std::string& path, std::string_view key);
std::string element_path(const std::string& path, std::size_t index);

}  // namespace dsocr::configs

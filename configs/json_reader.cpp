#include "configs/json_reader.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "configs/error.h"
#include "configs/nearest.h"

namespace dsocr::configs::detail {
namespace {

std::string quoted(const Json& value) {
  constexpr std::size_t kMaxBytes = 60;
  const std::string text = value.dump(-1, ' ', true);  // ASCII, so that a cut splits no character
  return text.size() <= kMaxBytes ? text : text.substr(0, kMaxBytes) + "...";
}

std::string found(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_number_integer()) return "integer " + quoted(value);
  return std::string(value.type_name()) + " " + quoted(value);
}

[[noreturn]] void throw_kind(const Json& value, const std::string& path, const char* expected) {
  throw ConfigError(path, std::string("expected ") + expected + ", found " + found(value));
}

void require_bounds(double number, const Json& value, const std::string& path,
                    const Constraint& c) {
  if (c.admits(number)) return;
  throw ConfigError(path, "must be " + bounds_text(c) + ", found " + quoted(value));
}

void require_length(std::size_t length, const std::string& path, const Constraint& c) {
  if (length >= c.min_items && length <= c.max_items) return;
  throw ConfigError(path, "length must be " +
                              (length < c.min_items ? ">= " + std::to_string(c.min_items)
                                                    : "<= " + std::to_string(c.max_items)) +
                              ", found " + std::to_string(length));
}

}  // namespace

bool read_bool(const Json& value, const std::string& path) {
  if (!value.is_boolean()) throw_kind(value, path, "boolean");
  return value.get<bool>();
}

std::int64_t read_signed(const Json& value, const std::string& path, const Constraint& c) {
  if (!value.is_number_integer()) throw_kind(value, path, "integer");
  if (value.is_number_unsigned() && !std::in_range<std::int64_t>(value.get<std::uint64_t>())) {
    throw_too_large(value, path, sizeof(std::int64_t));
  }
  const auto number = value.get<std::int64_t>();
  require_bounds(static_cast<double>(number), value, path, c);
  return number;
}

std::uint64_t read_unsigned(const Json& value, const std::string& path, const Constraint& c) {
  // A json built in code holds even positive numbers as signed.
  if (!value.is_number_integer() ||
      (!value.is_number_unsigned() && value.get<std::int64_t>() < 0)) {
    throw_kind(value, path, "non-negative integer");
  }
  const auto number = value.get<std::uint64_t>();
  require_bounds(static_cast<double>(number), value, path, c);
  return number;
}

double read_double(const Json& value, const std::string& path, const Constraint& c) {
  if (!value.is_number()) throw_kind(value, path, "number");
  const auto number = value.get<double>();
  require_bounds(number, value, path, c);
  return number;
}

std::string read_string(const Json& value, const std::string& path, const Constraint& c) {
  if (!value.is_string()) throw_kind(value, path, "string");
  auto text = value.get<std::string>();
  require_length(text.size(), path, c);
  return text;
}

std::size_t read_name(const Json& value, const std::string& path, const Names& names) {
  if (!value.is_string()) throw_kind(value, path, "name (a string)");
  const auto name = value.get<std::string>();
  const auto place = std::find(names.begin(), names.end(), name);
  if (place == names.end()) {
    throw ConfigError(path, "unknown value " + quoted(value) + ", " + suggestion(name, names));
  }
  return static_cast<std::size_t>(place - names.begin());
}

std::vector<const Json*> read_list(const Json& value, const std::string& path,
                                   const Constraint& c) {
  if (!value.is_array()) throw_kind(value, path, "list");
  require_length(value.size(), path, c);
  std::vector<const Json*> items;
  for (const Json& item : value) items.push_back(&item);
  return items;
}

void require_known_keys(const Json& object, const std::string& path, const Names& names) {
  if (!object.is_object()) throw_kind(object, path, "object");
  for (const auto& [key, value] : object.items()) {
    if (std::find(names.begin(), names.end(), key) != names.end()) continue;
    throw ConfigError(member_path(path, key), "unknown key, " + suggestion(key, names));
  }
}

const Json* find_member(const Json& object, const std::string& member_path, const char* name,
                        const Constraint& c) {
  const auto member = object.find(name);
  if (member != object.end()) return &*member;
  if (c.required) throw ConfigError(member_path, "required, but missing");
  return nullptr;
}

bool is_null(const Json& value) { return value.is_null(); }

void throw_too_large(const Json& value, const std::string& path, std::size_t num_bytes) {
  throw ConfigError(
      path, "does not fit into " + std::to_string(8 * num_bytes) + " bits: " + quoted(value));
}

}  // namespace dsocr::configs::detail

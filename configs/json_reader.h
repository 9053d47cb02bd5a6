#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "configs/fields.h"
#include "configs/json_text.h"

namespace dsocr::configs {

namespace detail {

using Json = nlohmann::json;
using Names = std::vector<std::string>;

// Each throws ConfigError(path), quoting what it found, unless the value is of the kind.
bool read_bool(const Json& value, const std::string& path);
std::int64_t read_signed(const Json& value, const std::string& path, const Constraint& c);
std::uint64_t read_unsigned(const Json& value, const std::string& path, const Constraint& c);
double read_double(const Json& value, const std::string& path, const Constraint& c);
std::string read_string(const Json& value, const std::string& path, const Constraint& c);
// Index of the value in `names`.
std::size_t read_name(const Json& value, const std::string& path, const Names& names);
// The elements of a list.
std::vector<const Json*> read_list(const Json& value, const std::string& path, const Constraint& c);
void require_known_keys(const Json& object, const std::string& path, const Names& names);
// The member; nullptr when it is absent and `c` does not require it.
const Json* find_member(const Json& object, const std::string& member_path, const char* name,
                        const Constraint& c);
bool is_null(const Json& value);
[[noreturn]] void throw_too_large(const Json& value, const std::string& path,
                                  std::size_t num_bytes);

struct NameCollector {
  Names names = {};
  template <class T>
  void operator()(const char* name, T&, const char*, const Constraint& = {}) {
    names.emplace_back(name);
  }
};

template <class T>
T read_value(const Json& value, const std::string& path, const Constraint& c);

struct MemberReader {
  const Json& object;
  const std::string& path;
  template <class T>
  void operator()(const char* name, T& member, const char*, const Constraint& c = {}) {
    const std::string where = member_path(path, name);
    if (const Json* found = find_member(object, where, name, c)) {
      member = read_value<T>(*found, where, c);
    }
  }
};

template <class T>
T read_value(const Json& value, const std::string& path, const Constraint& c) {
  if constexpr (std::is_same_v<T, bool>) {
    return read_bool(value, path);
  } else if constexpr (WholeNumber<T> && std::is_signed_v<T>) {
    const std::int64_t number = read_signed(value, path, c);
    if (!std::in_range<T>(number)) throw_too_large(value, path, sizeof(T));
    return static_cast<T>(number);
  } else if constexpr (WholeNumber<T>) {
    const std::uint64_t number = read_unsigned(value, path, c);
    if (!std::in_range<T>(number)) throw_too_large(value, path, sizeof(T));
    return static_cast<T>(number);
  } else if constexpr (std::is_same_v<T, double>) {
    return read_double(value, path, c);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return read_string(value, path, c);
  } else if constexpr (NamedEnum<T>) {
    return enum_names(T{})[read_name(value, path, names_of<T>())].second;
  } else if constexpr (kIsOptional<T>) {
    if (is_null(value)) return std::nullopt;
    return read_value<typename T::value_type>(value, path, c);
  } else if constexpr (kIsVector<T>) {
    T list;
    for (const Json* item : read_list(value, path, c)) {
      const std::string where = element_path(path, list.size());
      list.push_back(read_value<typename T::value_type>(*item, where, c));
    }
    return list;
  } else {
    static_assert(ConfigStruct<T>, "a config field cannot have this type");
    T config{};
    NameCollector known;
    config.fields(known);
    require_known_keys(value, path, known.names);
    MemberReader reader{value, path};
    config.fields(reader);
    return config;
  }
}

}  // namespace detail

/// Reads a config struct from a JSON object. Nothing is converted or ignored: an unknown key, a
/// missing required field, a value of another kind (3.9 or true for a whole number, -1 for an
/// unsigned one, "1" for a number), a value out of bounds and an unknown enum name throw
/// ConfigError with the JSON path, what was expected and found and, for names, the nearest valid
/// one. `path` is the place of `value` in a larger document.
template <ConfigStruct T>
T read_config(const nlohmann::json& value, const std::string& path = "") {
  return detail::read_value<T>(value, path, {});
}

}  // namespace dsocr::configs

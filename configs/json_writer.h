#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "configs/fields.h"

namespace dsocr::configs {

namespace detail {

template <class T>
nlohmann::ordered_json write_value(const T& value);

struct MemberWriter {
  nlohmann::ordered_json& object;
  template <class T>
  void operator()(const char* name, T& member, const char*, const Constraint& = {}) {
    object[name] = write_value<T>(member);
  }
};

template <class T>
nlohmann::ordered_json write_value(const T& value) {
  if constexpr (NamedEnum<T>) {
    for (const auto& [name, known] : enum_names(value)) {
      if (known == value) return std::string(name);
    }
    throw std::logic_error("enum value without a name");
  } else if constexpr (kIsOptional<T>) {
    return value ? write_value<typename T::value_type>(*value) : nlohmann::ordered_json();
  } else if constexpr (kIsVector<T>) {
    auto list = nlohmann::ordered_json::array();
    for (const auto& item : value) list.push_back(write_value<typename T::value_type>(item));
    return list;
  } else if constexpr (ConfigStruct<T>) {
    auto object = nlohmann::ordered_json::object();
    T copy = value;  // fields() hands out mutable members, for the reader's sake
    MemberWriter writer{object};
    copy.fields(writer);
    return object;
  } else {
    return value;
  }
}

}  // namespace detail

/// The config as JSON: every field, defaults too, in the order of fields(). read_config() gives the
/// same config back.
template <ConfigStruct T>
nlohmann::ordered_json write_config(const T& config) {
  return detail::write_value<T>(config);
}

}  // namespace dsocr::configs

#pragma once

#include <span>
#include <string>
#include <vector>

#include "configs/fields.h"
#include "configs/json_writer.h"

namespace dsocr::configs {

/// One field of a config kind, as `dsocr config explain` shows it.
struct FieldDoc {
  std::string path;                  // "runs[].mode"
  std::string type;                  // "list of integer", "string or null"
  std::string default_json;          // JSON text; empty when required and for an object
  std::string doc;                   // one line
  std::string constraint;            // "required, >= 1"; empty when anything goes
  std::vector<std::string> allowed;  // names of an enum
};

namespace detail {

template <class T>
std::string type_text() {
  if constexpr (std::is_same_v<T, bool>) {
    return "boolean";
  } else if constexpr (WholeNumber<T>) {
    return std::is_signed_v<T> ? "integer" : "non-negative integer";
  } else if constexpr (std::is_same_v<T, double>) {
    return "number";
  } else if constexpr (std::is_same_v<T, std::string>) {
    return "string";
  } else if constexpr (NamedEnum<T>) {
    return "name";
  } else if constexpr (kIsOptional<T>) {
    return type_text<typename T::value_type>() + " or null";
  } else if constexpr (kIsVector<T>) {
    return "list of " + type_text<typename T::value_type>();
  } else {
    return "object";
  }
}

/// "required, >= 1, length >= 2".
std::string constraint_text(const Constraint& constraint);

struct FieldExplainer {
  std::vector<FieldDoc>& docs;
  std::string prefix;  // "" or "runs[]."

  template <class T>
  void operator()(const char* name, T& member, const char* doc, const Constraint& c = {}) {
    const std::string path = prefix + name;
    const bool has_default = !c.required && !ConfigStruct<T>;
    docs.push_back({.path = path,
                    .type = type_text<T>(),
                    .default_json = has_default ? write_value<T>(member).dump() : "",
                    .doc = doc,
                    .constraint = constraint_text(c),
                    .allowed = {}});
    expand(path, member);
  }

 private:
  template <class T>
  void expand(const std::string& path, T& value) {
    if constexpr (NamedEnum<T>) {
      docs.back().allowed = names_of<T>();
    } else if constexpr (kIsOptional<T>) {
      typename T::value_type inner = value.value_or(typename T::value_type{});
      expand(path, inner);
    } else if constexpr (kIsVector<T>) {
      typename T::value_type item{};  // what an element holds before JSON is read into it
      expand(path + "[]", item);
    } else if constexpr (ConfigStruct<T>) {
      FieldExplainer members{docs, path + "."};
      value.fields(members);
    }
  }
};

}  // namespace detail

/// Every field of a config kind in the order of fields(), nested structs expanded below their own
/// line; the fields of a list's elements are written `runs[].mode`.
template <ConfigStruct T>
std::vector<FieldDoc> explain_config() {
  std::vector<FieldDoc> docs;
  T config{};
  detail::FieldExplainer explainer{docs, ""};
  config.fields(explainer);
  return docs;
}

/// The docs as a table in aligned columns (path, type, default, meaning with constraint and names),
/// one field a line, with a header line.
std::string render_field_table(std::span<const FieldDoc> docs);

}  // namespace dsocr::configs

#pragma once

#include <concepts>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace dsocr::configs {

// A config struct lists its fields once; reader, writer and `config explain` all visit that list:
//
//   struct SweepConfig {
//     std::int64_t steps = 100;
//     std::vector<VisionMode> modes = {VisionMode::kBase};
//     template <class V>
//     void fields(V& v) {
//       v("steps", steps, "optimizer steps", {.min = 1});
//       v("modes", modes, "vision modes, in report order", {.min_items = 1});
//     }
//   };
//
// A field is a bool, a whole number, a double, a string, an enum with names, another config struct,
// or a std::optional or std::vector of these. An optional is null in JSON when it is empty.
// A field that JSON does not name keeps the value that the struct gives it.

/// What a field's value must satisfy. Bounds are on a number, or on each number of a list.
struct Constraint {
  double min = -std::numeric_limits<double>::infinity();    // value >= min
  double max = std::numeric_limits<double>::infinity();     // value <= max
  double above = -std::numeric_limits<double>::infinity();  // value > above
  double below = std::numeric_limits<double>::infinity();   // value < below
  std::size_t min_items = 0;                                // length of a list or bytes of a string
  std::size_t max_items = std::numeric_limits<std::size_t>::max();
  bool required = false;  // JSON must name the field

  bool admits(double number) const {
    return number >= min && number <= max && number > above && number < below;
  }
};

/// The bounds as text, ">= 1 and < 8"; empty without bounds.
std::string bounds_text(const Constraint& constraint);

/// An enum is a field type when a function beside it lists its names:
///   std::span<const std::pair<std::string_view, Color>> enum_names(Color);
/// The argument only selects the overload.
template <class E>
concept NamedEnum = std::is_enum_v<E> && requires(E e) {
  { enum_names(e) } -> std::convertible_to<std::span<const std::pair<std::string_view, E>>>;
};

/// The names of an enum, in the order of its table.
template <NamedEnum E>
std::vector<std::string> names_of() {
  std::vector<std::string> names;
  for (const auto& [name, value] : enum_names(E{})) names.emplace_back(name);
  return names;
}

/// A visitor that does nothing.
struct NullVisitor {
  template <class T>
  void operator()(const char*, T&, const char*, const Constraint& = {}) {}
};

template <class T>
concept ConfigStruct = std::is_class_v<T> && std::is_default_constructible_v<T> &&
    requires(T config, NullVisitor visitor) {
  config.fields(visitor);
};

template <class T>
concept WholeNumber = std::is_integral_v<T> && !std::is_same_v<T, bool>;

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;

}  // namespace dsocr::configs

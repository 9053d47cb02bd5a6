#include "eval/omnidocbench/latex/tables.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "eval/normalize/unicode.h"

namespace dsocr::omnidocbench::latex {

// Made from pylatexenc-2.10.json and pylatexenc-3.0a30.json by embed.cmake.
extern const std::string_view kPylatexenc210;
extern const std::string_view kPylatexenc30a30;

namespace {

using Json = nlohmann::json;

std::u32string text_of(const Json& entry, const char* key) {
  return metrics::decode_utf8(entry.value(key, std::string()));
}

std::string arguments_of(const Json& entry) {
  const auto spec = entry.find("argspec");
  return spec == entry.end() || spec->is_null() ? std::string() : spec->get<std::string>();
}

std::u32string default_of(const Json& entry) {
  const auto defaults = entry.find("defaults");
  return defaults == entry.end() || defaults->empty()
             ? std::u32string()
             : metrics::decode_utf8(defaults->front().get<std::string>());
}

// The table tells of functions by name only; what they do is told here.
std::optional<Macro> named_function(const std::string& name) {
  if (name == "chapter") return Macro{"", MacroText::kHeadingUpper, U"\n\nCHAPTER: "};
  if (name == "section") return Macro{"", MacroText::kHeadingUpper, U"\n\n\u00A7 "};
  if (name == "part") return Macro{"", MacroText::kHeadingUpper, U"\n\nPART: "};
  if (name == "subsection") return Macro{"", MacroText::kHeading, U"\n\n \u00A7.\u00A7 "};
  if (name == "subsubsection") {
    return Macro{"", MacroText::kHeading, U"\n\n  \u00A7.\u00A7.\u00A7 "};
  }
  if (name == "paragraph") return Macro{"", MacroText::kHeading, U"\n\n  "};
  if (name == "subparagraph") return Macro{"", MacroText::kHeading, U"\n\n    "};
  if (name == "title" || name == "author" || name == "date") {
    return Macro{"", MacroText::kTitleField, metrics::decode_utf8(name)};
  }
  if (name == "maketitle") return Macro{"", MacroText::kTitle, U""};
  if (name == "item") return Macro{"", MacroText::kItem, U""};
  if (name == "texorpdfstring") return Macro{"", MacroText::kSecond, U""};
  if (name == "%") return Macro{"", MacroText::kLiteral, U"%"};
  if (name == "includegraphics") {
    return Macro{"", MacroText::kLiteral, U"\n    < g r a p h i c s >\n"};
  }
  return std::nullopt;
}

Macro macro_of_function(const std::string& name, const Json& entry) {
  const std::string function = entry.value("name", std::string());
  if (function.starts_with("_mathxx")) return {"", MacroText::kAlphabet, default_of(entry)};
  if (function == "_format_uebung") return {"", MacroText::kExercise, U""};
  if (function == "fmt_input_macro") return {"", MacroText::kNothing, U""};  // no directory is set
  if (const std::optional<Macro> macro = named_function(name)) return *macro;
  const std::u32string mark = default_of(entry);
  if (mark.size() == 1) return {"", MacroText::kAccent, mark};
  // \href asks for arguments that the parser never gives to it.
  return {"", MacroText::kFailure, U""};
}

Macro macro_of(const std::string& name, const Json& entry) {
  const std::string kind = entry.value("kind", std::string());
  Macro macro;
  if (kind == "literal") {
    macro = {"", MacroText::kLiteral, text_of(entry, "text")};
  } else if (kind == "format") {
    macro = {"", MacroText::kFormat, text_of(entry, "text")};
  } else if (kind == "args") {
    macro.kind = MacroText::kArguments;
  } else if (kind == "callable") {
    macro = macro_of_function(name, entry);
  }
  macro.arguments = arguments_of(entry);
  return macro;
}

Environment environment_of(const Json& entry) {
  const std::string kind = entry.value("kind", std::string());
  const std::string function = entry.value("name", std::string());
  Environment environment{arguments_of(entry), EnvironmentText::kBody, U""};
  if (kind == "format") {
    environment.kind = EnvironmentText::kFormat;
    environment.text = text_of(entry, "text");
  } else if (function == "fmt_equation_environment") {
    environment.kind = EnvironmentText::kEquation;
  } else if (function == "fmt_matrix_environment_node") {
    environment.kind = EnvironmentText::kMatrix;
  }
  return environment;
}

}  // namespace

Tables::Tables(std::string_view json) {
  const Json tables = Json::parse(json);
  for (const auto& [name, entry] : tables.at("macros").items()) {
    macros_.emplace(metrics::decode_utf8(name), macro_of(name, entry));
  }
  for (const auto& [name, entry] : tables.at("environments").items()) {
    environments_.emplace(metrics::decode_utf8(name), environment_of(entry));
  }
  for (const auto& [name, entry] : tables.at("specials").items()) {
    const std::u32string sequence = metrics::decode_utf8(name);
    specials_.emplace_back(sequence, entry.contains("text") ? text_of(entry, "text") : sequence);
  }
  std::ranges::stable_sort(specials_, std::greater<>(),
                           [](const auto& special) { return special.first.size(); });
}

const Tables& Tables::get(Pylatexenc version) {
  if (version == Pylatexenc::k210) {
    static const Tables tables(kPylatexenc210);
    return tables;
  }
  static const Tables tables(kPylatexenc30a30);
  return tables;
}

const Macro* Tables::find_macro(std::u32string_view name) const {
  const auto found = macros_.find(name);
  return found == macros_.end() ? nullptr : &found->second;
}

const Environment* Tables::find_environment(std::u32string_view name) const {
  const auto found = environments_.find(name);
  return found == environments_.end() ? nullptr : &found->second;
}

const std::pair<std::u32string, std::u32string>* Tables::find_special(std::u32string_view latex,
                                                                      size_t from) const {
  const std::u32string_view rest = latex.substr(from);
  for (const auto& special : specials_) {
    if (rest.starts_with(special.first)) return &special;
  }
  return nullptr;
}

}  // namespace dsocr::omnidocbench::latex

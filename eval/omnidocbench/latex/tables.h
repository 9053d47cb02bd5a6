#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "eval/omnidocbench/latex/latex_to_text.h"

// What pylatexenc knows of macros, environments and special characters: how many arguments they
// take and the text that stands for them (spec: OmniDocBench, section 4.2).
namespace dsocr::omnidocbench::latex {

/// How the text of a macro is made.
enum class MacroText {
  kNothing,    // none, arguments included; also for macros without an entry
  kLiteral,    // `text`
  kFormat,     // `text` with %s for the arguments in turn or %(n)s for the n-th
  kArguments,  // the arguments one after the other
  kAccent,     // the argument, every character with the combining mark `text`
  kAlphabet,   // the argument in the mathematical alphabet named `text`
  kHeading,    // `text`, the third argument and a line feed
  kHeadingUpper,
  kItem,        // a line of a list
  kExercise,    // the first argument on a line of its own, the second in brackets
  kSecond,      // the second argument
  kTitleField,  // kept for kTitle: `text` is title, author or date
  kTitle,
  kFailure,  // the library raises an exception
};

struct Macro {
  std::string arguments;  // one of `{` (mandatory), `[` (optional), `*` for each argument
  MacroText kind = MacroText::kNothing;
  std::u32string text;
};

/// How the text of an environment is made from its body.
enum class EnvironmentText { kBody, kFormat, kEquation, kMatrix };

struct Environment {
  std::string arguments;
  EnvironmentText kind = EnvironmentText::kBody;
  std::u32string text;  // with %s for the body
};

/// The tables of one version, as read from the JSON in the binary.
class Tables {
 public:
  /// The tables of a version; parsed once, at the first call.
  static const Tables& get(Pylatexenc version);

  /// Entry of a macro, named without the backslash; nullptr for an unknown one.
  const Macro* find_macro(std::u32string_view name) const;
  const Environment* find_environment(std::u32string_view name) const;
  /// The longest special character sequence at `from`, with its text; nullptr if there is none.
  const std::pair<std::u32string, std::u32string>* find_special(std::u32string_view latex,
                                                                size_t from) const;

 private:
  explicit Tables(std::string_view json);

  struct Hash {
    using is_transparent = void;
    size_t operator()(std::u32string_view text) const {
      return std::hash<std::u32string_view>{}(text);
    }
  };
  template <typename Value>
  using Map = std::unordered_map<std::u32string, Value, Hash, std::equal_to<>>;

  Map<Macro> macros_;
  Map<Environment> environments_;
  std::vector<std::pair<std::u32string, std::u32string>> specials_;  // the longest first
};

}  // namespace dsocr::omnidocbench::latex

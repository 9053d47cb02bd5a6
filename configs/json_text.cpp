#include "configs/json_text.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "configs/error.h"

namespace dsocr::configs {
namespace {

using nlohmann::json;

// Follows the parser's events, so that an error inside the text can name its JSON path.
class KeyChecker {
 public:
  explicit KeyChecker(const std::string& source) : source_(source) {}

  bool operator()(int, json::parse_event_t event, const json& value) {
    switch (event) {
      case json::parse_event_t::key:
        add_key(value.get<std::string>());
        break;
      case json::parse_event_t::object_start:
        open_.push_back({.is_array = false});
        break;
      case json::parse_event_t::array_start:
        open_.push_back({.is_array = true});
        break;
      case json::parse_event_t::object_end:
      case json::parse_event_t::array_end:
        open_.pop_back();
        finish_value();
        break;
      case json::parse_event_t::value:
        finish_value();
        break;
    }
    return true;
  }

  // Path of the value that is being parsed.
  std::string path() const {
    std::string path;
    for (const Container& container : open_) {
      path = container.is_array ? element_path(path, container.index)
                                : member_path(path, container.key);
    }
    return path;
  }

 private:
  struct Container {
    bool is_array;
    std::size_t index = 0;  // of the current element
    std::string key = {};   // of the current member
    std::set<std::string> keys = {};
  };

  void add_key(const std::string& key) {
    Container& object = open_.back();
    object.key = key;
    if (!object.keys.insert(key).second) {
      throw ConfigError(path(), "duplicate key, in " + source_);
    }
  }

  void finish_value() {
    if (!open_.empty() && open_.back().is_array) ++open_.back().index;
  }

  const std::string& source_;
  std::vector<Container> open_ = {};
};

// "source:line:column" of a byte.
std::string position(std::string_view text, std::size_t offset, const std::string& source) {
  const std::string_view before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0: the first line
  return source + ":" + std::to_string(line) + ":" + std::to_string(before.size() - line_start + 1);
}

// "[json.exception.parse_error.101] parse error at line 1, column 5: text" to "text".
std::string without_prefix(const std::string& message) {
  const std::size_t colon = message.find(": ");
  return colon == std::string::npos ? message : message.substr(colon + 2);
}

bool is_plain_key(std::string_view key) {
  return !key.empty() && std::none_of(key.begin(), key.end(), [](char c) {
    return c == '.' || c == '[' || c == ']' || c == '"' || c == '=' || (c >= 0 && c <= ' ');
  });
}

}  // namespace

std::optional<std::size_t> find_invalid_utf8(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  std::size_t i = 0;
  while (i < text.size()) {
    const unsigned lead = byte(i);
    std::size_t length = 0;
    if (lead < 0x80) length = 1;
    if (lead >= 0xc2 && lead <= 0xdf) length = 2;
    if (lead >= 0xe0 && lead <= 0xef) length = 3;
    if (lead >= 0xf0 && lead <= 0xf4) length = 4;
    if (length == 0 || length > text.size() - i) return i;
    for (std::size_t k = 1; k < length; ++k) {
      if (byte(i + k) < 0x80 || byte(i + k) > 0xbf) return i;
    }
    if (length > 2) {
      // Overlong forms, surrogates, and code points above U+10FFFF.
      const unsigned second = byte(i + 1);
      if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
          (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) {
        return i;
      }
    }
    i += length;
  }
  return std::nullopt;
}

json parse_json(std::string_view text, const std::string& source) {
  if (const auto offset = find_invalid_utf8(text)) {
    throw ConfigError("", position(text, *offset, source) + ": invalid UTF-8");
  }
  KeyChecker checker(source);
  try {
    return json::parse(
        text.begin(), text.end(),
        [&checker](int depth, json::parse_event_t event, json& value) {
          return checker(depth, event, value);
        },
        true, true);
  } catch (const json::parse_error& error) {
    const std::size_t offset = error.byte > 0 ? error.byte - 1 : 0;
    throw ConfigError("", position(text, offset, source) + ": " + without_prefix(error.what()));
  } catch (const json::out_of_range&) {
    throw ConfigError(checker.path(), "number too large, in " + source);
  }
}

json read_json_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text;
  std::array<char, 4096> buffer;
  while (in.read(buffer.data(), buffer.size()), in.gcount() > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(in.gcount()));
  }
  // A folder opens, but cannot be read.
  if (!in.is_open() || in.bad()) throw ConfigError("", "cannot read " + file.string());
  return parse_json(text, file.string());
}

std::string member_path(const std::string& path, std::string_view key) {
  if (!is_plain_key(key)) return path + "[" + json(key).dump() + "]";
  return path.empty() ? std::string(key) : path + "." + std::string(key);
}

std::string element_path(const std::string& path, std::size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

}  // namespace dsocr::configs

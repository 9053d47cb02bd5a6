#include "data/records.h"

#include <cerrno>
#include <fstream>
#include <system_error>

#include "data/error.h"

namespace dsocr::data {
namespace {

std::string read_text(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error))
    throw DataError(file.string(), "", "is a folder, not a file");
  if (std::filesystem::exists(file, error) && !std::filesystem::is_regular_file(file, error))
    throw DataError(file.string(), "", "is not a regular file; it is read twice");
  std::ifstream in(file, std::ios::binary);
  if (!in)
    throw DataError(file.string(), "", "cannot open: " + std::generic_category().message(errno));
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);  // byte order mark
  return text;
}

// The library's message repeats what it read, which may be a whole page; ours says where and what.
std::string reason(const nlohmann::json::parse_error& error, std::string_view text, size_t offset) {
  std::string what = error.what();
  const std::string at = " at byte " + std::to_string(offset + error.byte);
  if (what.find("ill-formed UTF-8") != std::string::npos) return "invalid UTF-8" + at;
  if (error.byte > text.size()) return "JSON ends too early" + at;
  what.erase(std::min(what.size(), what.find("; last read")));
  const size_t start = what.find("syntax error");
  return "not JSON" + at + ": " + what.substr(start == std::string::npos ? 0 : start);
}

nlohmann::json parse(std::string_view text, const std::string& file, const std::string& place,
                     size_t offset) {
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    throw DataError(file, place, reason(error, text, offset));
  }
}

}  // namespace

const std::string& Record::string(const char* key) const {
  const auto it = value_.find(key);
  if (it == value_.end())
    throw DataError(file_, place(), "has no field '" + std::string(key) + "'");
  if (!it->is_string())
    throw DataError(
        file_, place(),
        "field '" + std::string(key) + "' is of type " + it->type_name() + ", not a string");
  return it->get_ref<const std::string&>();
}

std::optional<double> Record::optional_number(const char* key) const {
  const auto it = value_.find(key);
  if (it == value_.end() || it->is_null()) return std::nullopt;
  if (!it->is_number())
    throw DataError(
        file_, place(),
        "field '" + std::string(key) + "' is of type " + it->type_name() + ", not a number");
  return it->get<double>();
}

std::vector<Record> read_records(const std::filesystem::path& file, const std::string& member) {
  const std::string name = file.string();
  const std::string text = read_text(file);
  const size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string::npos) throw DataError(name, "", "is empty");

  std::vector<Record> records;
  const auto add = [&](nlohmann::json value) {
    records.emplace_back(name, records.size() + 1, std::move(value));
    const Record& record = records.back();
    if (!record.json().is_object())
      throw DataError(name, record.place(),
                      std::string("is of type ") + record.json().type_name() + ", not an object");
  };
  const bool one_value = text[start] == '[' || (!member.empty() && nlohmann::json::accept(text));
  nlohmann::json array = one_value ? parse(text, name, "", 0) : nlohmann::json();
  if (array.is_object() && array.contains(member)) array = nlohmann::json(std::move(array[member]));
  if (array.is_array()) {
    for (nlohmann::json& value : array) add(std::move(value));
  } else {
    for (size_t at = 0, line = 1; at < text.size(); ++line) {
      const size_t end = std::min(text.find('\n', at), text.size());
      const std::string_view row(text.data() + at, end - at);
      if (row.find_first_not_of(" \t\r") != std::string_view::npos)
        add(parse(row, name, "line " + std::to_string(line), at));
      at = end + 1;
    }
  }
  if (records.empty()) throw DataError(name, "", "holds no records");
  return records;
}

}  // namespace dsocr::data

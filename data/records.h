#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace dsocr::data {

/// One object of a JSON array or of a JSON Lines file, with the place it came from for messages.
/// Every accessor throws DataError naming file, record and field.
class Record {
 public:
  Record(std::string file, size_t number, nlohmann::json value)
      : file_(std::move(file)), number_(number), value_(std::move(value)) {}

  const std::string& file() const { return file_; }
  std::string place() const { return "record " + std::to_string(number_); }  // counted from 1
  const nlohmann::json& json() const { return value_; }

  const std::string& string(const char* key) const;
  std::optional<double> optional_number(const char* key) const;

 private:
  std::string file_;
  size_t number_;
  nlohmann::json value_;
};

/// Reads a file that holds one JSON array of objects, or one JSON object per line; with a `member`
/// also one object whose member of that name is the array.
/// Throws DataError naming the file and the reason: unreadable, empty, not JSON (line and byte),
/// invalid UTF-8 (byte), not objects.
std::vector<Record> read_records(const std::filesystem::path& file, const std::string& member = "");

}  // namespace dsocr::data

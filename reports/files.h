#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace dsocr::reports {

/// Writes a whole file so that a reader sees the old or the new one, never a part: temporary file,
/// fsync, rename. Throws std::runtime_error naming the file and the system's reason.
void write_file(const std::filesystem::path& file, std::string_view content);

/// Whole content of a file. Throws std::runtime_error naming the file and the system's reason.
std::string read_file(const std::filesystem::path& file);

/// Appends lines to a file as they come, so that what was written survives a crash.
/// Every failed write throws std::runtime_error naming the file and the system's reason.
class LineWriter {
 public:
  explicit LineWriter(std::filesystem::path file);
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  void write(std::string_view line);
  /// Lets other programs see the lines so far.
  void flush();
  /// Flushes to the disk and closes; without it the destructor closes and swallows errors.
  void close();

 private:
  std::filesystem::path file_;
  int descriptor_;
  std::string buffer_;
};

}  // namespace dsocr::reports

#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace dsocr::reports {

/// Writes a whole file so that a reader sees the old or the new one, never a part: temporary file,
/// fsync, rename. Throws std::runtime_error naming the file and the system's reason.
void write_file(const std::filesystem::path& file, std::string_view content);

/// Whole content of a file. Throws std::runtime_error naming the file and the system's reason.
std::string read_file(const std::filesystem::path& file);

/// Appends bytes to a file as they come, so that what was written survives a crash.
/// Every failed write throws std::runtime_error naming the file and the system's reason. Bytes that
/// were taken stay in order: when there is room again the next write goes on where the file ends.
/// More than a buffer is not taken meanwhile, so that a full disk does not fill the memory.
class ByteWriter {
 public:
  explicit ByteWriter(std::filesystem::path file);
  ~ByteWriter();
  ByteWriter(const ByteWriter&) = delete;
  ByteWriter& operator=(const ByteWriter&) = delete;

  const std::filesystem::path& file() const { return file_; }
  void write(std::string_view bytes);
  /// Lets other programs see the bytes so far.
  void flush();
  /// Flushes to the disk and closes; without it the destructor closes and swallows errors.
  void close();

 private:
  std::filesystem::path file_;
  int descriptor_;
  std::string buffer_;
};

/// A ByteWriter of lines.
class LineWriter {
 public:
  explicit LineWriter(std::filesystem::path file) : bytes_(std::move(file)) {}

  void write(std::string_view line) { bytes_.write(std::string(line) + '\n'); }
  void flush() { bytes_.flush(); }
  void close() { bytes_.close(); }

 private:
  ByteWriter bytes_;
};

}  // namespace dsocr::reports

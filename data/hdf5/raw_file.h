#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace dsocr::data {

/// A regular file that is read and written by offset, by any number of threads at once. Errors
/// throw DataError with the file and the system's reason.
class RawFile {
 public:
  enum class Mode { kRead, kReadWrite, kOpenOrCreate, kCreate };  // kCreate: must not be there

  RawFile(std::filesystem::path file, Mode mode);
  ~RawFile();
  RawFile(RawFile&& other) noexcept;
  RawFile& operator=(RawFile&&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::uint64_t size() const;

  /// False when the file ends before the last byte.
  bool read(std::uint64_t offset, std::span<std::byte> bytes) const;
  void write(std::uint64_t offset, std::span<const std::byte> bytes) const;
  void resize(std::uint64_t bytes) const;
  void sync() const;

  /// False when another process, or another object of this one, holds the lock.
  bool try_lock() const;

 private:
  [[noreturn]] void fail(const char* what) const;

  std::filesystem::path path_;
  int descriptor_;
};

/// Copies [begin, begin + bytes) of one file to an offset of another.
void copy_range(const RawFile& from, std::uint64_t begin, std::uint64_t bytes, const RawFile& to,
                std::uint64_t offset);

/// Renames a file that is on the disk already, and brings the new name there.
void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace dsocr::data

#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace dsocr::model {

/// A whole file in memory, read page by page as it is touched. The memory may be written: pages
/// are then copied, the file never changes. A file that another process shortens while it is
/// mapped ends the program with SIGBUS; that is not caught.
class MappedFile {
 public:
  /// Throws WeightsError naming the file and the reason; only regular files can be mapped.
  explicit MappedFile(const std::filesystem::path& file);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<std::byte> bytes() const { return bytes_; }

 private:
  std::span<std::byte> bytes_;
};

/// Writes a file so that a reader sees the old one or the whole new one: temporary file beside it,
/// fsync, rename, fsync of the folder. Errors throw WeightsError naming the file and the system's
/// reason; an object that goes away before commit() leaves the target as it was.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path target);
  ~AtomicFile();
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);

  /// Brings what was written to the disk and closes; nothing may be written afterwards.
  void finish();

  /// finish(), then puts the file in place.
  void commit();

 private:
  [[noreturn]] void fail() const;

  std::filesystem::path target_;
  std::filesystem::path temporary_;  // empty when there is none to remove
  int descriptor_ = -1;
};

/// Brings the names in a folder to the disk. Throws WeightsError.
void sync_folder(const std::filesystem::path& folder);

}  // namespace dsocr::model

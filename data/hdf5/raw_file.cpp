#include "data/hdf5/raw_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "data/error.h"

namespace dsocr::data {
namespace {

int flags(RawFile::Mode mode) {
  // O_NONBLOCK: a pipe in the place of a file is refused, not waited for.
  if (mode == RawFile::Mode::kRead) return O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  if (mode == RawFile::Mode::kReadWrite) return O_RDWR | O_CLOEXEC | O_NONBLOCK;
  const int create = O_RDWR | O_CLOEXEC | O_NONBLOCK | O_CREAT;
  return mode == RawFile::Mode::kCreate ? create | O_EXCL : create;
}

}  // namespace

RawFile::RawFile(std::filesystem::path file, Mode mode)
    : path_(std::move(file)), descriptor_(::open(path_.c_str(), flags(mode), 0644)) {
  if (descriptor_ < 0)
    fail(mode == Mode::kCreate || mode == Mode::kOpenOrCreate ? "cannot create" : "cannot open");
  struct stat status {};
  if (::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode)) return;
  ::close(descriptor_);
  throw DataError(path_, "", "is not a regular file");
}

RawFile::~RawFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

RawFile::RawFile(RawFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

void RawFile::fail(const char* what) const {
  throw DataError(path_, "", std::string(what) + ": " + std::generic_category().message(errno));
}

std::uint64_t RawFile::size() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) fail("cannot read");
  return static_cast<std::uint64_t>(status.st_size);
}

bool RawFile::read(std::uint64_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t count =
        ::pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("cannot read");
    if (count == 0) return false;
    offset += static_cast<std::uint64_t>(count);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
  return true;
}

void RawFile::write(std::uint64_t offset, std::span<const std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t count =
        ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("cannot write");
    offset += static_cast<std::uint64_t>(count);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
}

void RawFile::resize(std::uint64_t bytes) const {
  if (::ftruncate(descriptor_, static_cast<off_t>(bytes)) != 0) fail("cannot write");
}

// File systems that cannot sync say so by EINVAL; that is no failure to store.
void RawFile::sync() const {
  if (::fsync(descriptor_) != 0 && errno != EINVAL && errno != ENOTSUP) fail("cannot write");
}

bool RawFile::try_lock() const {
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return true;
  if (errno != EWOULDBLOCK) fail("cannot lock");
  return false;
}

void copy_range(const RawFile& from, std::uint64_t begin, std::uint64_t bytes, const RawFile& to,
                std::uint64_t offset) {
  std::vector<std::byte> piece(static_cast<size_t>(std::min<std::uint64_t>(bytes, 1 << 20)));
  while (bytes > 0) {
    const auto count = static_cast<size_t>(std::min<std::uint64_t>(bytes, piece.size()));
    const std::span part(piece.data(), count);
    if (!from.read(begin, part)) throw DataError(from.path(), "", "is cut short");
    to.write(offset, part);
    begin += count;
    offset += count;
    bytes -= count;
  }
}

void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::rename(from, to);
  const auto folder = to.has_parent_path() ? to.parent_path() : std::filesystem::path(".");
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;  // the rename stands; only its time of reaching the disk is open
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace dsocr::data

#include "reports/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace dsocr::reports {
namespace {

constexpr size_t kBufferBytes = 65'536;

[[noreturn]] void fail(const char* what, const std::filesystem::path& file, int error = errno) {
  throw std::runtime_error("cannot " + std::string(what) + " " + file.string() + ": " +
                           std::generic_category().message(error));
}

// `bytes` is what is left to write, also after a failure.
void write_all(int descriptor, std::string_view& bytes, const std::filesystem::path& file) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      fail("write", file);
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

// Character devices and pipes cannot be synced; that is not a failure to store.
void sync(int descriptor, const std::filesystem::path& file) {
  if (::fsync(descriptor) != 0 && errno != EINVAL && errno != ENOTSUP) fail("write", file);
}

}  // namespace

void write_file(const std::filesystem::path& file, std::string_view content) {
  const std::filesystem::path temporary = file.string() + ".tmp" + std::to_string(::getpid());
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) fail("write", file);
  try {
    write_all(descriptor, content, file);
    sync(descriptor, file);
  } catch (...) {
    ::close(descriptor);
    ::unlink(temporary.c_str());
    throw;
  }
  const bool closed = ::close(descriptor) == 0;
  if (!closed || ::rename(temporary.c_str(), file.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    fail("write", file, error);
  }
}

std::string read_file(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) fail("read", file, EISDIR);
  std::ifstream in(file, std::ios::binary);
  if (!in) fail("read", file);
  std::string content((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (in.bad()) fail("read", file);
  return content;
}

ByteWriter::ByteWriter(std::filesystem::path file)
    : file_(std::move(file)),
      descriptor_(::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
  if (descriptor_ < 0) fail("write", file_);
}

ByteWriter::~ByteWriter() {
  try {
    close();
  } catch (const std::exception&) {  // the owner that cares calls close()
  }
}

void ByteWriter::write(std::string_view bytes) {
  if (buffer_.size() >= kBufferBytes) flush();  // only left after a write that failed
  buffer_.append(bytes);
  if (buffer_.size() >= kBufferBytes) flush();
}

void ByteWriter::flush() {
  std::string_view left = buffer_;
  try {
    write_all(descriptor_, left, file_);
  } catch (...) {
    buffer_.erase(0, buffer_.size() - left.size());
    throw;
  }
  buffer_.clear();
}

void ByteWriter::close() {
  if (descriptor_ < 0) return;
  const int descriptor = descriptor_;
  descriptor_ = -1;
  try {
    std::string_view left = buffer_;
    write_all(descriptor, left, file_);
    sync(descriptor, file_);
  } catch (...) {
    ::close(descriptor);
    throw;
  }
  if (::close(descriptor) != 0) fail("write", file_);
}

}  // namespace dsocr::reports

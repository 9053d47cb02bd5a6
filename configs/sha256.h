#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace dsocr::configs {

/// SHA-256 of bytes that come in pieces. Throws std::runtime_error when OpenSSL fails.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void add(std::string_view bytes);
  /// Once, at the end.
  std::array<unsigned char, 32> finish();
  std::string finish_hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// SHA-256 of the bytes.
std::array<unsigned char, 32> sha256(std::string_view bytes);

/// SHA-256 of the bytes as 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

/// SHA-256 of a file's content as 64 lower-case hex digits, read in pieces.
/// Throws std::runtime_error that names the file when it cannot be read.
std::string sha256_file(const std::filesystem::path& file);

}  // namespace dsocr::configs

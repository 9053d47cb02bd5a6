#include "configs/sha256.h"

#include <openssl/evp.h>

#include <fstream>
#include <memory>
#include <stdexcept>
#include <vector>

namespace dsocr::configs {
namespace {

void check(bool ok) {
  if (!ok) throw std::runtime_error("OpenSSL cannot compute SHA-256");
}

std::string hex(const std::array<unsigned char, 32>& sum) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : sum) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace

struct Sha256::Context {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> md{EVP_MD_CTX_new(), EVP_MD_CTX_free};
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  check(context_->md && EVP_DigestInit_ex(context_->md.get(), EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
  check(EVP_DigestUpdate(context_->md.get(), bytes.data(), bytes.size()) == 1);
}

std::array<unsigned char, 32> Sha256::finish() {
  std::array<unsigned char, 32> sum{};
  check(EVP_DigestFinal_ex(context_->md.get(), sum.data(), nullptr) == 1);
  return sum;
}

std::string Sha256::finish_hex() { return hex(finish()); }

std::array<unsigned char, 32> sha256(std::string_view bytes) {
  Sha256 digest;
  digest.add(bytes);
  return digest.finish();
}

std::string sha256_hex(std::string_view bytes) { return hex(sha256(bytes)); }

std::string sha256_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot open " + file.string());
  Sha256 digest;
  std::vector<char> buffer(std::size_t{1} << 20);
  while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())), in.gcount() > 0) {
    digest.add({buffer.data(), static_cast<std::size_t>(in.gcount())});
  }
  // A folder opens, but cannot be read.
  if (in.bad()) throw std::runtime_error("cannot read " + file.string());
  return digest.finish_hex();
}

}  // namespace dsocr::configs

#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/label/ppocr/planes.h"

namespace dsocr::data {

/// A file and the SHA-256 that it must have, 64 hex digits.
struct NetworkFile {
  std::filesystem::path path = {};
  std::string sha256 = {};
};

/// Of the library that is linked in: "2026.4.1".
std::string openvino_version();

/// A network from an ONNX file that takes one picture, run by OpenVINO on one thread in float32.
class Network {
 public:
  /// Throws DataError naming the file: it is missing, not the one that is wanted, or OpenVINO
  /// cannot take it.
  explicit Network(const NetworkFile& file);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  const NetworkFile& file() const;
  /// Names of the classes that it tells apart, from the file's meta data.
  std::vector<std::string> classes() const;

  /// The outputs for one picture in the order of the file; they live until the next run. Throws a
  /// recoverable DataError when the network cannot take a picture of this size.
  std::vector<std::span<const float>> run(const Planes& picture);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace dsocr::data

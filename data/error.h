#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>

namespace dsocr::data {

/// Bad input data. The message reads "<file>: sample '<id>': <reason>"; parts that are empty are
/// left out.
class DataError : public std::runtime_error {
 public:
  /// `recoverable`: only this sample is bad, a run may skip it within its budget of bad samples.
  DataError(const std::filesystem::path& file, std::string sample_id, const std::string& reason,
            bool recoverable = false)
      : std::runtime_error(message(file, sample_id, reason)),
        sample_id_(std::move(sample_id)),
        recoverable_(recoverable) {}

  /// Id of the bad sample, empty when the error is about a whole file or about no stored sample.
  const std::string& sample_id() const { return sample_id_; }
  bool recoverable() const { return recoverable_; }

 private:
  static std::string message(const std::filesystem::path& file, const std::string& sample_id,
                             const std::string& reason) {
    std::string text;
    if (!file.empty()) text += file.string() + ": ";
    if (!sample_id.empty()) text += "sample '" + sample_id + "': ";
    return text + reason;
  }

  std::string sample_id_;
  bool recoverable_;
};

}  // namespace dsocr::data

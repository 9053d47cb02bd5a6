#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>

namespace dsocr::model {

/// Shows intermediate tensors to whoever asks, under names such as "global.sam.block0". A default
/// one does nothing and costs nothing.
class Trace {
 public:
  using Sink = std::function<void(const std::string& name, const at::Tensor& value)>;

  Trace() = default;
  explicit Trace(Sink sink) : sink_(std::move(sink)) {}

  void operator()(const char* name, const at::Tensor& value) const {
    if (sink_) sink_(prefix_ + name, value);
  }
  void operator()(const char* name, std::int64_t index, const at::Tensor& value) const {
    if (sink_) sink_(prefix_ + name + std::to_string(index), value);
  }

  /// The same with names below `scope`: at("sam") turns "out" into "sam.out".
  Trace at(const std::string& scope) const {
    Trace inner;
    if (sink_) {
      inner.sink_ = sink_;
      inner.prefix_ = prefix_ + scope + ".";
    }
    return inner;
  }

 private:
  Sink sink_;
  std::string prefix_;
};

}  // namespace dsocr::model

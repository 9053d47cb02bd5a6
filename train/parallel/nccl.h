#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Stream.h>

#include <chrono>
#include <functional>
#include <string>

namespace dsocr::train {

/// NCCL as libtorch's CUDA part brings it, its functions looked up by name: so neither compiling
/// nor linking asks for CUDA. One communicator, of all ranks, for the GPU of this process. What is
/// started runs in a stream of its own. Throws std::runtime_error with NCCL's words. No test has
/// run it on GPUs: only that the functions are found, and that they are declared as NCCL 2.28 does.
class Nccl {
 public:
  /// Passes the bytes that rank 0 gives to all; returns them.
  using Share = std::function<std::string(const std::string& bytes)>;
  struct Options {
    int rank, size;
    std::chrono::milliseconds timeout;
  };

  Nccl(const Options& options, at::Device device, const Share& share);
  ~Nccl();
  Nccl(const Nccl&) = delete;
  Nccl& operator=(const Nccl&) = delete;

  /// Whether its functions are there, without a GPU.
  static bool is_found();

  /// All return at once; the function that they return waits, on the host, until it is done. After
  /// a timeout or an error of another rank it ends the communicator.
  using Wait = std::function<void()>;
  Wait sum(const at::Tensor& tensor);
  Wait broadcast(const at::Tensor& tensor, int from);
  Wait all_gather(const at::Tensor& tensor, const at::Tensor& all);

 private:
  template <class Start>
  Wait run(const at::Tensor& tensor, Start start);
  void check(int result, const char* what);

  Options options_;
  c10::Stream stream_;
  void* communicator_ = nullptr;
};

}  // namespace dsocr::train

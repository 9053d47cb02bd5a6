#include "train/parallel/nccl.h"

#include <ATen/ATen.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>

#include <memory>
#include <stdexcept>
#include <thread>

namespace dsocr::train {
namespace {

// What nccl.h of every NCCL since 2.10 says. Results and enumerations are ints, streams pointers.
using Communicator = void*;
struct UniqueId {
  char bytes[128];
};
constexpr int kSuccess = 0, kInProgress = 7;
constexpr int kSum = 0;

struct Api {
  int (*get_unique_id)(UniqueId*);
  int (*init_rank)(Communicator*, int size, UniqueId, int rank);
  int (*destroy)(Communicator);
  int (*abort)(Communicator);
  int (*get_async_error)(Communicator, int* result);
  const char* (*get_error_string)(int result);
  int (*all_reduce)(const void* send, void* receive, std::size_t count, int type, int operation,
                    Communicator, void* stream);
  int (*broadcast)(const void* send, void* receive, std::size_t count, int type, int root,
                   Communicator, void* stream);
  int (*all_gather)(const void* send, void* receive, std::size_t send_count, int type, Communicator,
                    void* stream);
};

template <class Function>
void look_up(Function*& function, const char* name) {
  // Global since libtorch_cuda.so was (model/weights/load.cpp).
  function = reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
  if (!function) throw std::runtime_error(std::string("this libtorch has no NCCL: no ") + name);
}

const Api& api() {
  static const Api instance = [] {
    Api found{};
    look_up(found.get_unique_id, "ncclGetUniqueId");
    look_up(found.init_rank, "ncclCommInitRank");
    look_up(found.destroy, "ncclCommDestroy");
    look_up(found.abort, "ncclCommAbort");
    look_up(found.get_async_error, "ncclCommGetAsyncError");
    look_up(found.get_error_string, "ncclGetErrorString");
    look_up(found.all_reduce, "ncclAllReduce");
    look_up(found.broadcast, "ncclBroadcast");
    look_up(found.all_gather, "ncclAllGather");
    return found;
  }();
  return instance;
}

int type_of(const at::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case at::kByte:
      return 1;
    case at::kInt:
      return 2;
    case at::kLong:
      return 4;
    case at::kHalf:
      return 6;
    case at::kFloat:
      return 7;
    case at::kDouble:
      return 8;
    case at::kBFloat16:
      return 9;
    default:
      throw std::runtime_error(std::string("NCCL is given ") + c10::toString(tensor.scalar_type()));
  }
}

std::size_t count_of(const at::Tensor& tensor) { return static_cast<std::size_t>(tensor.numel()); }

}  // namespace

Nccl::Nccl(const Options& options, at::Device device, const Share& share)
    : options_(options),
      stream_(c10::impl::VirtualGuardImpl(device.type()).getNewStream(device, /*priority=*/-1)) {
  const c10::DeviceGuard guard(device);
  UniqueId id{};
  if (options.rank == 0) check(api().get_unique_id(&id), "make an id");
  const std::string shared = share(std::string(id.bytes, sizeof id.bytes));
  if (shared.size() != sizeof id.bytes) throw std::runtime_error("NCCL's id has another length");
  shared.copy(id.bytes, sizeof id.bytes);
  check(api().init_rank(&communicator_, options.size, id, options.rank), "start");
}

Nccl::~Nccl() {
  if (communicator_) api().destroy(communicator_);
}

bool Nccl::is_found() {
  try {
    api();
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

void Nccl::check(int result, const char* what) {
  if (result != kSuccess && result != kInProgress)
    throw std::runtime_error(std::string("NCCL cannot ") + what + ": " +
                             api().get_error_string(result));
}

template <class Start>
Nccl::Wait Nccl::run(const at::Tensor& tensor, Start start) {
  if (!communicator_) throw std::runtime_error("NCCL has failed before");
  const c10::DeviceGuard guard(tensor.device());
  // Behind what is computed so far.
  c10::Event before(tensor.device().type());
  before.record(c10::impl::VirtualGuardImpl(tensor.device().type()).getStream(tensor.device()));
  before.block(stream_);
  check(start(), "begin");
  const auto after = std::make_shared<c10::Event>(tensor.device().type());
  after->record(stream_);
  return [this, tensor, after] {
    const auto deadline = std::chrono::steady_clock::now() + options_.timeout;
    while (!after->query()) {
      int result = kSuccess;
      if (communicator_) api().get_async_error(communicator_, &result);
      const bool late = std::chrono::steady_clock::now() > deadline;
      if (!communicator_ || late || (result != kSuccess && result != kInProgress)) {
        // Else its kernel would spin on the GPU for ever.
        if (communicator_) api().abort(std::exchange(communicator_, nullptr));
        throw std::runtime_error(late ? "NCCL: no answer in time"
                                      : std::string("NCCL: ") + api().get_error_string(result));
      }
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  };
}

Nccl::Wait Nccl::sum(const at::Tensor& tensor) {
  return run(tensor, [&] {
    return api().all_reduce(tensor.data_ptr(), tensor.data_ptr(), count_of(tensor), type_of(tensor),
                            kSum, communicator_, stream_.native_handle());
  });
}

Nccl::Wait Nccl::broadcast(const at::Tensor& tensor, int from) {
  return run(tensor, [&] {
    return api().broadcast(tensor.data_ptr(), tensor.data_ptr(), count_of(tensor), type_of(tensor),
                           from, communicator_, stream_.native_handle());
  });
}

Nccl::Wait Nccl::all_gather(const at::Tensor& tensor, const at::Tensor& all) {
  return run(tensor, [&] {
    return api().all_gather(tensor.data_ptr(), all.data_ptr(), count_of(tensor), type_of(tensor),
                            communicator_, stream_.native_handle());
  });
}

}  // namespace dsocr::train

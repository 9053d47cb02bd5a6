#include "train/parallel/group.h"

#include <ATen/ATen.h>
#include <c10/util/Logging.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "train/parallel/nccl.h"
#include "train/parallel/roll_call.h"

namespace dsocr::train {
namespace {

using c10d::ProcessGroupGloo;
using std::chrono::milliseconds;

std::string first_line(const char* text) {
  std::string line;
  std::getline(std::istringstream(text), line);
  return line;
}

// The address under which this machine reaches another one: the others reach it there as well. No
// packet is sent. Nothing where there is no way.
std::optional<std::string> own_address(const std::string& other) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_DGRAM;
  if (getaddrinfo(other.c_str(), "9", &hints, &found) != 0) return std::nullopt;
  std::optional<std::string> address;
  for (const addrinfo* entry = found; entry && !address; entry = entry->ai_next) {
    const int socket = ::socket(entry->ai_family, entry->ai_socktype, entry->ai_protocol);
    if (socket < 0) continue;
    sockaddr_storage own{};
    socklen_t size = sizeof own;
    char host[NI_MAXHOST];
    if (connect(socket, entry->ai_addr, entry->ai_addrlen) == 0 &&
        getsockname(socket, reinterpret_cast<sockaddr*>(&own), &size) == 0 &&
        getnameinfo(reinterpret_cast<const sockaddr*>(&own), size, host, sizeof host, nullptr, 0,
                    NI_NUMERICHOST) == 0)
      address = host;
    close(socket);
  }
  freeaddrinfo(found);
  return address;
}

// c10d's warnings, with addresses of its code, say nothing that a GroupError does not say better.
class QuietLog {
 public:
  QuietLog() {
    if (!std::getenv("TORCH_CPP_LOG_LEVEL")) FLAGS_caffe2_log_level = std::max(before_, +kFatal);
  }
  ~QuietLog() { FLAGS_caffe2_log_level = before_; }
  QuietLog(const QuietLog&) = delete;
  QuietLog& operator=(const QuietLog&) = delete;

 private:
  static constexpr int kFatal = 3;
  int before_ = FLAGS_caffe2_log_level;
};

c10::intrusive_ptr<ProcessGroupGloo::Options> gloo_options(const World& world,
                                                           milliseconds timeout) {
  auto options = ProcessGroupGloo::Options::create(timeout);
  const char* interfaces = std::getenv("GLOO_SOCKET_IFNAME");
  if (interfaces && *interfaces) {
    std::istringstream names(interfaces);
    for (std::string name; std::getline(names, name, ',');)
      options->devices.push_back(ProcessGroupGloo::createDeviceForInterface(name));
  } else if (const auto address = own_address(world.master_address)) {
    options->devices.push_back(ProcessGroupGloo::createDeviceForHostname(*address));
  } else {
    options->devices.push_back(ProcessGroupGloo::createDefaultDevice());
  }
  return options;
}

c10::intrusive_ptr<c10d::Store> open_store(const World& world, milliseconds timeout) {
  const std::string place = world.master_address + ":" + std::to_string(world.master_port);
  c10d::TCPStoreOptions options;
  options.port = static_cast<std::uint16_t>(world.master_port);
  options.isServer = world.rank == 0 && !world.store_runs;
  options.waitWorkers = false;  // the roll call says who is missing
  options.timeout = timeout;
  try {
    return c10::make_intrusive<c10d::PrefixStore>(
        "dsocr/" + world.job, c10::make_intrusive<c10d::TCPStore>(world.master_address, options));
  } catch (const std::exception& error) {
    if (options.isServer)
      throw GroupError("rank 0 cannot listen at " + place +
                       "; another run may use this port: set another MASTER_PORT (" +
                       first_line(error.what()) + ")");
    throw GroupError("rank " + std::to_string(world.rank) + " waited " + in_seconds(timeout) +
                     " for " + (world.store_runs ? "torchrun's store" : "rank 0") + " at " + place +
                     " (" + first_line(error.what()) + ")");
  }
}

}  // namespace

struct Group::Parts {
  // Failures of `work` as GroupErrors.
  template <class Work>
  auto guard(const char* what, const Work& work) {
    try {
      return work();
    } catch (const GroupError&) {
      throw;
    } catch (const std::exception& error) {
      throw GroupError("rank " + std::to_string(world.rank) + " of " + std::to_string(world.size) +
                       " waited for " + what + ", at most " + in_seconds(timeout) + ": " +
                       roll.missing() +
                       ". Checkpoints are whole: start the run again, with any number of ranks, "
                       "and it goes on from the last one (" +
                       first_line(error.what()) + ")");
    }
  }

  Parts(const World& world_in, milliseconds timeout_in)
      : world(world_in),
        timeout(timeout_in),
        store(open_store(world, timeout)),
        roll(store, world.rank, world.size) {
    roll.wait_for_all(timeout);
    guard("the connections between all ranks (GLOO_SOCKET_IFNAME names the network)", [&] {
      gloo = c10::make_intrusive<ProcessGroupGloo>(store, world.rank, world.size,
                                                   gloo_options(world, timeout));
    });
  }

  ~Parts() {
    roll.leave();
    nccl.reset();
    gloo.reset();
    if (world.rank == 0 && !world.store_runs) roll.wait_until_left();
  }

  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  // Starts `call(gloo)` and returns how to wait for it.
  template <class Call>
  std::function<void()> start(const char* what, const Call& call) {
    roll.count();
    return guard(what, [&]() -> std::function<void()> {
      auto work = call(*gloo);
      return [this, work, what] { guard(what, [&] { work->wait(); }); };
    });
  }

  // The same for a function of NCCL, which starts with the first tensor on a GPU.
  template <class Call>
  std::function<void()> start_nccl(at::Device device, const char* what, const Call& call) {
    roll.count();
    return guard(what, [&]() -> std::function<void()> {
      if (!nccl)
        nccl = std::make_unique<Nccl>(
            Nccl::Options{.rank = world.rank, .size = world.size, .timeout = timeout}, device,
            [&](const std::string& bytes) {
              if (world.rank == 0) store->set("nccl", bytes);
              return store->get_to_str("nccl");
            });
      return [this, wait = call(*nccl), what] { guard(what, wait); };
    });
  }

  World world;
  milliseconds timeout;
  QuietLog quiet = {};
  c10::intrusive_ptr<c10d::Store> store;
  RollCall roll;
  c10::intrusive_ptr<ProcessGroupGloo> gloo = {};
  std::unique_ptr<Nccl> nccl = {};
};

Group::Group(const World& world, milliseconds timeout) : world_(world) {
  if (world.size > 1) parts_ = std::make_unique<Parts>(world, timeout);
}

Group::~Group() = default;

Group::Pending Group::start_sum(const at::Tensor& tensor, const char* what) {
  TORCH_CHECK(tensor.is_contiguous(), "a sum over ranks is made of contiguous memory");
  if (!parts_ || tensor.numel() == 0) return Pending();
  if (tensor.is_cuda())
    return Pending(
        parts_->start_nccl(tensor.device(), what, [&](Nccl& nccl) { return nccl.sum(tensor); }));
  return Pending(parts_->start(what, [&](ProcessGroupGloo& gloo) {
    std::vector<at::Tensor> tensors{tensor};
    return gloo.allreduce(tensors);
  }));
}

void Group::broadcast(const at::Tensor& tensor, int from, const char* what) {
  TORCH_CHECK(tensor.is_contiguous(), "contiguous memory is sent to the other ranks");
  if (!parts_ || tensor.numel() == 0) return;
  if (tensor.is_cuda()) {
    parts_->start_nccl(tensor.device(), what,
                       [&](Nccl& nccl) { return nccl.broadcast(tensor, from); })();
    return;
  }
  parts_->start(what, [&](ProcessGroupGloo& gloo) {
    c10d::BroadcastOptions options;
    options.rootRank = from;
    std::vector<at::Tensor> tensors{tensor};
    return gloo.broadcast(tensors, options);
  })();
}

at::Tensor Group::all_gather(const at::Tensor& tensor, const char* what) {
  TORCH_CHECK(tensor.is_contiguous(), "contiguous memory is sent to the other ranks");
  std::vector<std::int64_t> sizes = tensor.sizes().vec();
  sizes.insert(sizes.begin(), size());
  at::Tensor all = at::empty(sizes, tensor.options());
  if (!parts_) {
    all.copy_(tensor.detach().unsqueeze(0));
  } else if (tensor.numel() > 0 && tensor.is_cuda()) {
    parts_->start_nccl(tensor.device(), what,
                       [&](Nccl& nccl) { return nccl.all_gather(tensor, all); })();
  } else if (tensor.numel() > 0) {
    parts_->start(what, [&](ProcessGroupGloo& gloo) {
      at::Tensor output = all.view({-1}), input = tensor.view({-1});
      return gloo._allgather_base(output, input);
    })();
  }
  return all;
}

std::vector<std::string> Group::all_gather(const std::string& bytes, const char* what) {
  if (!parts_) return {bytes};
  const at::Tensor lengths =
      all_gather(at::full({1}, static_cast<std::int64_t>(bytes.size()), at::kLong), what);
  at::Tensor padded = at::zeros({lengths.max().item<std::int64_t>()}, at::kByte);
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(padded.data_ptr()));
  const at::Tensor all = all_gather(padded, what);
  std::vector<std::string> strings;
  for (std::int64_t i = 0; i < size(); ++i)
    strings.emplace_back(reinterpret_cast<const char*>(all[i].data_ptr()),
                         static_cast<std::size_t>(lengths[i][0].item<std::int64_t>()));
  return strings;
}

void Group::barrier(const char* what) { sum(at::zeros({1}), what); }

}  // namespace dsocr::train

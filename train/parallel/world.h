#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace dsocr::train {

/// The processes that train together, and which of them this is.
struct World {
  int rank = 0, size = 1;
  int local_rank = 0;               // on this machine: the number of its GPU
  std::string master_address = {};  // of rank 0; empty for one process
  int master_port = 0;
  bool store_runs = false;  // torchrun's agent keeps the store at that port, else rank 0 does
  std::string job = {};     // told apart from others that come to the same port
};

/// A variable of the environment.
using Environment = std::function<std::optional<std::string>(const char* name)>;

/// What the launcher says: torchrun (and whoever sets RANK and WORLD_SIZE), mpirun of Open MPI,
/// MPICH and Intel MPI, or srun. MASTER_ADDR and MASTER_PORT count with all of them. One process
/// where none has started this one, as in a Slurm allocation without srun. Throws
/// configs::ConfigError for values that contradict each other.
World world_of(const Environment& environment);

/// That of this process.
World world_of_process();

/// The first machine of a list as Slurm writes it: node007 of "node[007-010,3],login1".
std::string first_host(std::string_view hosts);

}  // namespace dsocr::train

#include "train/parallel/world.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>

#include "configs/error.h"
#include "configs/seed.h"

namespace dsocr::train {
namespace {

using configs::ConfigError;

// torch's own, for launchers that tell one job from another by nothing.
constexpr int kDefaultPort = 29500;
// Derived ports: below those that Linux hands out to whoever asks for any.
constexpr std::uint64_t kFirstPort = 20000, kNumPorts = 12768;
// Slurm's steps that are no srun: a batch script, an interactive shell and the like.
constexpr std::int64_t kFirstSpecialStep = 0xfffffff0;

std::optional<std::int64_t> number(const Environment& environment, const char* name) {
  const auto text = environment(name);
  if (!text) return std::nullopt;
  std::int64_t value = 0;
  const char* end = text->data() + text->size();
  const auto [stopped, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || stopped != end || value < 0)
    throw ConfigError("",
                      std::string(name) + " must be a whole number from 0 on, not '" + *text + "'");
  return value;
}

// What one launcher calls it.
struct Names {
  const char *rank, *size, *local_rank;
};

// Nothing when the launcher has set neither.
std::optional<World> ranks(const Environment& environment, const Names& names) {
  const auto rank = number(environment, names.rank), size = number(environment, names.size);
  if (!rank && !size) return std::nullopt;
  if (!rank || !size)
    throw ConfigError("", std::string(rank ? names.rank : names.size) + " is set, and " +
                              (rank ? names.size : names.rank) + " is not");
  const std::int64_t local_rank = number(environment, names.local_rank).value_or(*rank);
  if (*size > INT32_MAX || *rank >= *size || local_rank >= *size)
    throw ConfigError("", std::string(names.rank) + " is " + std::to_string(*rank) + ", " +
                              names.local_rank + " " + std::to_string(local_rank) + " and " +
                              names.size + " " + std::to_string(*size) +
                              ": ranks go from 0 to one less than the size");
  return World{.rank = static_cast<int>(*rank),
               .size = static_cast<int>(*size),
               .local_rank = static_cast<int>(local_rank)};
}

bool in_slurm_step(const Environment& environment) {
  const auto step = number(environment, "SLURM_STEP_ID");
  return step && *step < kFirstSpecialStep;
}

// What all processes of a job share and no other job has; empty where the launcher has no such.
std::string job_of(const Environment& environment, bool by_srun) {
  if (by_srun)
    return environment("SLURM_JOB_ID").value_or("") + "." +
           environment("SLURM_STEP_ID").value_or("");
  for (const char* name : {"TORCHELASTIC_RUN_ID", "PMIX_NAMESPACE", "OMPI_MCA_ess_base_jobid",
                           "PMI_JOBID", "SLURM_JOB_ID"})
    if (const auto job = environment(name))
      // torchrun's workers come to the same store again when it restarts them.
      return *job + "." + environment("TORCHELASTIC_RESTART_COUNT").value_or("0");
  return "";
}

// Where rank 0 is when no MASTER_ADDR says so.
std::string find_master(const Environment& environment, const World& world, bool by_srun) {
  const char* const here = "127.0.0.1";
  if (by_srun) {
    if (number(environment, "SLURM_STEP_NUM_NODES") == 1) return here;
    // The launch node comes last: srun is often called on a machine that runs no task.
    for (const char* name : {"SLURM_STEP_NODELIST", "SLURM_JOB_NODELIST"})
      if (const auto hosts = environment(name); hosts && !hosts->empty()) return first_host(*hosts);
    return environment("SLURM_LAUNCH_NODE_IPADDR").value_or(here);
  }
  // Processes on this machine, as far as the launcher says.
  std::optional<std::int64_t> num_here;
  for (const char* name : {"LOCAL_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS"})
    if (!num_here) num_here = number(environment, name);
  if (!num_here || *num_here == world.size) return here;
  if (const auto hosts = environment("SLURM_JOB_NODELIST"); hosts && !hosts->empty())
    return first_host(*hosts);
  throw ConfigError("",
                    "the processes are on several machines: set MASTER_ADDR to the host of rank 0 "
                    "(mpirun -x MASTER_ADDR=HOST, or mpiexec -genv MASTER_ADDR HOST)");
}

void find_store(const Environment& environment, bool by_srun, World& world) {
  world.job = job_of(environment, by_srun);
  const auto address = environment("MASTER_ADDR");
  world.master_address =
      address && !address->empty() ? *address : find_master(environment, world, by_srun);
  if (const auto port = number(environment, "MASTER_PORT")) {
    if (*port < 1 || *port > 65535)
      throw ConfigError("", "MASTER_PORT must be from 1 to 65535, not " + std::to_string(*port));
    world.master_port = static_cast<int>(*port);
  } else if (world.job.empty()) {
    world.master_port = kDefaultPort;
  } else {
    world.master_port = static_cast<int>(
        kFirstPort + configs::derive_seed(0, "train.port:" + world.job) % kNumPorts);
  }
  world.store_runs = environment("TORCHELASTIC_USE_AGENT_STORE") == "True";
}

}  // namespace

std::string first_host(std::string_view hosts) {
  std::string host;
  for (std::size_t at = 0; at < hosts.size() && hosts[at] != ',';) {
    if (hosts[at] != '[') {
      host += hosts[at++];
      continue;
    }
    const std::size_t close = std::min(hosts.find(']', at), hosts.size());
    const std::string_view range = hosts.substr(at + 1, close - at - 1);
    host += range.substr(0, range.find_first_of(",-"));
    at = std::min(close + 1, hosts.size());
  }
  return host;
}

World world_of(const Environment& environment) {
  auto world = ranks(environment, {"RANK", "WORLD_SIZE", "LOCAL_RANK"});
  // The launchers of MPI before Slurm: they start a helper on each machine by srun, and the
  // processes inherit what Slurm told the helper.
  if (!world)
    world = ranks(environment,
                  {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"});
  const bool hydra = environment("MPI_LOCALRANKID").has_value();
  if (!world && hydra) world = ranks(environment, {"PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID"});
  // An allocation sets the number of tasks as well; only srun starts them.
  const bool by_srun = !world && in_slurm_step(environment);
  if (by_srun) {
    const bool of_step = environment("SLURM_STEP_NUM_TASKS").has_value();
    world = ranks(environment, {"SLURM_PROCID", of_step ? "SLURM_STEP_NUM_TASKS" : "SLURM_NTASKS",
                                "SLURM_LOCALID"});
  }
  if (!world) world = ranks(environment, {"PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID"});
  if (!world) return {};
  if (world->size > 1) find_store(environment, by_srun, *world);
  return *world;
}

World world_of_process() {
  return world_of([](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    return value ? std::optional<std::string>(value) : std::nullopt;
  });
}

}  // namespace dsocr::train

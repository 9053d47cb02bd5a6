#include <gtest/gtest.h>

#include <map>

#include "tests/support/thrown.h"
#include "train/parallel/world.h"

namespace dsocr::train {
namespace {

using Variables = std::map<std::string, std::string>;

World world(const Variables& variables) {
  return world_of([&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

Variables with(Variables variables, const Variables& more) {
  for (const auto& [name, value] : more) variables[name] = value;
  return variables;
}

const Variables kTorchrun{{"RANK", "3"},
                          {"WORLD_SIZE", "4"},
                          {"LOCAL_RANK", "1"},
                          {"LOCAL_WORLD_SIZE", "2"},
                          {"MASTER_ADDR", "node1"},
                          {"MASTER_PORT", "29401"}};
const Variables kOpenMpi{{"OMPI_COMM_WORLD_RANK", "1"},
                         {"OMPI_COMM_WORLD_SIZE", "2"},
                         {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                         {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"},
                         {"PMIX_NAMESPACE", "1790115841"}};
const Variables kHydra{
    {"PMI_RANK", "2"}, {"PMI_SIZE", "4"}, {"MPI_LOCALRANKID", "0"}, {"MPI_LOCALNRANKS", "2"}};
const Variables kAllocation{{"SLURM_JOB_ID", "4711"}, {"SLURM_NTASKS", "8"},
                            {"SLURM_PROCID", "0"},    {"SLURM_LOCALID", "0"},
                            {"SLURM_NNODES", "2"},    {"SLURM_JOB_NODELIST", "gpu[007-008]"}};
const Variables kStep = with(kAllocation, {{"SLURM_STEP_ID", "0"},
                                           {"SLURM_PROCID", "5"},
                                           {"SLURM_LOCALID", "1"},
                                           {"SLURM_STEP_NUM_TASKS", "8"},
                                           {"SLURM_STEP_NUM_NODES", "2"},
                                           {"SLURM_STEP_NODELIST", "gpu[007-008]"},
                                           {"SLURM_LAUNCH_NODE_IPADDR", "10.0.0.1"}});

void expect_ranks(const World& world, int rank, int size, int local_rank) {
  EXPECT_EQ(world.rank, rank);
  EXPECT_EQ(world.size, size);
  EXPECT_EQ(world.local_rank, local_rank);
}

TEST(World, IsOneProcessWhereNothingStartedIt) {
  expect_ranks(world({}), 0, 1, 0);
  EXPECT_EQ(world({}).master_address, "");
  // One of one needs no one to meet.
  expect_ranks(world({{"RANK", "0"}, {"WORLD_SIZE", "1"}}), 0, 1, 0);
}

TEST(World, OfTorchrun) {
  const World agent = world(with(kTorchrun, {{"TORCHELASTIC_USE_AGENT_STORE", "True"},
                                             {"TORCHELASTIC_RUN_ID", "abc"},
                                             {"TORCHELASTIC_RESTART_COUNT", "2"}}));
  expect_ranks(agent, 3, 4, 1);
  EXPECT_EQ(agent.master_address, "node1");
  EXPECT_EQ(agent.master_port, 29401);
  EXPECT_TRUE(agent.store_runs);
  EXPECT_EQ(agent.job, "abc.2");
  EXPECT_FALSE(world(kTorchrun).store_runs);
  EXPECT_FALSE(world(with(kTorchrun, {{"TORCHELASTIC_USE_AGENT_STORE", "False"}})).store_runs);
}

TEST(World, OfOpenMpi) {
  const World here = world(kOpenMpi);
  expect_ranks(here, 1, 2, 1);
  EXPECT_EQ(here.master_address, "127.0.0.1");
  EXPECT_GE(here.master_port, 20000);
  EXPECT_LT(here.master_port, 32768);
  EXPECT_FALSE(here.store_runs);
  // All ranks come to one port, another mpirun to another.
  EXPECT_EQ(world(with(kOpenMpi, {{"OMPI_COMM_WORLD_RANK", "0"}})).master_port, here.master_port);
  EXPECT_NE(world(with(kOpenMpi, {{"PMIX_NAMESPACE", "1790181377"}})).master_port,
            here.master_port);
}

TEST(World, OfOpenMpiOnSeveralMachines) {
  const Variables far = with(kOpenMpi, {{"OMPI_COMM_WORLD_LOCAL_SIZE", "1"}});
  EXPECT_NE(test::thrown_message([&] {
              world(far);
            }).find("on several machines: set MASTER_ADDR to the host of rank 0"),
            std::string::npos);
  EXPECT_EQ(world(with(far, {{"MASTER_ADDR", "head"}})).master_address, "head");
  EXPECT_EQ(world(with(far, {{"MASTER_PORT", "5000"}, {"MASTER_ADDR", "head"}})).master_port, 5000);
  // In an allocation, where mpirun's helper is a step of one machine.
  const World slurm = world(with(with(kStep, far), {{"SLURM_STEP_NUM_NODES", "1"},
                                                    {"SLURM_STEP_NUM_TASKS", "1"},
                                                    {"SLURM_STEP_NODELIST", "gpu008"}}));
  expect_ranks(slurm, 1, 2, 1);
  EXPECT_EQ(slurm.master_address, "gpu007");
}

TEST(World, OfMpichAndIntelMpi) {
  const World far = world(with(kHydra, {{"MASTER_ADDR", "head"}}));
  expect_ranks(far, 2, 4, 0);
  const World here = world(with(kHydra, {{"MPI_LOCALNRANKS", "4"}, {"MPI_LOCALRANKID", "2"}}));
  EXPECT_EQ(here.master_address, "127.0.0.1");
  EXPECT_EQ(here.master_port, 29500);
  EXPECT_THROW(world(kHydra), std::runtime_error);
}

TEST(World, OfSlurm) {
  const World step = world(kStep);
  expect_ranks(step, 5, 8, 1);
  EXPECT_EQ(step.master_address, "gpu007");
  EXPECT_NE(world(with(kStep, {{"SLURM_STEP_ID", "1"}})).master_port, step.master_port);
  EXPECT_EQ(world(with(kStep, {{"SLURM_PROCID", "7"}})).master_port, step.master_port);
  EXPECT_EQ(world(with(kStep, {{"SLURM_STEP_NUM_NODES", "1"}})).master_address, "127.0.0.1");
  // With --mpi=pmi2 it speaks of PMI as well.
  expect_ranks(world(with(kStep, {{"PMI_RANK", "5"}, {"PMI_SIZE", "8"}})), 5, 8, 1);
  Variables old = kStep;
  for (const char* name : {"SLURM_STEP_NUM_TASKS", "SLURM_STEP_NODELIST", "SLURM_JOB_NODELIST"})
    old.erase(name);
  expect_ranks(world(old), 5, 8, 1);
  EXPECT_EQ(world(old).master_address, "10.0.0.1");
}

TEST(World, AnAllocationWithoutSrunIsOneProcess) {
  expect_ranks(world(kAllocation), 0, 1, 0);
  for (const char* special : {"4294967291", "4294967290"})  // batch script, interactive shell
    expect_ranks(world(with(kAllocation, {{"SLURM_STEP_ID", special}})), 0, 1, 0);
}

TEST(World, RefusesValuesThatContradictEachOther) {
  const auto message = [](const Variables& variables) {
    return test::thrown_message([&] { world(variables); });
  };
  EXPECT_EQ(message(with(kTorchrun, {{"RANK", "4"}})),
            "config: RANK is 4, LOCAL_RANK 1 and WORLD_SIZE 4: ranks go from 0 to one less than "
            "the size");
  EXPECT_EQ(message({{"WORLD_SIZE", "2"}}), "config: WORLD_SIZE is set, and RANK is not");
  EXPECT_EQ(message({{"RANK", "0"}}), "config: RANK is set, and WORLD_SIZE is not");
  for (const char* wrong : {"", "two", "1 ", "-1", "1.0", "99999999999999999999"})
    EXPECT_EQ(message(with(kTorchrun, {{"RANK", wrong}})),
              "config: RANK must be a whole number from 0 on, not '" + std::string(wrong) + "'");
  EXPECT_EQ(message(with(kTorchrun, {{"MASTER_PORT", "65536"}})),
            "config: MASTER_PORT must be from 1 to 65535, not 65536");
  EXPECT_NE(message({{"RANK", "0"}, {"WORLD_SIZE", "0"}}), "");
}

TEST(World, ReadsSlurmsListsOfHosts) {
  EXPECT_EQ(first_host("node1"), "node1");
  EXPECT_EQ(first_host("node1,node2"), "node1");
  EXPECT_EQ(first_host("node[007-010,3],login1"), "node007");
  EXPECT_EQ(first_host("node[3,7-9]"), "node3");
  EXPECT_EQ(first_host("rack[2-3]n[05-06]-ib,x"), "rack2n05-ib");
  EXPECT_EQ(first_host("node[12"), "node12");
  EXPECT_EQ(first_host(""), "");
}

}  // namespace
}  // namespace dsocr::train

#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <torch/torch.h>
#include <unistd.h>

#include <chrono>
#include <iterator>
#include <map>
#include <sstream>
#include <thread>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "reports/files.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"
#include "train/parallel/group.h"
#include "train/parallel/nccl.h"

namespace dsocr::train {
namespace {

using std::chrono::milliseconds;

c10::intrusive_ptr<c10d::TCPStore> store_at_any_port() {
  c10d::TCPStoreOptions options;
  options.port = 0;
  options.isServer = true;
  options.waitWorkers = false;
  return c10::make_intrusive<c10d::TCPStore>("127.0.0.1", options);
}

struct Ended {
  int status = 0;  // of exit, or minus the signal
  std::string output;
};

struct Processes {
  std::string scenario;
  int size = 2, started = size;  // of rank 0 on
  int timeout_ms = 60000;
  int port = 0;              // 0: of a store that runs in this process, as torchrun's
  std::string job = "test";  // that mpirun gives
};

// Runs the processes of tests/train/parallel_worker.cpp; none stays behind.
std::vector<Ended> run(const Processes& processes) {
  const test::TempDir dir;
  const auto store = store_at_any_port();
  const bool own_store = processes.port == 0;
  std::vector<pid_t> pids;
  for (int rank = 0; rank < processes.started; ++rank) {
    std::map<std::string, std::string> variables{
        {"RANK", std::to_string(rank)},
        {"WORLD_SIZE", std::to_string(processes.size)},
        {"MASTER_ADDR", "127.0.0.1"},
        {"MASTER_PORT", std::to_string(own_store ? store->getPort() : processes.port)},
        {"TORCHELASTIC_USE_AGENT_STORE", own_store ? "True" : "False"},
        {"PMIX_NAMESPACE", processes.job},
        {"OMP_NUM_THREADS", "1"}};
    std::vector<std::string> lines;
    for (const auto& [name, value] : variables) lines.push_back(name + "=" + value);
    std::vector<char*> environment;
    for (std::string& line : lines) environment.push_back(line.data());
    environment.push_back(nullptr);
    std::vector<std::string> arguments{DSOCR_PARALLEL_WORKER, processes.scenario,
                                       std::to_string(processes.timeout_ms)};
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    const std::string file = (dir.path() / std::to_string(rank)).string();
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, (file + ".err").c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
    pid_t pid = 0;
    EXPECT_EQ(posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environment.data()), 0);
    posix_spawn_file_actions_destroy(&actions);
    pids.push_back(pid);
  }
  std::vector<Ended> ended(pids.size());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(120);
  for (std::size_t i = 0; i < pids.size(); ++i) {
    int status = 0;
    if (processes.scenario == "hang" && i + 1 == pids.size()) kill(pids[i], SIGKILL);
    while (waitpid(pids[i], &status, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() > deadline) kill(pids[i], SIGKILL);
      std::this_thread::sleep_for(milliseconds(10));
    }
    ended[i] = {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status),
                reports::read_file(dir.path() / std::to_string(i))};
  }
  return ended;
}

// All have ended well; their outputs.
std::vector<std::string> outputs(const Processes& processes) {
  std::vector<std::string> texts;
  for (const Ended& ended : run(processes)) {
    EXPECT_EQ(ended.status, 0) << ended.output;
    texts.push_back(ended.output);
  }
  return texts;
}

// Nothing listens at this port of this machine, or will in the next moments.
int free_port() { return store_at_any_port()->getPort(); }

TEST(Group, OfOneNeedsNoNetwork) {
  Group group;
  const at::Tensor tensor = torch::tensor({1, 2});
  group.sum(tensor);
  group.broadcast(tensor, 0);
  EXPECT_TRUE(tensor.equal(torch::tensor({1, 2})));
  EXPECT_TRUE(group.all_gather(tensor).equal(torch::tensor({{1, 2}})));
  EXPECT_EQ(group.all_gather("abc"), std::vector<std::string>{"abc"});
  group.barrier();
  EXPECT_EQ(group.size(), 1);
}

TEST(Group, GivesEachOtherTensorsAndBytes) {
  const auto texts = outputs({.scenario = "exchange", .size = 3});
  for (const std::string& text : texts) EXPECT_EQ(text, "aaa0\n1\naaa2\n");
}

TEST(Group, ADeadRankEndsTheOthers) {
  const auto ended = run({.scenario = "die", .size = 3});
  EXPECT_EQ(ended[2].status, -SIGKILL);
  for (const int rank : {0, 1}) {
    const Ended& one = ended[static_cast<std::size_t>(rank)];
    EXPECT_EQ(one.status, 1);
    // The first to find out may have gone when the other one looks.
    EXPECT_NE(one.output.find("rank " + std::to_string(rank) +
                              " of 3 waited for the sum of a test, at most 60 s: rank 2 is dead"),
              std::string::npos)
        << one.output;
    EXPECT_NE(one.output.find(". Checkpoints are whole: start the run again, with any number of "
                              "ranks, and it goes on from the last one ("),
              std::string::npos)
        << one.output;
  }
}

TEST(Group, TheRankThatKeepsTheStoreMayDie) {
  const auto ended = run({.scenario = "die first", .port = free_port()});
  EXPECT_EQ(ended[0].status, -SIGKILL);
  EXPECT_EQ(ended[1].status, 1);
  EXPECT_NE(ended[1].output.find("rank 0 is dead"), std::string::npos) << ended[1].output;
}

TEST(Group, ARankThatDoesNotComeIsNamedAfterTheTimeout) {
  const auto ended = run({.scenario = "hang", .size = 3, .timeout_ms = 2000});
  for (const int rank : {0, 1}) {
    const Ended& one = ended[static_cast<std::size_t>(rank)];
    EXPECT_EQ(one.status, 1);
    EXPECT_NE(one.output.find("at most 2 s: rank 2 is alive but has not come so far"),
              std::string::npos)
        << one.output;
  }
}

TEST(Group, ARankThatHasEndedIsToldFromADeadOne) {
  const auto ended = run({.scenario = "end"});
  EXPECT_EQ(ended[1].status, 0) << ended[1].output;
  EXPECT_NE(ended[0].output.find("rank 1 has ended; its own message says why"), std::string::npos)
      << ended[0].output;
}

TEST(Group, NamesRanksThatAreAbsentAtTheStart) {
  const auto ended = run({.scenario = "", .size = 3, .started = 1, .timeout_ms = 500});
  EXPECT_EQ(ended[0].output,
            "rank 0 of 3 waited 0.5 s at the start, and ranks 1 and 2 did not come\n");
}

TEST(Group, TwoRunsAtOnePortDoNotMix) {
  const auto store = store_at_any_port();
  const int port = store->getPort();
  const World first{.rank = 0, .size = 2, .master_address = "127.0.0.1", .master_port = port};
  const std::string taken = test::thrown_message([&] { Group(first, milliseconds(500)); });
  EXPECT_TRUE(taken.starts_with("rank 0 cannot listen at 127.0.0.1:" + std::to_string(port) +
                                "; another run may use this port: set another MASTER_PORT ("))
      << taken;
  // Its other ranks reach a store that is not theirs.
  World second = first;
  second.rank = 1;
  second.job = "2";
  EXPECT_EQ(test::thrown_message([&] { Group(second, milliseconds(500)); }),
            "rank 1 of 2 waited 0.5 s at the start, and rank 0 did not come");
  // As does a rank of the same number.
  EXPECT_EQ(test::thrown_message([&] { Group(second, milliseconds(500)); }),
            "two processes say that they are rank 1: another run comes to the same store; set "
            "another MASTER_PORT");
}

TEST(Group, SaysWhereRankZeroWasLookedFor) {
  const int port = free_port();
  const std::string message = test::thrown_message([&] {
    Group({.rank = 1, .size = 2, .master_address = "127.0.0.1", .master_port = port},
          milliseconds(500));
  });
  EXPECT_TRUE(message.starts_with(
      "rank 1 waited 0.5 s for rank 0 at 127.0.0.1:" + std::to_string(port) + " ("))
      << message;
}

TEST(GradientSums, AreThoseOfOneProcessAndSentDuringTheBackwardPass) {
  const auto texts = outputs({.scenario = "gradients", .size = 3});
  EXPECT_NE(texts[0].find("\na gradient has left its bucket\n"), std::string::npos) << texts[0];
  EXPECT_EQ(texts[1], texts[0]);  // bit by bit
  EXPECT_EQ(texts[2], texts[0]);
}

TEST(Shards, AreSharedAndCollected) {
  // 32 elements: 15, 2, 14 and 1.
  for (const std::string& text : outputs({.scenario = "shards", .size = 3}))
    EXPECT_EQ(text, "1 1 1 1 1 1 1 1 1 1 1 2 2 2 2 \n2 2 \n2 2 2 2 2 3 3 3 3 3 3 3 3 3 \n3 \n");
}

// Without a GPU this is all that can be seen: the names are there.
TEST(Nccl, IsFoundInLibtorch) {
  if (!dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL))
    GTEST_SKIP() << "this libtorch has no CUDA";
  EXPECT_TRUE(Nccl::is_found());
}

// Losses, norms and weights of as many pages a step are those of one process.
TEST(ParallelTraining, ProcessesLearnWhatOneLearns) {
  const auto numbers_of = [](const std::string& output) {
    std::istringstream in(output);
    return std::vector<double>(std::istream_iterator<double>(in), {});
  };
  const auto one = numbers_of(outputs({.scenario = "train", .size = 1}).at(0));
  ASSERT_EQ(one.size(), 14u);
  EXPECT_EQ(one[3], 23);
  for (const char* scenario : {"train", "train sharded"}) {
    const auto texts = outputs({.scenario = scenario});
    std::vector<std::vector<double>> ranks;
    for (const std::string& text : texts) ranks.push_back(numbers_of(text));
    for (const auto& numbers : ranks) {
      ASSERT_EQ(numbers.size(), one.size());
      for (std::size_t i = 0; i + 1 < one.size(); ++i) {
        // Norms and weights: AdamW makes steps of gradients that are rounding alone.
        const bool is_loss = i % 4 < 2 && i < 12;
        EXPECT_NEAR(numbers[i], one[i], (is_loss ? 1e-6 : 1e-4) * one[i]) << scenario << " " << i;
      }
    }
    EXPECT_EQ(ranks[0][12], ranks[1][12]) << "all ranks have the same weights";
    EXPECT_EQ(ranks[0][13], one[13]) << "the first has the whole state";
  }
}

}  // namespace
}  // namespace dsocr::train

// One rank of a group, started by parallel_group_test.cpp: parallel_worker SCENARIO [TIMEOUT_MS].
// What it finds goes to standard output; status 1 and the message when it fails.
#include <torch/torch.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

#include "tests/train/tiny_batch.h"
#include "train/parallel/gradients.h"
#include "train/parallel/group.h"
#include "train/parallel/shards.h"
#include "train/trainer.h"

namespace dsocr::train {
namespace {

void require(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error("not so: " + what);
}

void print_bits(const at::Tensor& tensor) {
  const at::Tensor bytes = tensor.detach().contiguous().view({-1}).view(torch::kUInt8);
  for (std::int64_t i = 0; i < bytes.numel(); ++i)
    std::printf("%02x", bytes.data_ptr<std::uint8_t>()[i]);
  std::printf("\n");
}

void exchange(Group& group) {
  const auto rank = static_cast<double>(group.rank()), size = static_cast<double>(group.size());
  for (const auto type :
       {torch::kFloat32, torch::kFloat64, torch::kBFloat16, torch::kInt64, torch::kInt32}) {
    const at::Tensor sum = torch::full({3, 5}, rank + 1, type);
    group.sum(sum);
    require(sum.eq(size * (size + 1) / 2).all().item<bool>(), c10::toString(type));
  }
  // Two under way at once, and one without elements.
  const at::Tensor first = torch::ones({1000}), second = torch::ones({7}) * rank;
  auto one = group.start_sum(first), none = group.start_sum(torch::empty({0}));
  auto two = group.start_sum(second);
  two.wait();
  none.wait();
  one.wait();
  require(first.eq(size).all().item<bool>(), "first");
  require(second.eq(size * (size - 1) / 2).all().item<bool>(), "second");
  const at::Tensor from = torch::full({4}, rank);
  group.broadcast(from, group.size() - 1);
  require(from.eq(size - 1).all().item<bool>(), "broadcast");
  const at::Tensor all = group.all_gather(torch::full({2, 2}, rank));
  for (int i = 0; i < group.size(); ++i) require(all[i].eq(i).all().item<bool>(), "all_gather");
  for (const std::string& text :
       group.all_gather(std::string(rank == 1 ? 0 : 3, 'a') + std::to_string(group.rank())))
    std::printf("%s\n", text.c_str());
  group.barrier();
}

struct Network {
  explicit Network() {
    torch::manual_seed(3);
    for (const std::int64_t width : {40, 30, 20, 10})
      weights.push_back(torch::randn({width, width + 10}).mul_(0.3).requires_grad_(true));
    rare = torch::randn({10}).requires_grad_(true);
  }
  std::vector<at::Tensor> parameters() const {
    auto all = weights;
    all.push_back(rare);
    return all;
  }
  // Only of rows from 0 on does `rare` get a gradient.
  at::Tensor loss(const at::Tensor& rows) const {
    at::Tensor hidden = rows;
    for (const at::Tensor& weight : weights) hidden = torch::tanh(hidden.matmul(weight.t()));
    if (rows[0][0].item<float>() >= 0) hidden = hidden * rare;
    return hidden.square().sum() / 24;
  }
  std::vector<at::Tensor> weights;
  at::Tensor rare;
};

std::vector<at::Tensor> add_gradients(Group& group) {
  torch::manual_seed(5);
  at::Tensor rows = torch::randn({24, 50});
  rows.select(1, 0).fill_(-1);
  rows.select(1, 0).narrow(0, 0, 4).fill_(1);  // of the first part of rank 0 alone
  const Network network, whole;
  std::vector<at::Tensor> expected = whole.parameters();
  for (std::int64_t part = 0; part < 6; ++part) whole.loss(rows.narrow(0, part * 4, 4)).backward();

  // Each weight is a bucket, but for the last two.
  GradientSums sums(network.parameters(), group, 10 * 20 * 4 + 40);
  require(sums.num_buckets() == 4, "4 buckets");
  const std::int64_t parts = 6 / group.size();
  for (int step = 0; step < 2; ++step) {
    const torch::NoGradGuard no_grad;
    for (at::Tensor& parameter : network.parameters()) parameter.mutable_grad().zero_();
    for (std::int64_t i = 0; i < parts; ++i) {
      const torch::AutoGradMode with_grad(true);
      sums.begin(i + 1 == parts);
      const std::int64_t part = group.rank() * parts + i;
      network.loss(rows.narrow(0, part * 4, 4)).backward();
      if (i + 1 < parts) require(sums.num_sent() == 0, "sends only in the last pass");
    }
    // Behind the first bucket none is complete: `rare` had no gradient this time.
    require(sums.num_sent() == 0, "waits for a gradient that does not come");
    sums.finish();
    require(sums.num_sent() == 4, "sends the rest");
  }
  std::vector<at::Tensor> gradients;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    gradients.push_back(network.parameters()[i].grad());
    require(torch::allclose(gradients[i], expected[i].grad(), 1e-5, 1e-7), "that of one process");
  }
  return gradients;
}

// Buckets are sent while the backward pass runs: all but the one of the first weight must be there
// when its gradient is made.
void overlap(Group& group) {
  const Network network;
  GradientSums sums(network.weights, group, 1);
  require(sums.num_buckets() == 4, "4 buckets");
  std::size_t num_sent = 0;
  network.weights[0].register_hook([&](const at::Tensor&) { num_sent = sums.num_sent(); });
  sums.begin(true);
  network.loss(-torch::ones({2, 50})).backward();
  require(num_sent == 3, std::to_string(num_sent) + " sent before the last gradient");
  require(sums.num_sent() == 4, "all are sent behind the pass");
  sums.finish();
  at::Tensor weight = network.weights[0];
  weight.mutable_grad() = torch::zeros_like(weight);
  sums.begin(true);
  try {
    network.loss(-torch::ones({2, 50})).backward();
  } catch (const std::logic_error& error) {
    std::printf("%s\n", error.what());
  }
  sums.finish();
}

void shard(Group& group) {
  const std::vector<at::Tensor> parameters{torch::zeros({5, 3}),
                                           torch::zeros({2}, torch::kBFloat16),
                                           torch::zeros({7, 2}), torch::zeros({1})};
  std::vector<std::int64_t> sizes;
  for (const at::Tensor& parameter : parameters) sizes.push_back(parameter.numel());
  const Shards shards(sizes, group.size());
  for (const Shards::Piece& piece : shards.pieces(group.rank()))
    part(parameters[piece.parameter], piece).fill_(group.rank() + 1);
  share(group, shards, parameters);
  for (const at::Tensor& parameter : parameters) {
    for (std::int64_t i = 0; i < parameter.numel(); ++i)
      std::printf("%g ", parameter.view({-1})[i].item<double>());
    std::printf("\n");
  }
  const at::Tensor own = torch::arange(shards.count(group.rank()), torch::kFloat32) +
                         static_cast<double>(shards.begin(group.rank()));
  const at::Tensor all = collect(group, shards, own);
  require(all.defined() == (group.rank() == 0), "collected on rank 0");
  if (all.defined())
    require(all.equal(torch::arange(shards.num_elements(), torch::kFloat32)), "in order");
}

// Three steps of four pages, which the ranks share as a loader would share them out.
void train_steps(Group& group, bool sharded) {
  TrainConfig config{.steps = 10};
  config.optimizer.rate = 1e-3;
  config.parallel = {.shard_optimizer = sharded, .bucket_mib = 0.02};
  Trainer trainer(test::tiny_model(), config, group);
  const std::vector<std::size_t> lengths{5, 9, 2, 7};
  for (int step = 0; step < 3; ++step) {
    std::vector<TrainBatch> batches;
    for (std::size_t page = static_cast<std::size_t>(group.rank()); page < lengths.size();
         page += static_cast<std::size_t>(group.size()))
      batches.push_back(test::batch_of({lengths[page]}, page));
    const StepNumbers numbers = trainer.step(batches, step);
    std::printf("%.10f %.10f %.10f %d\n", numbers.loss, numbers.aux_loss, numbers.gradients.total,
                static_cast<int>(numbers.num_labels));
  }
  double sum = 0;
  for (const at::Tensor& weight : trainer.network().parameters())
    sum += weight.detach().to(torch::kFloat64).abs().sum().item<double>();
  const auto state = trainer.optimizer().state();
  std::printf("%.10f %d\n", sum, static_cast<int>(state.size()));
}

void run(const std::string& scenario, std::chrono::milliseconds timeout) {
  const World world = world_of_process();
  Group group(world, timeout);
  const at::Tensor tensor = torch::ones({100000});
  group.sum(tensor);
  if (scenario == "exchange") exchange(group);
  if (scenario == "gradients") {
    const auto first = add_gradients(group), second = add_gradients(group);
    for (std::size_t i = 0; i < first.size(); ++i) {
      require(first[i].equal(second[i]), "the same bits each time");
      print_bits(first[i]);
    }
    overlap(group);
  }
  if (scenario == "shards") shard(group);
  if (scenario == "train" || scenario == "train sharded")
    train_steps(group, scenario == "train sharded");
  const int last = group.size() - 1;
  if (scenario == "die" && group.rank() == last) std::raise(SIGKILL);
  if (scenario == "die first" && group.rank() == 0) std::raise(SIGKILL);
  if (scenario == "end" && group.rank() == last) return;
  if (scenario == "hang" && group.rank() == last) pause();
  group.sum(tensor, "the sum of a test");
}

}  // namespace
}  // namespace dsocr::train

int main(int argc, char** argv) {
  try {
    const int timeout = argc > 2 ? std::atoi(argv[2]) : 60000;
    dsocr::train::run(argc > 1 ? argv[1] : "", std::chrono::milliseconds(timeout));
    return 0;
  } catch (const std::exception& error) {
    std::cout << error.what() << "\n";
    return 1;
  }
}

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/pipeline/page_loader.h"
#include "model/config.h"
#include "train/loss_config.h"
#include "train/matmul.h"
#include "train/optimizer_config.h"
#include "train/recipes/self_training_config.h"

namespace dsocr::train {

struct CheckpointConfig {
  std::int64_t every = 500;
  std::int64_t keep = 2;
  bool best = true;

  template <class V>
  void fields(V& v) {
    v("every", every, "steps between two checkpoints, 0: only at the end", {.min = 0});
    v("keep", keep, "checkpoints that stay, the newest", {.min = 1});
    v("best", best, "keep the weights of the lowest validation loss beside them");
  }
};

struct ValidationConfig {
  std::string store = {};
  std::int64_t every = 500;
  std::uint64_t pages = 64;
  std::uint64_t read = 0;
  std::int64_t max_new_tokens = 512;
  std::uint64_t shown = 4;

  template <class V>
  void fields(V& v) {
    v("store", store, "pages that are never trained on, empty: none");
    v("every", every, "steps between two looks", {.min = 1});
    v("pages", pages, "the first so many of it", {.min = 1});
    v("read", read, "of these, the first so many are read greedily and compared with their text");
    v("max_new_tokens", max_new_tokens, "longest answer of a page that is read", {.min = 1});
    v("shown", shown, "of these, the first so many are shown in TensorBoard");
  }
};

/// An average of the weights over the steps, for validation and for use.
struct AverageConfig {
  double decay = 0;

  template <class V>
  void fields(V& v) {
    v("decay", decay, "what a step leaves of the average so far, 0: no average",
      {.min = 0, .below = 1});
  }
};

/// Many processes that train one network.
struct ParallelConfig {
  bool shard_optimizer = false;
  double bucket_mib = 25;
  double timeout_s = 600;

  template <class V>
  void fields(V& v) {
    v("shard_optimizer", shard_optimizer,
      "each process keeps its part of the optimizer's state (ZeRO, stage 1)");
    v("bucket_mib", bucket_mib, "gradients that are summed at once, MiB", {.above = 0});
    v("timeout_s", timeout_s, "seconds after which a process that does not answer ends the run",
      {.above = 0});
  }
};

struct TrainConfig {
  std::string model = {};
  std::string dtype = "float32";
  std::string device = "cpu";
  MatmulPrecision matmul = MatmulPrecision::kHighest;
  data::LoaderConfig data = {};
  std::int64_t steps = 1000;
  std::int64_t accumulation = 1;
  bool recompute = false;
  std::vector<std::string> freeze = {};
  LossConfig loss = {};
  model::LoraConfig lora = {};
  OptimizerConfig optimizer = {};
  ScheduleConfig schedule = {};
  AverageConfig average = {};
  CheckpointConfig checkpoint = {};
  ValidationConfig validation = {};
  ParallelConfig parallel = {};
  SelfTrainingConfig self_training = {};
  std::int64_t log_every = 10;
  std::uint64_t seed = 0;

  template <class V>
  void fields(V& v) {
    v("model", model, "checkpoint folder to start from; `dsocr model init` makes a random one",
      {.min_items = 1, .required = true});
    v("dtype", dtype, "of weights and activations: float32, or bfloat16 with float32 masters");
    v("device", device, "cpu, cuda or cuda:N");
    v("matmul", matmul, "float32 products: highest; high, TF32; medium, bfloat16 factors");
    v("data", data, "pages to train on", {.required = true});
    v("steps", steps, "updates of the weights", {.min = 1});
    v("accumulation", accumulation, "batches of a step", {.min = 1});
    v("recompute", recompute,
      "keep no activations inside of blocks: less memory, one more forward pass");
    v("freeze", freeze, "names of parameters that stay as they are, with * and ?");
    v("loss", loss, "what is learnt: the next token, and the glyph at a place");
    v("lora", lora, "train adapters in place of the weights");
    v("optimizer", optimizer, "AdamW");
    v("schedule", schedule, "learning rate over the steps");
    v("average", average, "a second set of weights, the average over the steps");
    v("checkpoint", checkpoint, "when to keep what");
    v("validation", validation, "pages to look at in between");
    v("parallel", parallel, "many processes: torchrun, mpirun, srun");
    v("self_training", self_training,
      "rounds of training on pages that engines and the model label");
    v("log_every", log_every, "steps between two lines of metrics.jsonl", {.min = 1});
    v("seed", seed, "order and augmentation of the pages, first adapters, dropout");
  }
};

}  // namespace dsocr::train

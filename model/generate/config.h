#pragma once

#include <cstdint>
#include <vector>

namespace dsocr::model {

/// How the next token is chosen from the logits.
struct Sampling {
  double temperature = 0;  // 0: the most likely token
  double top_p = 1;
  std::int64_t top_k = 0;

  template <class V>
  void fields(V& v) {
    v("temperature", temperature, "divides the logits; 0: always the most likely token",
      {.min = 0});
    v("top_p", top_p, "choose among the most likely tokens that together have this probability",
      {.max = 1, .above = 0});
    v("top_k", top_k, "choose among this many most likely tokens; 0: no limit", {.min = 0});
  }
};

/// Which repeated n-grams are forbidden (spec: model, section 8.1).
struct NgramBlock {
  std::int64_t size = 0;    // n; 0: nothing is forbidden
  std::int64_t window = 0;  // > 0: n-grams that start in the last `window` generated tokens; 0: in
                            // the whole sequence with its prompt, as Hugging Face does
  std::vector<std::int64_t> allowed = {};  // ids that are never forbidden

  template <class V>
  void fields(V& v) {
    v("size", size, "tokens of an n-gram that must not come again; 0: no limit", {.min = 0});
    v("window", window, "generated tokens that are searched; 0: the whole sequence with its prompt",
      {.min = 0});
    v("allowed", allowed, "ids that may repeat all the same, such as those of table cells");
  }
};

/// How an answer is written.
struct DecodingConfig {
  std::int64_t max_new_tokens = 8192;
  Sampling sampling = {};
  NgramBlock ngram = {};
  bool stop_on_eos = true;
  bool stop_on_loop = false;
  std::int64_t batch = 1;
  std::uint64_t seed = 0;

  template <class V>
  void fields(V& v) {
    v("max_new_tokens", max_new_tokens, "longest answer", {.min = 1, .max = 1e6});
    v("sampling", sampling, "how a token is chosen");
    v("ngram", ngram, "repetitions that are forbidden");
    v("stop_on_eos", stop_on_eos, "end an answer at the eos token");
    v("stop_on_loop", stop_on_loop,
      "end an answer that only repeats itself; the official code does not");
    v("batch", batch, "sequences that are written side by side", {.min = 1, .max = 4096});
    v("seed", seed, "root seed of sampling");
  }
};

}  // namespace dsocr::model

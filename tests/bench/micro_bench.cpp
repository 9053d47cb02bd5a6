#include <benchmark/benchmark.h>

#include <random>

#include "configs/build_info.h"
#include "data/text/tokenizer.h"
#include "eval/metrics/bleu.h"
#include "eval/metrics/edit_distance.h"
#include "eval/metrics/repetition.h"
#include "eval/normalize/ocr_text.h"

// Inner loops at several sizes; whole stages beside their references are `dsocr bench`.
namespace {

using namespace dsocr;

// Words of one to nine letters, the same on every run and platform.
std::string letters(size_t size, uint32_t seed) {
  std::mt19937 random(seed);
  std::string text;
  while (text.size() < size) {
    for (size_t left = 1 + random() % 9; left > 0; --left)
      text += static_cast<char>('a' + random() % 26);
    text += ' ';
  }
  text.resize(size);
  return text;
}

// A copy in which every `step`-th character is replaced.
std::u32string damaged(std::u32string text, size_t step) {
  for (size_t i = step; i < text.size(); i += step) text[i] = U'#';
  return text;
}

void edit_distance(benchmark::State& state) {
  const auto size = static_cast<size_t>(state.range(0));
  const std::u32string text = metrics::decode_utf8(letters(size, 1));
  const std::u32string other = damaged(text, static_cast<size_t>(state.range(1)));
  for (auto _ : state) benchmark::DoNotOptimize(metrics::edit_distance(text, other));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(edit_distance)
    ->ArgNames({"chars", "every"})
    ->ArgsProduct({{1000, 4000, 16000}, {2, 20, 500}});

void bleu(benchmark::State& state) {
  const std::u32string text = metrics::decode_utf8(letters(static_cast<size_t>(state.range(0)), 1));
  const std::u32string other = damaged(text, 20);
  for (auto _ : state)
    benchmark::DoNotOptimize(metrics::sentence_bleu(
        metrics::intern(metrics::split_whitespace(text), metrics::split_whitespace(other))));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(bleu)->Arg(4000)->Arg(16000);

void find_repetition(benchmark::State& state) {
  const std::u32string text = metrics::decode_utf8(letters(static_cast<size_t>(state.range(0)), 1));
  for (auto _ : state) benchmark::DoNotOptimize(metrics::find_repetition(text).looping);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(find_repetition)->Arg(4000)->Arg(32000);

void normalise_words(benchmark::State& state) {
  const std::u32string text = metrics::decode_utf8(letters(4000, 1));
  for (auto _ : state) benchmark::DoNotOptimize(metrics::normalise_words(text).size());
  state.SetItemsProcessed(state.iterations() * 4000);
}
BENCHMARK(normalise_words);

// One word of that many letters: merging is n log n in it.
void tokenize_long_word(benchmark::State& state) {
  static const auto tokenizer =
      data::Tokenizer::load(configs::deps_dir() / "share" / "deepseek-ocr" / "tokenizer.json");
  std::string text = letters(static_cast<size_t>(state.range(0)), 1);
  std::erase(text, ' ');
  for (auto _ : state) benchmark::DoNotOptimize(tokenizer.encode(text).size());
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}
BENCHMARK(tokenize_long_word)->RangeMultiplier(16)->Range(16, 1 << 20);

}  // namespace

BENCHMARK_MAIN();

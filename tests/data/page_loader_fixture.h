#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "data/hdf5/page_store_writer.h"
#include "data/image/encode.h"
#include "data/pipeline/page_loader.h"
#include "data/text/tokenizer.h"
#include "tests/support/temp_dir.h"

namespace dsocr::data {

/// Two stores of pages that are told apart by their colour, a.h5 and b.h5.
class PageLoaderTest : public testing::Test {
 protected:
  PageLoaderTest() {
    write("a.h5", 0, 11);
    write("b.h5", 100, 5);
    config_.sources = {{path("a.h5")}, {path("b.h5")}};
    config_.mode = configs::VisionMode::kTiny;
    config_.epochs = 2;
    config_.batch_size = 3;
    config_.threads = 2;
  }
  static const Tokenizer& tokenizer() {
    static const Tokenizer instance = Tokenizer::load(default_tokenizer_file());
    return instance;
  }
  std::string path(const std::string& name) const { return (dir_.path() / name).string(); }

  // Pages of one colour each, with texts of different lengths; `bad` has an image cut short.
  void write(const std::string& name, int first, int count, int bad = -1) const {
    PageStoreWriter writer(path(name), {});
    for (int i = first; i < first + count; ++i) {
      Image image{30, 20, {}};
      image.rgb.assign(std::size_t{30} * 20 * 3, static_cast<std::uint8_t>(i));
      std::string text;
      for (int word = 0; word < i * 5 % 13; ++word) text += "word ";
      std::string bytes = encode_png(image, "test");
      if (i == bad) bytes.resize(60);
      writer.add({.id = "page-" + std::to_string(i),
                  .image = bytes,
                  .width = 30,
                  .height = 20,
                  .text = text},
                 static_cast<std::uint64_t>(i - first));
    }
    writer.finish();
  }

  struct Seen {
    std::vector<std::vector<std::string>> batches;
    std::vector<LoaderState> states;
    std::vector<std::string> bad;
  };
  static Seen read(const LoaderConfig& config, const LoaderState* state = nullptr,
                   std::uint64_t rank = 0, std::uint64_t world = 1) {
    // In the same world a rank takes its own.
    std::vector<LoaderState> states;
    if (state) states.assign(world, *state);
    return read(config, LoaderOptions{.seed = 7, .rank = rank, .world = world, .states = states});
  }
  static Seen read(const LoaderConfig& config, const LoaderOptions& options,
                   std::size_t num_batches = SIZE_MAX) {
    PageLoader loader(config, tokenizer(), options);
    Seen seen;
    while (seen.batches.size() < num_batches) {
      auto batch = loader.next();
      if (!batch) break;
      seen.batches.emplace_back();
      for (const LoadedPage& page : batch->pages)
        seen.batches.back().push_back(page.id + " " + std::to_string(page.ref.epoch));
      seen.states.push_back(batch->state);
    }
    seen.bad = loader.bad();
    return seen;
  }

  test::TempDir dir_;
  LoaderConfig config_;
};

}  // namespace dsocr::data

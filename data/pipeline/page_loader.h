#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "configs/view.h"
#include "data/image/views.h"
#include "data/label/target.h"
#include "data/pipeline/batcher.h"
#include "data/pipeline/sample_order.h"
#include "data/pipeline/token_places.h"
#include "data/render/degrade_config.h"
#include "data/text/prompt.h"
#include "data/text/tokenizer.h"

namespace dsocr::data {

/// Pages to be read from one store.
struct LoaderSource {
  std::string file;
  double weight = 0;  // share of the draws, 0: its number of pages
  AnswerTarget target = AnswerTarget::kPage;
  std::string prompt = {};
  double keep_over = -1;

  template <class V>
  void fields(V& v) {
    v("file", file, "store made by `dsocr data pack`", {.required = true});
    v("weight", weight, "share of the draws, 0: its number of pages", {.min = 0});
    v("target", target,
      "what the answer is: page, its text; of its labelled parts plain, markdown, grounded");
    v("prompt", prompt, "question for these pages, empty: that of all");
    v("keep_over", keep_over,
      "parts of less confidence are not learnt; -1: what `dsocr data label` has noted",
      {.min = -1, .max = 1});
  }
};

struct LoaderConfig {
  std::vector<LoaderSource> sources = {};
  configs::VisionMode mode = configs::VisionMode::kBase;
  std::string prompt = "<image>\nFree OCR.";
  SampleConvention convention = SampleConvention::kOfficial;
  double spelled = 0;
  DegradeConfig augment = {};
  bool shuffle = true;
  std::uint64_t epochs = 0;  // 0: without end
  std::uint64_t batch_size = 1;
  std::uint64_t max_tokens = 0;
  bool packed = false;
  std::vector<std::uint64_t> buckets = {};
  std::uint64_t threads = 0;  // 0: one per core
  std::uint64_t window = 0;   // 0: four pages for each thread, a batch at least
  std::uint64_t max_bad = 0;

  template <class V>
  void fields(V& v) {
    v("sources", sources, "stores, mixed by their weights", {.min_items = 1, .required = true});
    v("mode", mode, "vision mode");
    v("prompt", prompt, "question, with <image> where the page stands");
    v("convention", convention, "what becomes of the white space around prompt and text");
    v("spelled", spelled, "share of the pages whose answer is one character an id, drawn anew too",
      {.min = 0, .max = 1});
    v("augment", augment, "degradations, drawn anew each time that a page comes");
    v("shuffle", shuffle, "another order in every epoch");
    v("epochs", epochs, "passes over each store, 0: without end");
    v("batch_size", batch_size, "samples of a batch at most", {.min = 1});
    v("max_tokens", max_tokens, "tokens of a batch, 0: no limit");
    v("packed", packed, "samples of a batch make one sequence, else they are padded");
    v("buckets", buckets, "lengths up to which samples go together, growing");
    v("threads", threads, "that decode and tokenize, 0: one per core");
    v("window", window, "pages in work or waiting, 0: four for each thread");
    v("max_bad", max_bad, "pages that may be left out because they cannot be read");
  }
};

/// A page as the model and the loss want it.
struct LoadedPage {
  SampleRef ref;
  std::string id;
  PageViews views;
  std::vector<std::int32_t> prompt;  // bos, text and image placeholders
  std::vector<std::int32_t> answer;  // the page's text and eos
  std::vector<bool> learnt = {};     // which ids of the answer are; empty: all
  std::vector<PlacedGlyph> glyphs = {};
  std::vector<std::optional<std::size_t>> glyph_of_answer = {};  // see glyphs_of_ids()
};

/// Where a loader stands: enough to go on with the next batch.
struct LoaderState {
  SampleOrder::State order = {};
  std::vector<SampleRef> waiting = {};  // drawn, but in no batch yet; they come first
  std::uint64_t num_bad = 0;

  nlohmann::json to_json() const;
  /// Throws DataError.
  static LoaderState from_json(const nlohmann::json& json);
};

struct PageBatch {
  std::vector<LoadedPage> pages;
  LoaderState state;  // after this batch
};

struct LoaderOptions {
  std::uint64_t seed = 0;
  std::uint64_t rank = 0, world = 1;
  bool glyphs = false;  // are wanted too: a page with a text must have them
  // To go on from: those of all ranks at one step, of this world or another (README.md).
  std::vector<LoaderState> states = {};
};

/// Batches of pages from stores (README.md). For one thread; it has its own.
class PageLoader {
 public:
  /// The tokenizer must outlive the loader. Throws DataError for stores and values that cannot be
  /// used.
  PageLoader(const LoaderConfig& config, const Tokenizer& tokenizer,
             const LoaderOptions& options = {});
  ~PageLoader();

  /// Pages of all sources together; of one epoch, for all ranks.
  std::uint64_t num_pages() const;

  /// Nothing at the end. Throws DataError at one bad page more than max_bad.
  std::optional<PageBatch> next();

  /// Why each page was left out so far, since this loader was made.
  const std::vector<std::string>& bad() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace dsocr::data

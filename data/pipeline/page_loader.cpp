#include "data/pipeline/page_loader.h"

#include <algorithm>
#include <deque>
#include <thread>

#include "data/error.h"
#include "data/hdf5/page_store.h"
#include "data/image/decode.h"
#include "data/image/degrade.h"
#include "data/image/encode.h"
#include "data/pipeline/ordered_map.h"
#include "data/render/page_style.h"
#include "data/text/prompt.h"

namespace dsocr::data {
namespace {

using nlohmann::json;

// What is drawn, with the order's state behind it.
struct Draw {
  SampleRef ref;
  SampleOrder::State after;
};

// A page, or why it cannot be read.
struct Loaded {
  std::optional<LoadedPage> page;
  std::optional<DataError> error;
};

std::vector<SampleOrder::Source> sources_of(const LoaderConfig& config,
                                            const std::vector<PageStore>& stores) {
  std::vector<SampleOrder::Source> sources;
  for (size_t i = 0; i < stores.size(); ++i) {
    const auto pages = stores[i].num_pages();
    const double weight = config.sources[i].weight;
    sources.push_back({pages, weight > 0 ? weight : static_cast<double>(pages)});
  }
  return sources;
}

std::vector<PageStore> open_stores(const LoaderConfig& config) {
  std::vector<PageStore> stores;
  for (const LoaderSource& source : config.sources) {
    stores.emplace_back(source.file);
    if (stores.back().num_pages() == 0) throw DataError(source.file, "", "has no pages");
  }
  return stores;
}

std::int32_t eos_of(const Tokenizer& tokenizer) {
  const auto id = tokenizer.token_id(kEosToken);
  if (!id) throw DataError("", "", "the tokenizer has no " + std::string(kEosToken));
  return *id;
}

std::size_t num_threads(const LoaderConfig& config) {
  return config.threads > 0 ? config.threads
                            : std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

std::size_t window_of(const LoaderConfig& config) {
  if (config.window > 0) return config.window;
  return std::max<std::size_t>(4 * num_threads(config), config.batch_size);
}

Image decode(const std::string& bytes, const std::string& id) {
  return decode_image({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, id);
}

}  // namespace

json LoaderState::to_json() const {
  json refs = json::array();
  for (const SampleRef& ref : waiting) refs.push_back({ref.source, ref.page, ref.epoch, ref.draw});
  return {{"draws", order.draws},
          {"of_source", order.of_source},
          {"waiting", refs},
          {"num_bad", num_bad}};
}

LoaderState LoaderState::from_json(const json& json) {
  try {
    LoaderState state;
    state.order = {json.at("draws"), json.at("of_source")};
    for (const auto& ref : json.at("waiting"))
      state.waiting.push_back({ref.at(0), ref.at(1), ref.at(2), ref.at(3)});
    state.num_bad = json.at("num_bad");
    return state;
  } catch (const nlohmann::json::exception&) {
    throw DataError("", "", "the state of the data is damaged");
  }
}

struct PageLoader::Parts {
  LoaderConfig config;
  std::vector<PageStore> stores;
  const Tokenizer& tokenizer;
  std::int32_t eos;
  std::uint64_t seed;
  SampleOrder order;
  std::deque<SampleRef> again;  // that waited when the state was saved
  LoaderState state;            // of what next() has seen
  std::vector<std::string> bad;
  Batcher<LoadedPage> batcher;
  std::optional<OrderedMap<Draw, Loaded>> map;  // last: its threads use the rest

  Parts(const LoaderConfig& config_in, const Tokenizer& tokenizer_in, const OrderOptions& options)
      : config(config_in),
        stores(open_stores(config)),
        tokenizer(tokenizer_in),
        eos(eos_of(tokenizer)),
        seed(options.seed),
        order(sources_of(config, stores), options),
        batcher({.batch_size = config.batch_size,
                 .max_tokens = config.max_tokens,
                 .packed = config.packed,
                 .buckets = {config.buckets.begin(), config.buckets.end()}},
                [](const LoadedPage& page) { return page.prompt.size() + page.answer.size(); }) {
    state.order = order.state();
  }

  std::optional<Draw> draw() {
    if (!again.empty()) {
      const SampleRef ref = again.front();
      again.pop_front();
      return Draw{ref, order.state()};
    }
    const auto ref = order.next();
    if (!ref) return std::nullopt;
    return Draw{*ref, order.state()};
  }

  // What a camera, a scanner or a codec would do to the page this time.
  Image augmented(Image image, const SampleRef& ref, const std::string& id) const {
    const Degradation degradation = draw_degradation(config.augment, seed, ref.draw);
    image = degrade(std::move(image), degradation).image;
    if (degradation.jpeg_quality() == 0) return image;
    const std::string bytes = encode_jpeg(image, id, degradation.jpeg_quality());
    return decode(bytes, id);
  }

  LoadedPage load(const SampleRef& ref) const {
    const PageStore& store = stores.at(ref.source);
    const PageRecord record = store.record(ref.page);
    LoadedPage page{.ref = ref, .id = store.id(record), .views = {}, .prompt = {}, .answer = {}};
    const Image image = augmented(decode(store.image(record), page.id), ref, page.id);
    page.views = make_views(image, config.mode);
    const auto tokens = static_cast<size_t>(
        configs::page_tokens(config.mode, {image.width, image.height}).placeholders);
    page.prompt = encode_prompt(tokenizer, config.prompt, {&tokens, 1});
    page.answer = tokenizer.encode(store.text(record));
    for (const std::string_view token : {kImageToken, kBosToken, kEosToken})
      if (std::find(page.answer.begin(), page.answer.end(),
                    tokenizer.token_id(token).value_or(-1)) != page.answer.end())
        throw DataError("", page.id, "its text has the token " + std::string(token),
                        /*recoverable=*/true);
    page.answer.push_back(eos);
    return page;
  }

  PageBatch batch_of(std::vector<LoadedPage> pages) {
    state.waiting.clear();
    batcher.for_each_waiting([&](const LoadedPage& page) { state.waiting.push_back(page.ref); });
    return {std::move(pages), state};
  }

  Loaded try_load(const SampleRef& ref) const {
    try {
      return {load(ref), {}};
    } catch (const DataError& error) {
      if (!error.recoverable()) throw;
      return {{}, error};
    }
  }

  void leave_out(const DataError& error) {
    bad.emplace_back(error.what());
    if (++state.num_bad > config.max_bad)
      throw DataError("", error.sample_id(),
                      config.max_bad == 0 ? bad.back()
                                          : "more than " + std::to_string(config.max_bad) +
                                                " bad pages, the last: " + bad.back());
  }
};

PageLoader::PageLoader(const LoaderConfig& config, const Tokenizer& tokenizer,
                       const LoaderOptions& options) {
  const LoaderState* state = options.state;
  try {
    parts_ = std::make_unique<Parts>(config, tokenizer,
                                     OrderOptions{.seed = options.seed,
                                                  .shuffle = config.shuffle,
                                                  .epochs = config.epochs,
                                                  .rank = options.rank,
                                                  .world = options.world});
    Parts& parts = *parts_;
    if (state) {
      parts.order.set_state(state->order);
      parts.again = {state->waiting.begin(), state->waiting.end()};
      for (const SampleRef& ref : state->waiting)
        if (ref.source >= parts.stores.size() || ref.page >= parts.stores[ref.source].num_pages())
          throw std::invalid_argument("a state of other stores");
      parts.state = *state;
    }
    parts.map.emplace([&parts] { return parts.draw(); },
                      [&parts](const Draw& draw) { return parts.try_load(draw.ref); },
                      num_threads(config), window_of(config));
  } catch (const std::invalid_argument& error) {
    throw DataError("", "", std::string("the pages cannot be loaded: ") + error.what());
  }
}

PageLoader::~PageLoader() = default;

std::uint64_t PageLoader::num_pages() const {
  std::uint64_t pages = 0;
  for (const PageStore& store : parts_->stores) pages += store.num_pages();
  return pages;
}

const std::vector<std::string>& PageLoader::bad() const { return parts_->bad; }

std::optional<PageBatch> PageLoader::next() {
  Parts& parts = *parts_;
  while (true) {
    auto next = parts.map->next();
    if (!next) {
      auto rest = parts.batcher.flush();
      if (!rest) return std::nullopt;
      return parts.batch_of(std::move(*rest));
    }
    auto& [draw, loaded] = *next;
    parts.state.order = std::move(draw.after);
    if (loaded.error) {
      parts.leave_out(*loaded.error);
    } else if (auto full = parts.batcher.add(std::move(*loaded.page))) {
      return parts.batch_of(std::move(*full));
    }
  }
}

}  // namespace dsocr::data

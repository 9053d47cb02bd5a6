#include "data/pipeline/page_loader.h"

#include <algorithm>
#include <deque>
#include <thread>

#include "configs/seed.h"
#include "data/error.h"
#include "data/hdf5/page_store.h"
#include "data/image/decode.h"
#include "data/image/degrade.h"
#include "data/image/encode.h"
#include "data/pipeline/ordered_map.h"
#include "data/pipeline/rank_states.h"
#include "data/random.h"
#include "data/render/page_style.h"

namespace dsocr::data {
namespace {

using nlohmann::json;

// What is drawn, with the order's state behind it.
struct Draw {
  SampleRef ref;
  SampleOrder::State after;
  bool again = false;  // waited when the state was saved
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

std::size_t num_threads(const LoaderConfig& config) {
  return config.threads > 0 ? config.threads
                            : std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

std::size_t window_of(const LoaderConfig& config) {
  if (config.window > 0) return config.window;
  return std::max<std::size_t>(4 * num_threads(config), config.batch_size);
}

// The confidence that labels must have to be learnt.
double threshold_of(const PageStore& store, const PageRecord& record, const LoaderSource& source) {
  if (source.target == AnswerTarget::kPage) return 0;
  return source.keep_over >= 0 ? source.keep_over : noted_threshold(store.meta(record));
}

// Where a view of the mode shows the glyphs of a page.
std::vector<PlacedGlyph> glyphs_of(const std::vector<Block>& blocks, double keep_over,
                                   configs::PageSize page, configs::VisionMode mode) {
  const auto width = static_cast<double>(page.width), height = static_cast<double>(page.height);
  const bool pads = configs::view_geometry(mode).pads;
  const double longest = std::max(width, height);
  const auto in_view = [&](double share, double side) {
    return static_cast<float>(pads ? (share * side + (longest - side) / 2) / longest : share);
  };
  std::vector<PlacedGlyph> glyphs;
  for (const Block& block : blocks)
    if (block.category == "glyph")
      glyphs.push_back({block.text, in_view((block.box[0] + block.box[2]) / 1998.0, width),
                        in_view((block.box[1] + block.box[3]) / 1998.0, height),
                        !(static_cast<double>(block.confidence) < keep_over)});
  return glyphs;
}

// The answer of a page, with what of it is not learnt.
TargetText target_of(const PageStore& store, const PageRecord& record, const LoaderSource& source) {
  if (source.target == AnswerTarget::kPage) return {store.text(record)};
  return format_target(store.blocks(record), source.target,
                       static_cast<float>(threshold_of(store, record, source)));
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
  std::uint64_t seed;
  bool glyphs;
  SampleOrder order;
  std::deque<SampleRef> again;      // that waited when the state was saved, not drawn again yet
  std::deque<SampleRef> not_again;  // of these, what next() has not seen yet
  LoaderState state;                // of what next() has seen
  std::vector<std::string> bad;
  Batcher<LoadedPage> batcher;
  std::optional<OrderedMap<Draw, Loaded>> map;  // last: its threads use the rest

  Parts(const LoaderConfig& config_in, const Tokenizer& tokenizer_in, const OrderOptions& options,
        bool glyphs_in)
      : config(config_in),
        stores(open_stores(config)),
        tokenizer(tokenizer_in),
        seed(options.seed),
        glyphs(glyphs_in),
        order(sources_of(config, stores), options),
        batcher({.batch_size = config.batch_size,
                 .max_tokens = config.max_tokens,
                 .packed = config.packed,
                 .buckets = {config.buckets.begin(), config.buckets.end()}},
                [](const LoadedPage& page) { return page.prompt.size() + page.answer.size(); }) {
    state.order = order.state();
  }

  void go_on(LoaderState saved) {
    order.set_state(saved.order);
    for (const SampleRef& ref : saved.waiting)
      if (ref.source >= stores.size() || ref.page >= stores[ref.source].num_pages())
        throw std::invalid_argument("a state of other stores");
    again = not_again = {saved.waiting.begin(), saved.waiting.end()};
    state = std::move(saved);
  }

  std::optional<Draw> draw() {
    if (!again.empty()) {
      const SampleRef ref = again.front();
      again.pop_front();
      return Draw{ref, order.state(), /*again=*/true};
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

  bool spelled(const SampleRef& ref) const {
    if (config.spelled <= 0) return false;
    return Random(configs::derive_seed(seed, "spelled", ref.draw)).uniform() < config.spelled;
  }

  LoadedPage load(const SampleRef& ref) const {
    const PageStore& store = stores.at(ref.source);
    const PageRecord record = store.record(ref.page);
    LoadedPage page{.ref = ref, .id = store.id(record), .views = {}, .prompt = {}, .answer = {}};
    const Image image = augmented(decode(store.image(record), page.id), ref, page.id);
    page.views = make_views(image, config.mode);
    const auto tokens = static_cast<size_t>(
        configs::page_tokens(config.mode, {image.width, image.height}).placeholders);
    const LoaderSource& source = config.sources.at(ref.source);
    try {
      const TargetText target = target_of(store, record, source);
      SampleIds ids = encode_sample(tokenizer, config.convention,
                                    source.prompt.empty() ? config.prompt : source.prompt,
                                    {&tokens, 1}, target.text, spelled(ref));
      page.prompt = std::move(ids.prompt);
      page.answer = std::move(ids.answer);
      if (!target.masked.empty())
        page.learnt = learnt_ids(tokenizer, page.answer, target.text.size(), target.masked);
    } catch (const DataError& error) {
      throw DataError("", page.id, error.what(), error.recoverable());
    }
    if (glyphs) {
      page.glyphs = glyphs_of(store.blocks(record), threshold_of(store, record, source),
                              page.views.page, config.mode);
      // What engines labelled may be learnt without.
      if (page.glyphs.empty() && source.target == AnswerTarget::kPage &&
          !store.text(record).empty())
        throw DataError("", page.id, "has no glyphs: `dsocr data render --glyphs` notes them");
      page.glyph_of_answer = glyphs_of_ids(tokenizer, page.answer, page.glyphs);
    }
    return page;
  }

  PageBatch batch_of(std::vector<LoadedPage> pages) {
    state.waiting.clear();
    batcher.for_each_waiting([&](const LoadedPage& page) { state.waiting.push_back(page.ref); });
    state.waiting.insert(state.waiting.end(), not_again.begin(), not_again.end());
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
  const OrderOptions order{.seed = options.seed,
                           .shuffle = config.shuffle,
                           .epochs = config.epochs,
                           .rank = options.rank,
                           .world = options.world};
  try {
    parts_ = std::make_unique<Parts>(config, tokenizer, order, options.glyphs);
    Parts& parts = *parts_;
    if (!options.states.empty())
      parts.go_on(state_for_rank(options.states, sources_of(config, parts.stores), order));
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
    if (draw.again) parts.not_again.pop_front();
    if (loaded.error) {
      parts.leave_out(*loaded.error);
    } else if (auto full = parts.batcher.add(std::move(*loaded.page))) {
      return parts.batch_of(std::move(*full));
    }
  }
}

}  // namespace dsocr::data

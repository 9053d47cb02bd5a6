#include "experiments/bench_loader.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <span>
#include <stdexcept>
#include <thread>
#include <utility>

#include "configs/scratch_folder.h"
#include "configs/sha256.h"
#include "configs/view.h"
#include "data/hdf5/page_store.h"
#include "data/hdf5/page_store_writer.h"
#include "data/image/decode.h"
#include "data/image/encode.h"
#include "data/image/views.h"
#include "data/pipeline/ordered_map.h"
#include "experiments/bench_session.h"

namespace dsocr {
namespace {

constexpr std::int64_t kSide = 1024;  // of a Base view
constexpr std::array kStages = {"read", "decode", "views"};

struct Options : BenchOptions {
  std::string store;
  std::string format = "png";
  std::uint64_t pages = 64;
  size_t threads = 0;
  bool no_reference = false;
};

// An A4 page at 100 dpi that looks like text to a codec: lines of dark strokes with grey edges. The
// paper is not quite white, so that files are in colour, as scans and most screenshots are.
data::Image made_up_page(std::uint64_t number) {
  data::Image page{.width = 857, .height = 1109};
  page.rgb.assign(static_cast<size_t>(3 * page.width * page.height), 255);
  for (size_t i = 2; i < page.rgb.size(); i += 3) page.rgb[i] = 252;
  std::mt19937_64 random(number);
  for (std::int64_t line = 50; line + 12 < page.height - 50; line += 16)
    for (std::int64_t x = 60; x + 8 < page.width - 60; x += 8) {
      const std::uint64_t bits = random();
      if (bits % 6 == 0) continue;  // between words
      for (std::int64_t dy = 0; dy < 10; ++dy)
        for (std::int64_t dx = 0; dx < 6; ++dx) {
          const bool ink = (bits >> ((dy / 2 * 6 + dx) % 58)) & 1;
          if (!ink) continue;
          const std::uint8_t value = dx % 5 == 0 ? 140 : 20;
          std::fill_n(page.rgb.begin() + 3 * ((line + dy) * page.width + x + dx), 3, value);
        }
    }
  return page;
}

std::string encoded(const data::Image& page, const std::string& format,
                    const configs::ScratchFolder& folder) {
  const auto file = folder.path() / ("page." + format);
  if (format == "jpeg")
    data::write_jpeg(file, page);
  else
    data::write_png(file, page);
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void write_made_up_store(const std::filesystem::path& file, const Options& options,
                         const configs::ScratchFolder& folder) {
  data::PageStoreWriter writer(file, {});
  for (std::uint64_t i = 0; i < options.pages; ++i) {
    const data::Image page = made_up_page(i);
    writer.add({.id = std::to_string(i),
                .image = encoded(page, options.format, folder),
                .width = static_cast<std::uint32_t>(page.width),
                .height = static_cast<std::uint32_t>(page.height)},
               i);
  }
  writer.finish();
}

// Buffers for views that go round, as a trainer's pinned memory does, aligned as tensors are.
class Planes {
 public:
  Planes() {
    const std::lock_guard lock(mutex());
    if (free().empty()) {
      values_.reset(static_cast<float*>(std::aligned_alloc(64, kBytes)));
    } else {
      values_ = std::move(free().back());
      free().pop_back();
    }
  }
  ~Planes() {
    if (!values_) return;
    const std::lock_guard lock(mutex());
    free().push_back(std::move(values_));
  }
  Planes(Planes&&) = default;
  Planes& operator=(Planes&&) = delete;

  std::span<float> values() { return {values_.get(), kBytes / sizeof(float)}; }
  std::string_view bytes() const { return {reinterpret_cast<const char*>(values_.get()), kBytes}; }

 private:
  static constexpr size_t kBytes = 3 * kSide * kSide * sizeof(float);
  struct Free {
    void operator()(float* values) const { std::free(values); }
  };
  using Values = std::unique_ptr<float, Free>;

  static std::mutex& mutex() {
    static std::mutex instance;
    return instance;
  }
  static std::vector<Values>& free() {
    static std::vector<Values> instance;
    return instance;
  }
  Values values_;
};

data::Image decode(const data::PageStore& store, std::uint64_t page) {
  const data::PageRecord record = store.record(page);
  const std::string bytes = store.image(record);
  return data::decode_image({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()},
                            std::to_string(page));
}

Planes base_view(const data::PageStore& store, std::uint64_t page) {
  const data::PageViews views = data::make_views(decode(store, page), configs::VisionMode::kBase);
  Planes planes;
  data::normalise(views.global, planes.values());
  return planes;
}

// One pass over all pages; results in their order, as a trainer gets them.
template <class Out>
void for_all(
    const data::PageStore& store, size_t threads, const std::function<Out(std::uint64_t)>& work,
    const std::function<void(const Out&)>& use = [](const Out&) {}) {
  std::uint64_t next = 0;
  data::OrderedMap<std::uint64_t, Out> map(
      [&]() -> std::optional<std::uint64_t> {
        return next < store.num_pages() ? std::optional(next++) : std::nullopt;
      },
      [&](const std::uint64_t& page) { return work(page); }, threads, 4 * threads);
  while (const auto result = map.next()) use(result->second);
}

std::string sha256_of_views(const data::PageStore& store, size_t threads) {
  configs::Sha256 sum;
  for_all<Planes>(
      store, threads, [&](std::uint64_t page) { return base_view(store, page); },
      [&](const Planes& planes) { sum.add(planes.bytes()); });
  return sum.finish_hex();
}

void bench_loader(const Options& options, const std::vector<std::string>& command_line,
                  std::ostream& out) {
  const configs::ScratchFolder temporary;
  std::filesystem::path file = options.store;
  if (file.empty()) write_made_up_store(file = temporary.path() / "pages.h5", options, temporary);
  const data::PageStore store(file);
  const size_t cores = std::max(1u, std::thread::hardware_concurrency());
  const size_t threads = options.threads > 0 ? options.threads : cores;
  BenchSession session(options, command_line);
  session.manifest().set_device("cpu", threads);
  session.manifest().add_input("store", file);

  // Read, decode, views.
  const auto stages = [&](size_t count) {
    return measure_in_turn(
        options.repeats,
        {[&, count] {
           for_all<std::string>(
               store, count, [&](std::uint64_t page) { return store.image(store.record(page)); });
         },
         [&, count] {
           for_all<data::Image>(store, count,
                                [&](std::uint64_t page) { return decode(store, page); });
         },
         [&, count] {
           for_all<Planes>(store, count,
                           [&](std::uint64_t page) { return base_view(store, page); });
         }});
  };
  nlohmann::json reference;
  if (!options.no_reference) {
    reference = run_reference("reference_loader.py", {file.string(), std::to_string(threads),
                                                      std::to_string(options.repeats), kStages[0],
                                                      kStages[1], kStages[2]});
    if (reference.at("sha256") != sha256_of_views(store, threads))
      throw std::runtime_error(file.string() + ": the views are not those of Pillow");
  }
  const PeakMemory peak;
  reports::Table table =
      timing_table("loader",
                   "All " + std::to_string(store.num_pages()) + " pages of a store, " +
                       std::to_string(threads) + " threads where not said",
                   "pages/s");
  const auto pages = static_cast<double>(store.num_pages());
  const auto alone = stages(1), together = stages(threads);
  for (const auto& [stage, title] :
       {std::pair{size_t{0}, "read"}, {size_t{1}, "read + decode"}, {size_t{2}, "Base views"}}) {
    table.rows.push_back(
        timing_row(std::string(title) + ", 1 thread", "dsocr", Timings(alone[stage]), pages));
    const Timings ours(together[stage]);
    if (options.no_reference)
      table.rows.push_back(timing_row(title, "dsocr", ours, pages));
    else
      add_rows(table, title, "DataLoader", ours,
               Timings(reference.at("seconds").at(kStages.at(stage)).get<std::vector<double>>()),
               pages);
  }
  std::vector<double> shares;
  for (size_t i = 0; i < options.repeats; ++i) shares.push_back(together[1][i] / together[2][i]);
  reports::Document document{table.title, {}, {}, {table}, {}};
  char note[96];
  std::snprintf(note, sizeof note, "Base views come at %.0f %% of the rate of decoding alone",
                100 * Timings(shares).median());
  document.notes.emplace_back(note);
  if (const auto bytes = peak.bytes())
    document.notes.push_back("Peak memory: " + std::to_string(*bytes / 1'000'000) + " MB");
  if (!options.no_reference)
    document.notes.push_back("DataLoader: " + reference.at("versions").get<std::string>() + ", " +
                             std::to_string(threads) + " workers; the views are bit-equal");
  session.finish(document, out);
}

}  // namespace

void add_loader_bench(CLI::App& bench, const std::vector<std::string>& command_line,
                      std::ostream& out) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      bench.add_subcommand("loader", "Pages out of a store against a PyTorch DataLoader");
  command->add_option("--store", options->store, "Store; default: made-up pages of 857 x 1109");
  command->add_option("--format", options->format, "png or jpeg, of made-up pages")
      ->capture_default_str()
      ->check(CLI::IsMember({"png", "jpeg"}));
  command->add_option("--pages", options->pages, "Number of made-up pages")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  command->add_option("--threads", options->threads, "And workers; 0: one per core")
      ->capture_default_str()
      ->check(CLI::Range(0, 1024));
  command->add_flag("--no-reference", options->no_reference, "Do not run PyTorch");
  add_bench_options(*command, *options);
  command->footer("Example:\n  dsocr bench loader --store pages.h5");
  command->callback([options, command_line, &out] { bench_loader(*options, command_line, out); });
}

}  // namespace dsocr

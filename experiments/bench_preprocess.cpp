#include "experiments/bench_preprocess.h"

#include <filesystem>
#include <memory>
#include <stdexcept>

#include "configs/error.h"
#include "configs/scratch_folder.h"
#include "configs/sha256.h"
#include "configs/view.h"
#include "data/image/decode.h"
#include "data/image/encode.h"
#include "data/image/views.h"
#include "experiments/bench_session.h"

namespace dsocr {
namespace {

struct Options : BenchOptions {
  std::string image;
  std::string mode = "gundam";
};

// An A4 page at 100 dpi whose bytes are the same on every machine.
data::Image synthetic_page() {
  data::Image page{.width = 857, .height = 1109};
  for (std::int64_t y = 0; y < page.height; ++y)
    for (std::int64_t x = 0; x < page.width; ++x)
      for (std::int64_t c = 0; c < 3; ++c)
        page.rgb.push_back(
            static_cast<std::uint8_t>((x * 3 + y * 5 + c * 85 + ((x * y) >> 4)) & 255));
  return page;
}

// Of the global view, then the tiles.
std::string sha256_of(const data::PageViews& views) {
  std::string bytes(views.global.rgb.begin(), views.global.rgb.end());
  for (const data::Image& tile : views.tiles) bytes.append(tile.rgb.begin(), tile.rgb.end());
  return configs::sha256_hex(bytes);
}

void bench_preprocess(const Options& options, const std::vector<std::string>& command_line,
                      std::ostream& out) {
  const auto mode = configs::parse_mode(options.mode);
  if (!mode)
    throw configs::ConfigError(
        "mode", "must be " + configs::mode_choice() + ", not '" + options.mode + "'");
  const configs::ScratchFolder temporary;
  std::filesystem::path file = options.image;
  if (file.empty()) data::write_png(file = temporary.path() / "page.png", synthetic_page());
  const data::Image page = data::read_image(file);
  BenchSession session(options, command_line);
  session.manifest().add_input("page", file);

  data::PageViews views;
  const Timings ours = measure(options.repeats, [&] { views = data::make_views(page, *mode); });
  const nlohmann::json reference = run_reference(
      "reference_preprocess.py", {file.string(), options.mode, std::to_string(options.repeats)});
  if (sha256_of(views) != reference.at("sha256").get<std::string>())
    throw std::runtime_error(file.string() + ": the views are not those of Pillow");
  session.manifest().set_version("Pillow", reference.at("version"));

  reports::Table table =
      timing_table("preprocess",
                   "Page of " + std::to_string(page.width) + " x " + std::to_string(page.height) +
                       " pixels to views, one thread: " + options.mode + ", " +
                       std::to_string(views.tiles.size()) + " tiles",
                   "pages/s");
  add_rows(table, "views", "Pillow " + reference.at("version").get<std::string>(), ours,
           Timings(reference.at("seconds").get<std::vector<double>>()), 1);
  session.finish(table, out);
}

}  // namespace

void add_preprocess_bench(CLI::App& bench, const std::vector<std::string>& command_line,
                          std::ostream& out) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = bench.add_subcommand("preprocess", "Views of a page against Pillow");
  command->add_option("--image", options->image, "Page; default: a made-up one of 857 x 1109");
  command->add_option("--mode", options->mode, configs::mode_choice())->capture_default_str();
  add_bench_options(*command, *options);
  command->footer("Example:\n  dsocr bench preprocess --mode gundam --repeats 20");
  command->callback(
      [options, command_line, &out] { bench_preprocess(*options, command_line, out); });
}

}  // namespace dsocr

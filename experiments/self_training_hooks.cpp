#include "experiments/self_training_hooks.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "data/hdf5/page_store.h"
#include "eval/label/teacher.h"
#include "eval/metrics/bootstrap.h"
#include "eval/metrics/layout.h"
#include "eval/metrics/word_error.h"
#include "eval/normalize/orthography.h"
#include "eval/normalize/unicode.h"
#include "eval/read/store_reading.h"
#include "experiments/label_summary.h"
#include "experiments/labelling.h"
#include "reports/progress.h"

namespace dsocr {
namespace {

constexpr std::size_t kResamples = 1000;

eval::NetworkConfig network_of(const train::TrainConfig& config,
                               const std::filesystem::path& model) {
  eval::NetworkConfig network{.folder = model.string(), .device = config.device};
  network.decoding.max_new_tokens = config.validation.max_new_tokens;
  network.decoding.batch = static_cast<std::int64_t>(config.data.batch_size);
  network.decoding.stop_on_loop = true;
  return network;
}

std::size_t num_threads() { return static_cast<std::size_t>(at::get_num_threads()); }

std::array<double, 4> sides(double left, double top, double right, double bottom) {
  return {left, top, right, bottom};
}

metrics::LayoutPage layout_of(const data::Page& page, const eval::PageText& answer) {
  metrics::LayoutPage layout;
  for (const data::Block& block : page.blocks)
    if (data::is_layout(block))
      layout.expected.push_back(
          {block.category, sides(block.box[0], block.box[1], block.box[2], block.box[3])});
  // A page of 999 pixels has the grid that blocks have.
  for (const data::LabelRegion& region : eval::labels_of(answer, {999, 999}).regions)
    layout.found.push_back(
        {region.category,
         sides(region.box.left, region.box.top, region.box.right, region.box.bottom),
         region.confidence});
  return layout;
}

// What is known of the pages of a test when all were read.
class TestPages {
 public:
  TestPages(const data::PageStore& store, bool grounded) : store_(store), grounded_(grounded) {}

  void done(std::uint64_t index, const eval::PageText& answer) {
    const data::Page page = store_.page(index);
    if (answer.stop != "eos") ++loops_;
    add(page.text, plain(answer));
    if (grounded_) layout_.push_back(layout_of(page, answer));
  }

  void failed(std::uint64_t index) {
    ++loops_;
    add(store_.page(index).text, "");
  }

  train::RoundNumbers numbers() const {
    const metrics::PageResampler resampler(edits_.size(), kResamples, 0);
    const auto cer = resampler.ratio_interval(edits_, lengths_).value_or(metrics::Interval{});
    train::RoundNumbers numbers{
        {"cer", cer.mean},
        {"cer_low", cer.low},
        {"cer_high", cer.high},
        {"cer_median", metrics::median_rate(characters_)},
        {"wer", metrics::sum(words_).rate()},
        {"loops", static_cast<double>(loops_) / static_cast<double>(edits_.size())}};
    if (!grounded_) return numbers;
    const metrics::LayoutScores layout = metrics::layout_scores(layout_);
    numbers.emplace_back("layout_f1", layout.f1);
    numbers.emplace_back("layout_map", layout.mean_average_precision);
    return numbers;
  }

 private:
  // The text of an answer, of a grounded one that of its parts.
  static std::string plain(const eval::PageText& answer) {
    std::string text;
    for (const data::LabelRegion& region : eval::labels_of(answer, {999, 999}).regions)
      for (const data::LabelLine& line : region.lines)
        text += (text.empty() ? "" : "\n") + line.text;
    return text;
  }

  void add(const std::string& truth, const std::string& reading) {
    const auto comparable = [](const std::string& text) {
      return metrics::normalise_orthography(metrics::decode_utf8(text), {});
    };
    const std::u32string wanted = comparable(truth), found = comparable(reading);
    characters_.push_back(metrics::character_errors(wanted, found));
    words_.push_back(metrics::word_errors(wanted, found));
    edits_.push_back(static_cast<double>(characters_.back().edits));
    lengths_.push_back(static_cast<double>(characters_.back().length));
  }

  const data::PageStore& store_;
  bool grounded_;
  std::vector<metrics::ErrorCounts> characters_ = {}, words_ = {};
  std::vector<double> edits_ = {}, lengths_ = {};
  std::vector<metrics::LayoutPage> layout_ = {};
  std::size_t loops_ = 0;
};

train::RoundNumbers test_model(const train::TrainConfig& config,
                               const std::filesystem::path& model) {
  const data::PageStore store(config.self_training.test);
  eval::PageReader reader(network_of(config, model), num_threads());
  TestPages pages(store, config.self_training.target == data::AnswerTarget::kGrounded);
  reports::Progress progress("Reading the test", "pages", store.num_pages());
  eval::read_store(
      reader, store,
      {.mode = config.data.mode, .prompt = config.data.prompt, .end = store.num_pages()},
      {.done =
           [&](std::uint64_t page, configs::PageSize, const eval::PageText& answer) {
             pages.done(page, answer);
             progress.advance();
           },
       .failed =
           [&](std::uint64_t page, const std::string&) {
             pages.failed(page);
             progress.advance();
           }});
  return pages.numbers();
}

LabellingOptions labelling_of(const train::TrainConfig& config,
                              const std::filesystem::path& teacher) {
  const train::SelfTrainingConfig& self = config.self_training;
  LabellingOptions options{.store = self.unlabelled,
                           .labellers = self.labellers,
                           .calibration = self.calibration,
                           .texts = self.texts,
                           .target_error = self.target_error,
                           .line_breaks = self.line_breaks,
                           .glyphs = config.loss.has_heads()};
  options.teacher = {.network = network_of(config, teacher),
                     .mode = config.data.mode,
                     .prompt = config.data.prompt};
  for (std::string& labeller : options.labellers)
    if (labeller == "teacher") labeller += ":" + teacher.string();
  return options;
}

}  // namespace

train::SelfTrainingHooks self_training_hooks(const std::vector<std::string>& command_line,
                                             std::ostream& out, std::ostream& err) {
  const auto label = [command_line, &out, &err](
                         const train::TrainConfig& config, const std::filesystem::path& teacher,
                         const std::filesystem::path& folder, const std::filesystem::path& shared) {
    LabellingOptions options = labelling_of(config, teacher);
    options.files = shared;
    options.teacher_files = folder;
    const std::filesystem::path labelled = folder / "labels.h5";
    std::filesystem::create_directories(folder);
    if (!std::filesystem::exists(labelled))
      label_store(options,
                  {.out = labelled.string(),
                   .resume = true,
                   .pack = {.threads = num_threads(), .max_bad = SIZE_MAX}},
                  command_line, out, err);
    const data::PageStore labels(labelled);
    return label_numbers(
        labelled_parts(labels, true_texts(data::PageStore(config.self_training.unlabelled))),
        labels.num_pages());
  };
  return {.label = label, .test = test_model};
}

}  // namespace dsocr

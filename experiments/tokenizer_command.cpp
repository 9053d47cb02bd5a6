#include "experiments/tokenizer_command.h"

#include <tbb/global_control.h>
#include <tbb/info.h>

#include <filesystem>
#include <iomanip>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <stdexcept>

#include "configs/compose.h"
#include "configs/json_reader.h"
#include "data/corpora/texts.h"
#include "data/text/tokenizer.h"
#include "data/text/tokenizer_extension.h"
#include "data/text/tokenizer_training.h"
#include "experiments/fertility_command.h"
#include "reports/files.h"
#include "reports/progress.h"

namespace dsocr {
namespace {

struct Train {
  std::vector<std::string> sources, sets;
  std::string config, out;
  std::optional<std::int64_t> vocab;
  std::size_t threads = 0;
};

// A folder's file is called as checkpoints call it.
std::filesystem::path file_of(const std::filesystem::path& out) {
  return out.extension() == ".json" ? out : out / "tokenizer.json";
}

// What is learnt from: texts, with a bar while they are counted and one while
// merges are found.
class Learning {
 public:
  Learning(const std::vector<std::string>& sources, std::size_t num_merges, std::size_t threads)
      : texts_({sources.begin(), sources.end()}),
        num_merges_(num_merges),
        limit_(tbb::global_control::max_allowed_parallelism,
               threads > 0 ? threads : static_cast<std::size_t>(tbb::info::default_concurrency())) {
    counting_.emplace("Counting", "texts", texts_.size());
  }

  std::size_t num_texts() const { return texts_.size(); }
  data::TrainingTexts source() {
    return {.size = texts_.size(),
            .text = [this](std::size_t i) { return texts_.text(i); },
            .name = [this](std::size_t i) { return texts_.name(i); },
            .counted = [this] { counting_->advance(); },
            .merged = [this] { merged(); }};
  }
  void done() {
    counting_.reset();
    merging_.reset();
  }

 private:
  void merged() {
    if (!merging_) {
      counting_.reset();
      merging_.emplace("Merging", "merges", num_merges_);
    }
    merging_->advance();
  }

  data::Texts texts_;
  std::size_t num_merges_;
  tbb::global_control limit_;
  std::optional<reports::Progress> counting_, merging_;
};

// Where a vocabulary is written: nowhere yet.
std::filesystem::path new_file(const std::string& out) {
  std::filesystem::path file = file_of(out);
  if (std::filesystem::exists(file)) throw std::runtime_error(file.string() + " exists already");
  return file;
}

void write(const std::filesystem::path& file, const std::string& json) {
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
  reports::write_file(file, json);
}

void run(const Train& train, std::ostream& out) {
  std::vector<std::string> sets;
  if (train.vocab) sets.push_back("vocab_size=" + std::to_string(*train.vocab));
  sets.insert(sets.end(), train.sets.begin(), train.sets.end());
  const auto config =
      configs::read_config<data::TokenizerTrainingConfig>(configs::compose(train.config, sets));
  const std::filesystem::path file = new_file(train.out);
  Learning learning(
      train.sources,
      static_cast<std::size_t>(config.vocab_size) - 256 - config.special_tokens.size(),
      train.threads);
  const data::TrainedTokenizer trained = data::train_tokenizer(config, learning.source());
  learning.done();
  write(file, trained.json);
  data::Tokenizer::load(file);
  out << trained.vocab_size << " ids in " << file.string() << ", from " << trained.text_bytes
      << " bytes in " << learning.num_texts() << " texts: " << trained.num_pieces << " pieces, "
      << trained.num_different_pieces << " of them different\n";
}

struct Extend {
  std::string tokenizer, out;
  std::vector<std::string> sources, keep;
  std::size_t size = 0;
  std::uint64_t min_frequency = data::ExtensionRules().min_frequency;
  std::size_t threads = 0;
};

void run(const Extend& extend, std::ostream& out) {
  const std::filesystem::path file = new_file(extend.out);
  const data::Texts keep({extend.keep.begin(), extend.keep.end()});
  const data::TrainingTexts kept{.size = keep.size(),
                                 .text = [&](std::size_t i) { return keep.text(i); },
                                 .name = [&](std::size_t i) { return keep.name(i); }};
  Learning learning(extend.sources, extend.size, extend.threads);
  const data::ExtendedTokenizer grown = data::extend_tokenizer(
      extend.tokenizer, {.size = extend.size, .min_frequency = extend.min_frequency},
      learning.source(), kept);
  learning.done();
  write(file, grown.json);
  data::require_same_ids(data::Tokenizer::load(extend.tokenizer), data::Tokenizer::load(file),
                         kept);
  out << grown.num_new << " more ids, from " << grown.first_id << " on, in " << file.string()
      << ", from " << grown.text_bytes << " bytes in " << learning.num_texts() << " texts\n"
      << "New characters: " << grown.new_characters << "\n"
      << "Texts without them keep their ids"
      << (kept.size > 0 ? "; " + std::to_string(kept.size) + " were compared" : std::string())
      << ".\n";
}

void add_threads(CLI::App& command, std::size_t& threads) {
  command.add_option("--threads", threads, "0: one per core")
      ->capture_default_str()
      ->check(CLI::Range(0, 1024));
}

constexpr const char* kTexts =
    "Texts, folders of *.txt and *.md, JSON Lines "
    "with \"text\", stores with texts";

void add_extend(CLI::App& command, std::ostream& out) {
  const auto extend = std::make_shared<Extend>();
  CLI::App* sub = command.add_subcommand("extend",
                                         "Give a vocabulary more tokens for a language or script, "
                                         "without changing others");
  sub->add_option("tokenizer", extend->tokenizer, "tokenizer.json")->required();
  sub->add_option("sources", extend->sources, kTexts)->required();
  sub->add_option("--size", extend->size, "How many tokens more")
      ->required()
      ->check(CLI::Range(1, data::kMaxTokenId));
  sub->add_option("--keep", extend->keep,
                  "Texts whose characters are not new; that their ids stay is checked")
      ->allow_extra_args(false);
  sub->add_option("--min-frequency", extend->min_frequency,
                  "How often a pair must stand in the texts to be merged")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  sub->add_option("--out", extend->out,
                  "tokenizer.json to write, or the folder for it; the file "
                  "must not exist")
      ->required();
  add_threads(*sub, extend->threads);
  sub->footer(
      "Example:\n  dsocr data tokenizer extend nano/tokenizer.json "
      "he.txt --keep english.txt --size "
      "512 --out runs/he");
  sub->callback([extend, &out] { run(*extend, out); });
}

}  // namespace

void add_tokenizer_command(CLI::App& app, std::ostream& out) {
  CLI::App* command = app.add_subcommand("tokenizer", "Make and measure vocabularies");
  command->require_subcommand(1);
  command->footer(
      "Example:\n  dsocr data tokenizer train book.txt --vocab "
      "2048 --out runs/vocabulary");

  const auto train = std::make_shared<Train>();
  CLI::App* sub = command->add_subcommand(
      "train", "Learn a byte-level BPE vocabulary from texts, for small networks");
  sub->add_option("sources", train->sources, kTexts)->required();
  sub->add_option("--vocab", train->vocab,
                  "Ids, with the special tokens and the 256 bytes; default: 2048");
  sub->add_option("--out", train->out,
                  "tokenizer.json to write, or the folder for it; the file "
                  "must not exist")
      ->required();
  sub->add_option("--config", train->config,
                  "Config file; `dsocr config explain data.tokenizer` lists its fields");
  sub->add_option("--set", train->sets, "Set a config field: min_frequency=5")
      ->type_name("KEY=VALUE");
  add_threads(*sub, train->threads);
  sub->footer(
      "Example:\n  dsocr data tokenizer train book.txt pages.h5 "
      "--vocab 2048 --out "
      "runs/vocabulary");
  sub->callback([train, &out] { run(*train, out); });
  add_extend(*command, out);
  add_fertility_command(*command, out);
}

}  // namespace dsocr

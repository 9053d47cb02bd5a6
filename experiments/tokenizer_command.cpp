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
#include "data/text/tokenizer_training.h"
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

void run(const Train& train, std::ostream& out) {
  std::vector<std::string> sets;
  if (train.vocab) sets.push_back("vocab_size=" + std::to_string(*train.vocab));
  sets.insert(sets.end(), train.sets.begin(), train.sets.end());
  const auto config =
      configs::read_config<data::TokenizerTrainingConfig>(configs::compose(train.config, sets));
  const std::filesystem::path file = file_of(train.out);
  if (std::filesystem::exists(file)) throw std::runtime_error(file.string() + " exists already");
  const data::Texts texts({train.sources.begin(), train.sources.end()});
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  train.threads > 0
                                      ? train.threads
                                      : static_cast<std::size_t>(tbb::info::default_concurrency()));
  std::optional<reports::Progress> counting, merging;
  counting.emplace("Counting", "texts", texts.size());
  const data::TrainedTokenizer trained = data::train_tokenizer(
      config, {.size = texts.size(),
               .text = [&](std::size_t i) { return texts.text(i); },
               .name = [&](std::size_t i) { return texts.name(i); },
               .counted = [&] { counting->advance(); },
               .merged =
                   [&] {
                     if (!merging) {
                       counting.reset();
                       merging.emplace("Merging", "merges",
                                       static_cast<std::size_t>(config.vocab_size) - 256 -
                                           config.special_tokens.size());
                     }
                     merging->advance();
                   }});
  counting.reset();
  merging.reset();
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
  reports::write_file(file, trained.json);
  data::Tokenizer::load(file);
  out << trained.vocab_size << " ids in " << file.string() << ", from " << trained.text_bytes
      << " bytes in " << texts.size() << " texts: " << trained.num_pieces << " pieces, "
      << trained.num_different_pieces << " of them different\n";
}

}  // namespace

void add_tokenizer_command(CLI::App& app, std::ostream& out) {
  CLI::App* command = app.add_subcommand("tokenizer", "Make vocabularies");
  command->require_subcommand(1);
  command->footer(
      "Example:\n  dsocr data tokenizer train book.txt --vocab 2048 --out runs/vocabulary");

  const auto train = std::make_shared<Train>();
  CLI::App* sub = command->add_subcommand(
      "train", "Learn a byte-level BPE vocabulary from texts, for small networks");
  sub->add_option("sources", train->sources,
                  "Texts, folders of *.txt and *.md, JSON Lines with \"text\", stores with texts")
      ->required();
  sub->add_option("--vocab", train->vocab,
                  "Ids, with the special tokens and the 256 bytes; default: 2048");
  sub->add_option("--out", train->out,
                  "tokenizer.json to write, or the folder for it; the file must not exist")
      ->required();
  sub->add_option("--config", train->config,
                  "Config file; `dsocr config explain data.tokenizer` lists its fields");
  sub->add_option("--set", train->sets, "Set a config field: min_frequency=5")
      ->type_name("KEY=VALUE");
  sub->add_option("--threads", train->threads, "0: one per core")
      ->capture_default_str()
      ->check(CLI::Range(0, 1024));
  sub->footer(
      "Example:\n  dsocr data tokenizer train book.txt pages.h5 --vocab 2048 --out "
      "runs/vocabulary");
  sub->callback([train, &out] { run(*train, out); });
}

}  // namespace dsocr

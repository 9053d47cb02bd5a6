#include "experiments/grow_command.h"

#include <filesystem>
#include <memory>
#include <ostream>
#include <stdexcept>

#include "data/text/tokenizer.h"
#include "data/text/tokenizer_extension.h"
#include "model/grow.h"
#include "model/lora.h"
#include "train/glyph_heads.h"

namespace dsocr {
namespace {

struct Grow {
  std::string folder, tokenizer, old_tokenizer, out;
};

void run(const Grow& grow, std::ostream& out) {
  const std::filesystem::path from = grow.folder, to = grow.out;
  if (model::is_lora_folder(from))
    throw std::runtime_error(grow.folder + " is an adapter: `dsocr model merge` makes it a model");
  const auto old =
      data::Tokenizer::load(grow.old_tokenizer.empty() ? from / "tokenizer.json"
                                                       : std::filesystem::path(grow.old_tokenizer));
  const auto grown = data::Tokenizer::load(grow.tokenizer);
  const model::VocabularyGrowth growth{.first_id = static_cast<std::int64_t>(old.vocab_size()),
                                       .old_ids = data::old_ids_of_new_tokens(old, grown)};
  const std::int64_t rows = model::grow_vocabulary(from, to, growth);
  std::filesystem::copy_file(grow.tokenizer, to / "tokenizer.json");
  // Glyphs have classes of their own.
  if (std::filesystem::exists(from / train::kGlyphHeadsFile))
    std::filesystem::copy_file(from / train::kGlyphHeadsFile, to / train::kGlyphHeadsFile);
  out << "Model: " << to.string() << "\n"
      << rows << " rows for the " << grown.vocab_size() << " ids of " << grow.tokenizer << ", "
      << growth.old_ids.size() << " of them new\n";
}

}  // namespace

void add_grow_command(CLI::App& model, std::ostream& out) {
  const auto grow = std::make_shared<Grow>();
  CLI::App* command = model.add_subcommand("grow",
                                           "Give a checkpoint rows for a vocabulary "
                                           "that was extended, means of old ones");
  command->add_option("folder", grow->folder, "Checkpoint")->required();
  command->add_option("--tokenizer", grow->tokenizer, "tokenizer.json with more ids")->required();
  command->add_option("--old-tokenizer", grow->old_tokenizer,
                      "tokenizer.json that the checkpoint was trained with; "
                      "default: the one in it");
  command->add_option("--out", grow->out, "Folder; it must not exist")->required();
  command->footer(
      "Example:\n  dsocr model grow experiments/001-nano/model "
      "--tokenizer runs/he/tokenizer.json "
      "--out runs/nano-he");
  command->callback([grow, &out] { run(*grow, out); });
}

}  // namespace dsocr

#include "experiments/model_command.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <tuple>

#include "configs/compose.h"
#include "configs/error.h"
#include "configs/json_reader.h"
#include "data/error.h"
#include "data/text/prompt.h"
#include "data/text/tokenizer.h"
#include "eval/parity/parity.h"
#include "experiments/grow_command.h"
#include "model/init.h"
#include "model/inventory.h"
#include "model/lora.h"
#include "model/weights/load.h"
#include "reports/manifest.h"
#include "reports/render.h"
#include "reports/run_dir.h"
#include "reports/tables.h"
#include "train/glyph_heads.h"

namespace dsocr {
namespace {

using nlohmann::ordered_json;

struct InitOptions {
  std::string preset;
  std::vector<std::string> sets;
  std::uint64_t seed = 0;
  std::string dtype = "bfloat16";
  std::string tokenizer;
  std::string encoder;
  std::string out;
  bool pass_through = false;
};

std::int64_t id_of(const data::Tokenizer& tokenizer, std::string_view token,
                   const std::filesystem::path& file) {
  const auto id = tokenizer.token_id(token);
  if (!id) throw data::DataError(file, "", "has no token " + std::string(token));
  return *id;
}

// Rows in groups that matrix products like.
constexpr std::int64_t kRowGroup = 8;

// The fields of a network that a tokenizer decides.
std::vector<std::string> sets_of(const data::Tokenizer& tokenizer,
                                 const std::filesystem::path& file) {
  const auto ids = static_cast<std::int64_t>(tokenizer.vocab_size());
  const std::int64_t rows = (ids + kRowGroup - 1) / kRowGroup * kRowGroup;
  const auto set = [](const char* field, std::int64_t value) {
    return std::string(field) + "=" + std::to_string(value);
  };
  return {set("decoder.vocab_size", rows),
          set("image_token_id", id_of(tokenizer, data::kImageToken, file)),
          set("bos_token_id", id_of(tokenizer, data::kBosToken, file)),
          set("eos_token_id", id_of(tokenizer, data::kEosToken, file))};
}

bool names(const std::vector<std::string>& sets, const std::string& field) {
  return std::any_of(sets.begin(), sets.end(),
                     [&](const std::string& set) { return set.starts_with(field + "="); });
}

// Of a preset; what --set names is taken as it is.
void require_fit(const model::ModelConfig& config, const data::Tokenizer& tokenizer,
                 const std::filesystem::path& file, const std::vector<std::string>& sets) {
  const auto ids = static_cast<std::int64_t>(tokenizer.vocab_size());
  if (ids > config.decoder.vocab_size && !names(sets, "decoder.vocab_size"))
    throw configs::ConfigError("decoder.vocab_size",
                               std::to_string(config.decoder.vocab_size) +
                                   " rows are too few for the " + std::to_string(ids) + " ids of " +
                                   file.string() + "; --tokenizer names another");
  for (const auto& [field, id, token] :
       {std::tuple{"image_token_id", config.image_token_id, data::kImageToken},
        {"bos_token_id", config.bos_token_id, data::kBosToken},
        {"eos_token_id", config.eos_token_id, data::kEosToken}}) {
    const std::int64_t known = id_of(tokenizer, token, file);
    if (id != known && !names(sets, field))
      throw configs::ConfigError(field, "is " + std::to_string(id) + ", but " + std::string(token) +
                                            " of " + file.string() + " is " +
                                            std::to_string(known));
  }
}

void init(const InitOptions& options, std::ostream& out) {
  const std::filesystem::path file = options.tokenizer.empty()
                                         ? data::default_tokenizer_file()
                                         : std::filesystem::path(options.tokenizer);
  const auto tokenizer = data::Tokenizer::load(file);
  std::vector<std::string> sets;
  if (!options.tokenizer.empty()) sets = sets_of(tokenizer, file);
  sets.insert(sets.end(), options.sets.begin(), options.sets.end());
  const auto config =
      configs::read_config<model::ModelConfig>(configs::compose("model/" + options.preset, sets));
  require_fit(config, tokenizer, file, options.sets);
  const auto dtype = model::parse_dtype(options.dtype);
  if (!dtype)
    throw configs::ConfigError("dtype", "must be float32 or bfloat16, not '" + options.dtype + "'");
  const std::filesystem::path folder = options.out;
  if (std::filesystem::exists(folder)) throw std::runtime_error(options.out + " exists already");
  model::DeepseekOcr network(config);
  model::init_weights(*network, options.seed, *dtype);
  if (options.pass_through) model::pass_vision_through(*network);
  if (!options.encoder.empty()) model::take_encoder(*network, *model::load_model(options.encoder));
  model::save_model(*network, folder);
  const auto heads = std::filesystem::path(options.encoder) / train::kGlyphHeadsFile;
  if (!options.encoder.empty() && std::filesystem::exists(heads))
    std::filesystem::copy_file(heads, folder / train::kGlyphHeadsFile);
  std::filesystem::copy_file(file, folder / "tokenizer.json");
  const model::Inventory inventory = model::take_inventory(*network);
  out << inventory.total.parameters << " parameters in " << options.out << "\n";
  if (!options.tokenizer.empty())
    out << config.decoder.vocab_size << " rows for the " << tokenizer.vocab_size() << " ids of "
        << options.tokenizer << "\n";
}

void info(const std::string& folder, std::ostream& out) {
  const model::DeepseekOcr network = model::load_model(folder);
  const model::Inventory inventory = model::take_inventory(*network);
  reports::Table table{"parts",
                       "Parts",
                       {{"part", "part"},
                        {"parameters", "parameters"},
                        {"active", "active per token"},
                        {"bytes", "bytes"}},
                       {}};
  const auto add = [&](const std::string& name, const model::PartSize& part) {
    table.rows.push_back({{"part", name},
                          {"parameters", part.parameters},
                          {"active", part.active},
                          {"bytes", part.bytes}});
  };
  for (const auto& [name, part] : inventory.parts) add(name, part);
  add("total", inventory.total);
  const model::ModelConfig& config = network->config;
  out << folder << "\n\n"
      << "  weights: " << model::dtype_name(network->dtype()) << "\n"
      << "  decoder: " << config.decoder.num_layers << " layers, " << config.decoder.num_experts
      << " experts, " << config.decoder.num_experts_per_token << " per token, "
      << config.decoder.max_positions << " positions\n"
      << "  attention: "
      << (config.decoder.sliding_window > 0
              ? "window of " + std::to_string(config.decoder.sliding_window) + " output tokens"
              : std::string("full"))
      << "\n\n"
      << reports::to_text(table);
}

// Of the commands that write a model from a folder with one.
struct SavedOptions {
  std::string folder, dtype, out;
};

void add_saved_options(CLI::App& command, SavedOptions& options) {
  command.add_option("--dtype", options.dtype, "float32 or bfloat16; default: as the weights are");
  command.add_option("--out", options.out, "Folder; it must not exist")->required();
}

// The dtype that was asked for, by default that of the weights.
model::LoadOptions load_options(const std::string& dtype) {
  model::LoadOptions load;
  if (dtype.empty()) return load;
  load.dtype = model::parse_dtype(dtype);
  if (!load.dtype)
    throw configs::ConfigError("dtype", "must be float32 or bfloat16, not '" + dtype + "'");
  return load;
}

// With the first tokenizer that one of these folders has.
void save(model::DeepseekOcrImpl& network, const std::filesystem::path& folder,
          std::initializer_list<std::filesystem::path> tokenizers, std::ostream& out) {
  model::save_model(network, folder);
  for (const auto& from : tokenizers) {
    if (!std::filesystem::exists(from / "tokenizer.json")) continue;
    std::filesystem::copy_file(from / "tokenizer.json", folder / "tokenizer.json");
    break;
  }
  out << "Model: " << folder.string() << "\n";
}

void require_new(const std::string& folder) {
  if (std::filesystem::exists(folder)) throw std::runtime_error(folder + " exists already");
}

void merge(const SavedOptions& options, std::ostream& out) {
  require_new(options.out);
  if (!model::is_lora_folder(options.folder))
    throw std::runtime_error(options.folder + " has no adapter_config.json");
  model::DeepseekOcr network = model::load_model(options.folder, load_options(options.dtype));
  model::merge_lora(*network);
  save(*network, options.out, {options.folder, model::lora_base(options.folder)}, out);
}

void convert(const SavedOptions& options, std::ostream& out) {
  require_new(options.out);
  if (model::is_lora_folder(options.folder))
    throw std::runtime_error(options.folder +
                             " is an adapter: `dsocr model merge` makes it a model");
  model::DeepseekOcr network = model::load_model(options.folder, load_options(options.dtype));
  save(*network, options.out, {options.folder}, out);
}

ordered_json check_row(const std::string& suite, const model::Check& check) {
  return {{"suite", suite},
          {"case", check.case_name},
          {"tensor", check.name},
          {"max_abs", check.max_abs},
          {"max_rel", check.max_rel},
          {"limit", check.limit},
          {"verdict", check.ok ? "ok" : "MISS"},
          {"note", check.note}};
}

std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, value == 0 ? "%.0f" : "%.1e", value);
  return text;
}

// The rows with their errors as people read them.
reports::Table for_people(reports::Table table) {
  for (ordered_json& row : table.rows)
    for (const char* key : {"max_abs", "max_rel"}) row[key] = short_number(row[key]);
  return table;
}

// The worst check of every case, and every miss: what a terminal can show of a thousand tensors.
reports::Table summary(const reports::Table& all) {
  reports::Table table = all;
  table.rows.clear();
  std::vector<std::pair<std::string, size_t>> worst;  // case -> row of its largest error
  for (size_t i = 0; i < all.rows.size(); ++i) {
    const ordered_json& row = all.rows[i];
    const std::string name = row["suite"].get<std::string>() + "/" + row["case"].get<std::string>();
    if (worst.empty() || worst.back().first != name) worst.emplace_back(name, i);
    if (row["max_rel"] > all.rows[worst.back().second]["max_rel"]) worst.back().second = i;
  }
  for (size_t i = 0, next = 0; i < all.rows.size(); ++i) {
    const bool is_worst = next < worst.size() && worst[next].second == i;
    if (is_worst) ++next;
    if (is_worst || all.rows[i]["verdict"] != "ok") table.rows.push_back(all.rows[i]);
  }
  return table;
}

struct VerifyOptions {
  std::string folder;
  std::string device = "cpu";
  std::string out;
  bool all = false;
};

void verify(const VerifyOptions& options, const std::vector<std::string>& command_line,
            std::ostream& out) {
  const c10::Device device = model::find_device(options.device);
  reports::Manifest manifest(command_line);
  manifest.set_device(options.device, 1);
  std::optional<reports::RunDir> dir;
  if (!options.out.empty()) dir.emplace(options.out, "verify");
  reports::Table table{"checks",
                       "Checks",
                       {{"suite", "suite"},
                        {"case", "case"},
                        {"tensor", "tensor"},
                        {"max_abs", "max abs error"},
                        {"max_rel", "relative"},
                        {"limit", "limit"},
                        {"verdict", "verdict"},
                        {"note", "note"}},
                       {}};
  ordered_json rows = ordered_json::array();
  size_t misses = 0;
  std::vector<std::string> skipped;
  for (const eval::ParitySuite& suite : eval::verify_golden(options.folder, device)) {
    if (!suite.skipped.empty()) skipped.push_back(suite.name + ": " + suite.skipped);
    for (const model::Check& check : suite.checks) {
      table.rows.push_back(check_row(suite.name, check));
      rows.push_back(table.rows.back());
      rows.back()["ok"] = check.ok;
      misses += !check.ok;
    }
  }
  const size_t count = table.rows.size();
  const std::string verdict = std::to_string(count - misses) + " of " + std::to_string(count) +
                              " checks of " + options.folder + " passed";
  out << reports::to_text(for_people(options.all ? table : summary(table))) << "\n";
  for (const std::string& line : skipped) out << "skipped " << line << "\n";
  out << verdict << "\n";
  if (dir) {
    dir->write_json("results.json", {{"rows", rows}, {"skipped", skipped}});
    dir->write_json("manifest.json", manifest.to_json());
    reports::write_document({"Parity with the original implementation",
                             {{"folder", options.folder}, {"verdict", verdict}},
                             {},
                             {for_people(table)},
                             {}},
                            dir->path());
  }
  if (misses > 0) throw std::runtime_error(std::to_string(misses) + " checks missed their limit");
}

}  // namespace

void add_model_command(CLI::App& app, const std::vector<std::string>& command_line,
                       std::ostream& out) {
  CLI::App* command = app.add_subcommand("model", "Make, describe and verify networks");
  command->require_subcommand(1);
  command->footer("Example:\n  dsocr model info runs/tiny");

  const auto make = std::make_shared<InitOptions>();
  CLI::App* init_command =
      command->add_subcommand("init", "Write a checkpoint with random weights");
  init_command
      ->add_option("--preset", make->preset, "full, nano, tiny, or another of presets/model")
      ->required();
  init_command->add_option("--set", make->sets, "Set a size: decoder.num_layers=2")
      ->type_name("KEY=VALUE");
  init_command->add_option("--seed", make->seed, "Seed of the weights");
  init_command->add_option("--dtype", make->dtype, "float32 or bfloat16");
  init_command->add_flag(
      "--pass-through", make->pass_through,
      "Let vision tokens start as the features of their patches side by side, for "
      "training from scratch");
  init_command->add_option(
      "--encoder", make->encoder,
      "Checkpoint whose encoder and projector are taken, with the heads that read glyphs of it");
  init_command->add_option(
      "--tokenizer", make->tokenizer,
      "tokenizer.json to put beside, whose ids give decoder.vocab_size (rounded up "
      "to a multiple of 8) and the ids of image, bos and eos; --set has the "
      "last word. Default: DeepSeek-OCR's, for presets of its vocabulary");
  init_command->add_option("--out", make->out, "Folder; it must not exist")->required();
  init_command->footer(
      "Example:\n  dsocr model init --preset tiny --seed 1 --out runs/tiny\n"
      "  dsocr model init --preset nano --tokenizer runs/vocabulary/tokenizer.json --out "
      "runs/nano");
  init_command->callback([make, &out] { init(*make, out); });

  const auto join = std::make_shared<SavedOptions>();
  CLI::App* merge_command =
      command->add_subcommand("merge", "Add a LoRA adapter to the weights that it belongs to");
  merge_command->add_option("adapter", join->folder, "Folder in PEFT's format")->required();
  add_saved_options(*merge_command, *join);
  merge_command->footer(
      "Example:\n  dsocr model merge runs/lora/checkpoints/step-00001000 --out runs/merged");
  merge_command->callback([join, &out] { merge(*join, out); });

  const auto other = std::make_shared<SavedOptions>();
  CLI::App* convert_command =
      command->add_subcommand("convert", "Write a checkpoint's weights in another dtype");
  convert_command->add_option("folder", other->folder, "Checkpoint")->required();
  add_saved_options(*convert_command, *other);
  convert_command->footer(
      "Example:\n  dsocr model convert runs/first/checkpoints/best --dtype bfloat16 --out "
      "runs/small");
  convert_command->callback([other, &out] { convert(*other, out); });

  add_grow_command(*command, out);

  const auto folder = std::make_shared<std::string>();
  CLI::App* info_command =
      command->add_subcommand("info", "Parts, parameters and bytes of a checkpoint");
  info_command->add_option("folder", *folder, "Checkpoint")->required();
  info_command->footer("Example:\n  dsocr model info runs/tiny");
  info_command->callback([folder, &out] { info(*folder, out); });

  const auto check = std::make_shared<VerifyOptions>();
  CLI::App* verify_command = command->add_subcommand(
      "verify", "Hold dsocr against numbers of the original implementation");
  verify_command->add_option("folder", check->folder, "Golden data, laid out as tests/golden")
      ->required();
  verify_command->add_option("--device", check->device, "cpu, cuda or cuda:N")
      ->capture_default_str();
  verify_command->add_option("--out", check->out, "Folder for the result; it must not exist");
  verify_command->add_flag("--all", check->all,
                           "Show every tensor, not only the worst of each case and the misses");
  verify_command->footer("Example:\n  dsocr model verify tests/golden");
  verify_command->callback([check, command_line, &out] { verify(*check, command_line, out); });
}

}  // namespace dsocr

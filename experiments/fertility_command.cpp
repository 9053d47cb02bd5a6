#include "experiments/fertility_command.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <memory>
#include <ostream>

#include "data/corpora/texts.h"
#include "data/text/characters.h"
#include "data/text/tokenizer.h"
#include "reports/progress.h"
#include "reports/render.h"
#include "reports/run_dir.h"
#include "reports/tables.h"

namespace dsocr {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kListed = 10;

// Up to here the picture goes.
constexpr std::size_t kMostTokens = 12;

struct Options {
  std::string tokenizer, out;
  std::vector<std::string> sources, reference;
};

using Paths = std::vector<std::filesystem::path>;

struct Group {
  std::string name;
  Paths paths;
};

// "he", "zh-Hans", "ru-RU": as files of one language are called.
bool is_language(const std::string& name) {
  const std::size_t dash = std::min(name.find('-'), name.size());
  const auto all = [](std::string_view part, int (*is)(int)) {
    return std::all_of(part.begin(), part.end(),
                       [is](char c) { return is(static_cast<unsigned char>(c)) != 0; });
  };
  const std::string_view language = std::string_view(name).substr(0, dash);
  const std::string_view rest = std::string_view(name).substr(std::min(dash + 1, name.size()));
  return (language.size() == 2 || language.size() == 3) && all(language, std::islower) &&
         (dash == name.size() || (!rest.empty() && all(rest, std::isalnum)));
}

// A file is a row, and so is a folder; one whose files are called by languages
// gives a row for each.
std::vector<Group> groups_of(const std::vector<std::string>& sources) {
  std::vector<Group> groups;
  for (const std::filesystem::path source : sources) {
    if (!std::filesystem::is_directory(source)) {
      groups.push_back({source.stem().string(), {source}});
      continue;
    }
    const Paths files = data::text_files(source);
    if (std::all_of(files.begin(), files.end(),
                    [](const auto& file) { return is_language(file.stem().string()); })) {
      for (const auto& file : files) groups.push_back({file.stem().string(), {file}});
    } else {
      groups.push_back({source.filename().empty() ? source.parent_path().filename().string()
                                                  : source.filename().string(),
                        {source}});
    }
  }
  for (std::size_t i = 0; i < groups.size(); ++i)
    for (std::size_t j = 0; j < groups.size(); ++j)
      if (i != j && groups[i].name == groups[j].name) groups[i].name = groups[i].paths[0].string();
  return groups;
}

std::string code_point(const std::string& character) {
  char text[16];
  std::snprintf(text, sizeof text, "U+%04X",
                static_cast<unsigned>(data::to_code_points(character).at(0)));
  return text;
}

reports::Table sizes(const std::vector<FertilityRow>& rows, bool has_reference) {
  reports::Table table{"fertility",
                       "Fertility",
                       {{"text", "text"},
                        {"characters", "characters"},
                        {"graphemes", "graphemes"},
                        {"words", "words"},
                        {"tokens", "tokens"},
                        {"per_character", "tokens a character", 3},
                        {"per_word", "tokens a word", 2},
                        {"whole_words", "words in one token, %", 1, 100},
                        {"broken", "characters in bytes, %", 2, 100},
                        {"partial", "tokens of a part of one, %", 1, 100},
                        {"missing", "unknown characters"},
                        {"to_reference", "times the reference", 2}},
                       {}};
  for (const auto& [name, of] : rows) {
    table.rows.push_back({{"text", name},
                          {"characters", of.characters},
                          {"graphemes", of.graphemes},
                          {"words", of.words},
                          {"tokens", of.tokens},
                          {"per_character", of.tokens_per_character()},
                          {"per_word", of.tokens_per_word()},
                          {"whole_words", of.whole_word_share()},
                          {"broken", of.broken_share()},
                          {"partial", of.partial_token_share()},
                          {"missing", of.num_missing}});
    const double reference = rows.front().fertility.tokens_per_character();
    if (has_reference && reference > 0)
      table.rows.back()["to_reference"] = of.tokens_per_character() / reference;
  }
  return reports::without_empty_columns(std::move(table));
}

reports::Table chains(const std::vector<FertilityRow>& rows) {
  reports::Table table{
      "longest",
      "Words of the most tokens",
      {{"text", "text"}, {"word", "word"}, {"tokens", "tokens"}, {"count", "seen"}},
      {}};
  for (const auto& [name, of] : rows)
    for (const data::Fertility::Chain& chain : of.longest)
      table.rows.push_back(
          {{"text", name}, {"word", chain.word}, {"tokens", chain.tokens}, {"count", chain.count}});
  return table;
}

reports::Table missing(const std::vector<FertilityRow>& rows) {
  reports::Table table{"missing",
                       "Characters without a token",
                       {{"text", "text"},
                        {"character", "character"},
                        {"code_point", "code point"},
                        {"count", "seen"}},
                       {}};
  for (const auto& [name, of] : rows)
    for (const data::Fertility::Missing& character : of.missing)
      table.rows.push_back({{"text", name},
                            {"character", character.character},
                            {"code_point", code_point(character.character)},
                            {"count", character.count}});
  return table;
}

reports::Figure words_figure(const std::vector<FertilityRow>& rows, bool has_reference) {
  reports::Panel panel;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const data::Fertility& of = rows[i].fertility;
    reports::Series series{
        .label = rows[i].name, .group = rows[i].name, .reference = has_reference && i == 0};
    const double all = static_cast<double>(std::max<std::uint64_t>(of.words, 1));
    std::uint64_t words = 0;
    for (std::size_t tokens = 1; tokens <= kMostTokens; ++tokens) {
      if (tokens <= of.words_by_tokens.size()) words += of.words_by_tokens[tokens - 1];
      series.points.push_back(
          {static_cast<double>(tokens), 100 * static_cast<double>(words) / all, {}, {}});
    }
    panel.series.push_back(std::move(series));
  }
  return {.name = "words",
          .title = "Words in so many tokens or fewer",
          .caption = "",
          .x = {"tokens", 0, {}},
          .y = {"words, %", 0, 100},
          .panels = {std::move(panel)}};
}

FertilityRow measure(const data::Tokenizer& tokenizer, const Group& group) {
  const data::Texts texts(group.paths);
  data::FertilityMeter meter(tokenizer);
  reports::Progress progress(group.name, "texts", texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    meter.add(texts.text(i));
    progress.advance();
  }
  return {group.name, meter.result(kListed)};
}

void run(const Options& options, std::ostream& out) {
  const auto tokenizer = data::Tokenizer::load(options.tokenizer);
  std::vector<Group> groups = groups_of(options.sources);
  const bool has_reference = !options.reference.empty();
  if (has_reference)
    groups.insert(groups.begin(),
                  {"reference", Paths(options.reference.begin(), options.reference.end())});
  std::vector<FertilityRow> rows;
  for (const Group& group : groups) rows.push_back(measure(tokenizer, group));
  const reports::Document document = fertility_report(options.tokenizer, rows, has_reference);
  for (const reports::Table& table : document.tables)
    out << table.title << "\n\n" << reports::to_text(table) << "\n";
  if (options.out.empty()) return;
  const reports::RunDir dir(options.out, "fertility");
  reports::write_document(document, dir.path());
  out << "Report: " << dir.file("report.md").string() << "\n";
}

}  // namespace

reports::Document fertility_report(const std::filesystem::path& tokenizer,
                                   const std::vector<FertilityRow>& rows, bool has_reference) {
  reports::Document document;
  document.title = "How " + tokenizer.string() + " writes texts";
  document.tables.push_back(sizes(rows, has_reference));
  document.tables.push_back(chains(rows));
  document.tables.push_back(missing(rows));
  document.figures.push_back(words_figure(rows, has_reference));
  document.notes = {
      "Characters are code points; graphemes, a character with "
      "its marks, and words are those of "
      "Unicode's annex 29.",
      "A character is in bytes when several tokens share it, "
      "unknown when it has no token of its "
      "own."};
  std::erase_if(document.tables, [](const reports::Table& table) { return table.rows.empty(); });
  return document;
}

void add_fertility_command(CLI::App& tokenizer, std::ostream& out) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = tokenizer.add_subcommand(
      "fertility", "Count the tokens that a vocabulary needs for texts, by language");
  command->add_option("tokenizer", options->tokenizer, "tokenizer.json")->required();
  command
      ->add_option("sources", options->sources,
                   "Texts, folders of them (a row each; by language where the "
                   "files are called so: "
                   "he.txt), JSON Lines with \"text\", stores with texts")
      ->required();
  command
      ->add_option("--reference", options->reference,
                   "Text that the vocabulary was made for; the first row")
      ->allow_extra_args(false);
  command->add_option("--out", options->out, "Folder for the report; it must not exist");
  command->footer(
      "Example:\n  dsocr data tokenizer fertility "
      "nano/tokenizer.json he.txt ru.txt --reference "
      "en.txt --out runs/fertility");
  command->callback([options, &out] { run(*options, out); });
}

}  // namespace dsocr

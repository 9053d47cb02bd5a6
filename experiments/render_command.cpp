#include "experiments/render_command.h"

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <sstream>

#include "configs/compose.h"
#include "configs/explain.h"
#include "configs/json_reader.h"
#include "configs/json_writer.h"
#include "data/corpora/rendered_corpus.h"
#include "experiments/make_store.h"

namespace dsocr {
namespace {

using nlohmann::json;

struct Render {
  std::string source, config, tokenizer;
  std::vector<std::string> sets;
  std::vector<configs::FieldDoc> fields = configs::explain_config<data::RenderConfig>();
  std::map<std::string, std::string> values;  // path of a field and what the command line says
  StoreOptions store;
};

bool is_list(const configs::FieldDoc& field) { return field.type.starts_with("list"); }

json parsed(const std::string& text) {
  json value = json::parse(text, nullptr, /*allow_exceptions=*/false);
  return value.is_discarded() || value.is_structured() ? json(text) : value;
}

// The options of fields come before --set, so that --set has the last word.
std::vector<std::string> all_sets(const Render& render) {
  std::vector<std::string> sets;
  for (const configs::FieldDoc& field : render.fields) {
    const auto found = render.values.find(field.path);
    if (found == render.values.end()) continue;
    json value = parsed(found->second);
    if (is_list(field)) {
      value = json::array();
      std::istringstream items(found->second);
      for (std::string item; std::getline(items, item, ',');) value.push_back(parsed(item));
    } else if (field.type == "string") {
      value = found->second;
    }
    sets.push_back(field.path + "=" + value.dump());
  }
  sets.insert(sets.end(), render.sets.begin(), render.sets.end());
  return sets;
}

void run(const Render& render, const std::vector<std::string>& command_line, std::ostream& out,
         std::ostream& err) {
  const auto config =
      configs::read_config<data::RenderConfig>(configs::compose(render.config, all_sets(render)));
  std::optional<data::Tokenizer> tokenizer;
  if (std::any_of(config.tokens.begin(), config.tokens.end(), [](auto n) { return n > 0; }))
    tokenizer =
        data::Tokenizer::load(render.tokenizer.empty() ? data::default_tokenizer_file()
                                                       : std::filesystem::path(render.tokenizer));
  const data::RenderedCorpus corpus(render.source, config, tokenizer ? &*tokenizer : nullptr,
                                    show_prepared());
  if (corpus.num_too_short() > 0)
    err << corpus.num_too_short() << " documents are too short for a page and left out\n";
  const std::string settings = configs::config_hash(json(configs::write_config(config)));
  make_store(corpus, settings, "Rendering", render.store, command_line, out, err);
}

std::string group_of(const std::string& path) {
  const std::size_t dot = path.find('.');
  if (dot == std::string::npos) return "Pages";
  return "Pages: " + path.substr(0, dot);
}

void add_field(CLI::App& app, const configs::FieldDoc& field, Render& render) {
  if (field.type == "object") return;
  std::string default_text = field.default_json;
  std::erase_if(default_text, [](char c) { return c == '[' || c == ']' || c == '"'; });
  std::string doc = field.doc;
  for (std::size_t i = 0; i < field.allowed.size(); ++i)
    doc += (i == 0 ? ": " : ", ") + field.allowed[i];
  const auto keep = [&render, path = field.path](const std::string& value) {
    render.values[path] = value;
  };
  CLI::Option* option = app.add_option_function<std::string>("--" + field.path, keep, doc);
  option->group(group_of(field.path))->type_name(is_list(field) ? "A[,B]" : "A");
  if (!default_text.empty()) option->default_str(default_text);
}

}  // namespace

void add_render_command(CLI::App& app, const std::vector<std::string>& command_line,
                        std::ostream& out, std::ostream& err) {
  const auto render = std::make_shared<Render>();
  CLI::App* command =
      app.add_subcommand("render", "Draw texts as pages with exact ground truth, into a store");
  command->add_option("source", render->source,
                      "Text, folder of *.txt and *.md, JSON Lines with \"text\", or a store with "
                      "texts; nothing with --text.generate");
  add_store_options(*command, render->store);
  command->add_option("--tokenizer", render->tokenizer,
                      "tokenizer.json that counts --tokens; default: DeepSeek-OCR's");
  command->add_option("--config", render->config,
                      "Config file or preset (render/fox-distorted); `dsocr config explain "
                      "data.render` lists its fields");
  command->add_option("--set", render->sets, "Set a config field")->type_name("KEY=VALUE");
  for (const configs::FieldDoc& field : render->fields) add_field(*command, field, *render);
  command->footer(
      "Two numbers A,B: each page draws between them. Names A,B,...: each page draws one.\n"
      "Lengths are pixels at 96 dpi.\n\n"
      "Examples:\n"
      "  dsocr data render book.txt --out book.h5 --font.px 12,20 --page.columns 1,2\n"
      "  dsocr data render --text.generate random --pages 100 --tokens 100,200,400 \\\n"
      "      --page.width 640 --page.height 640 --font.px 14 --out random.h5");
  command->callback([render, command_line, &out, &err] { run(*render, command_line, out, err); });
}

}  // namespace dsocr

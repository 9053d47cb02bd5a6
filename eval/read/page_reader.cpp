#include "eval/read/page_reader.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "configs/error.h"
#include "configs/json_writer.h"
#include "data/error.h"
#include "data/image/views.h"
#include "data/text/prompt.h"
#include "data/text/text_stream.h"
#include "model/generate/decoding.h"
#include "model/weights/load.h"

namespace dsocr::eval {
namespace {

struct NamedPrompt {
  const char* name;
  const char* text;
};
constexpr std::array kPrompts{
    NamedPrompt{"free", "<image>\nFree OCR."},
    NamedPrompt{"markdown", "<image>\n<|grounding|>Convert the document to markdown."},
    NamedPrompt{"ocr", "<image>\n<|grounding|>OCR this image."},
    NamedPrompt{"figure", "<image>\nParse the figure."},
    NamedPrompt{"describe", "<image>\nDescribe this image in detail."},
};

const char* stop_name(model::StopReason reason) {
  switch (reason) {
    case model::StopReason::kEos:
      return "eos";
    case model::StopReason::kLength:
      return "length";
    case model::StopReason::kLoop:
      return "loop";
  }
  return "";
}

model::PageInput page_input(const data::PageViews& views) {
  const auto bytes = [](const data::Image& image) {
    return model::RgbBytes{image.rgb, image.height, image.width};
  };
  std::vector<model::RgbBytes> tiles;
  for (const data::Image& tile : views.tiles) tiles.push_back(bytes(tile));
  return model::make_page(bytes(views.global), tiles, views.tiling.columns, views.tiling.rows);
}

// The tokenizer of the checkpoint; one without it is DeepSeek-OCR's own.
std::filesystem::path tokenizer_file(const std::filesystem::path& folder) {
  const auto file = folder / "tokenizer.json";
  return std::filesystem::exists(file) ? file : data::default_tokenizer_file();
}

model::LoadOptions load_options(const NetworkConfig& config) {
  if (config.folder.empty())
    throw configs::ConfigError("network.folder", "must name a checkpoint folder");
  model::LoadOptions options{.device = model::find_device(config.device)};
  if (config.dtype.empty()) return options;
  options.dtype = model::parse_dtype(config.dtype);
  if (!options.dtype)
    throw configs::ConfigError("network.dtype",
                               "must be float32 or bfloat16, not '" + config.dtype + "'");
  return options;
}

}  // namespace

std::string prompt_text(const std::string& name_or_text) {
  for (const NamedPrompt& prompt : kPrompts)
    if (name_or_text == prompt.name) return prompt.text;
  const size_t first = name_or_text.find(data::kImageToken);
  if (first == std::string::npos ||
      name_or_text.find(data::kImageToken, first + 1) != std::string::npos)
    throw configs::ConfigError("prompt",
                               "must be free, markdown, ocr, figure, describe, or a text "
                               "with one <image> in it, not '" +
                                   name_or_text + "'");
  return name_or_text;
}

struct PageReader::Parts {
  NetworkConfig config;
  std::filesystem::path tokenizer_path;
  data::Tokenizer tokenizer;
  model::DeepseekOcr network;

  std::vector<ReadToken> tokens_of(const model::Answer& answer) const {
    data::TextStream stream(tokenizer);
    std::vector<ReadToken> tokens;
    size_t end = 0;
    for (size_t i = 0; i < answer.ids.size(); ++i) {
      end += stream.push(answer.ids[i]).size();
      tokens.push_back({end, answer.probabilities[i]});
    }
    if (!tokens.empty()) tokens.back().end += stream.finish().size();
    return tokens;
  }

  model::Prompt prompt(uint64_t key, const data::Image& image, configs::VisionMode mode,
                       const std::string& text) {
    const data::PageViews views =
        data::make_views(image, mode, {.min_tiles = 2, .max_tiles = config.max_tiles});
    const auto tokens = static_cast<size_t>(
        configs::page_tokens(mode, views.page, {.min_tiles = 2, .max_tiles = config.max_tiles})
            .placeholders);
    model::Prompt prompt{.key = key, .ids = data::encode_prompt(tokenizer, text, {&tokens, 1})};
    const auto length = static_cast<int64_t>(prompt.ids.size());
    const int64_t positions = network->config.decoder.max_positions;
    if (length >= positions)
      throw data::DataError({}, "",
                            "its prompt has " + std::to_string(length) +
                                " tokens, and the decoder " + std::to_string(positions) +
                                " positions",
                            /*recoverable=*/true);
    prompt.pages.push_back(page_input(views));
    return prompt;
  }
};

PageReader::PageReader(const NetworkConfig& config, size_t threads) {
  const model::LoadOptions options = load_options(config);
  at::set_num_threads(static_cast<int>(threads));
  const std::filesystem::path tokenizer = tokenizer_file(config.folder);
  parts_ = std::make_unique<Parts>(Parts{config, tokenizer, data::Tokenizer::load(tokenizer),
                                         model::load_model(config.folder, options)});
  const auto image = parts_->tokenizer.token_id(data::kImageToken);
  if (!image || *image != parts_->network->config.image_token_id)
    throw data::DataError(tokenizer, "",
                          "its <image> is not the network's image token, " +
                              std::to_string(parts_->network->config.image_token_id));
}

PageReader::~PageReader() = default;

void PageReader::read(configs::VisionMode mode, const std::string& prompt, const Client& client) {
  std::unordered_map<uint64_t, data::TextStream> streams;
  model::GenerationClient generation;
  generation.next = [&]() -> std::optional<model::Prompt> {
    while (auto page = client.next()) {
      try {
        return parts_->prompt(page->first, page->second, mode, prompt);
      } catch (const data::DataError& error) {
        if (!error.recoverable()) throw;
        client.failed(page->first, error.what());
      }
    }
    return std::nullopt;
  };
  if (client.stream)
    generation.token = [&](uint64_t key, int32_t id) {
      data::TextStream& stream = streams.try_emplace(key, parts_->tokenizer).first->second;
      if (id != parts_->network->config.eos_token_id) client.stream(key, stream.push(id));
    };
  generation.done = [&](uint64_t key, model::Answer answer) {
    if (const auto it = streams.find(key); it != streams.end()) {
      client.stream(key, it->second.finish());
      streams.erase(it);
    }
    client.done(key, {.text = parts_->tokenizer.decode(answer.ids),
                      .tokens = parts_->tokens_of(answer),
                      .stop = stop_name(answer.reason),
                      .prompt_tokens = answer.prompt_tokens,
                      .new_tokens = static_cast<int64_t>(answer.ids.size()),
                      .first_token_s = answer.first_token_s,
                      .loop_period = answer.loop_period});
  };
  model::generate(*parts_->network, parts_->config.decoding, generation);
}

nlohmann::ordered_json PageReader::describe() const {
  return {{"model", parts_->config.folder},
          {"dtype", model::dtype_name(parts_->network->dtype())},
          {"device", parts_->config.device},
          {"decoding", configs::write_config(parts_->config.decoding)}};
}

std::vector<std::filesystem::path> PageReader::inputs() const {
  std::vector<std::filesystem::path> files = model::model_files(parts_->config.folder);
  files.push_back(parts_->tokenizer_path);
  return files;
}

}  // namespace dsocr::eval

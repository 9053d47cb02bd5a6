#include <nlohmann/json.hpp>

#include "configs/view.h"
#include "data/text/clean_up.h"
#include "data/text/grounding.h"
#include "eval/parity/parity.h"
#include "model/generate/ngram_block.h"
#include "reports/files.h"

namespace dsocr::eval {
namespace {

using nlohmann::json;

model::Check check_ngrams(const json& golden) {
  EqualCount count("ngram.json", "banned ids, window and Hugging Face");
  for (size_t i = 0; i < golden.size(); ++i) {
    const json& entry = golden[i];
    const auto tokens = entry.at("tokens").get<std::vector<int32_t>>();
    const std::string name = "entry " + std::to_string(i);
    const model::NgramBlock window{entry.at("ngram_size"), entry.at("window_size"),
                                   entry.at("whitelist").get<std::vector<int64_t>>()};
    count.add(json(model::blocked_tokens(window, tokens)) == entry.at("banned_window"),
              name + ", window");
    if (entry.contains("banned_hf_full"))
      count.add(
          json(model::blocked_tokens({.size = window.size}, tokens)) == entry["banned_hf_full"],
          name + ", Hugging Face");
  }
  return count.check();
}

json boxes_of(const std::vector<data::Reference>& references, const json& entry) {
  json boxes = json::array();
  for (const data::Reference& reference : references)
    for (const data::Box& box : reference.boxes) {
      const data::Box pixels =
          data::to_pixels(box, entry.at("image_width"), entry.at("image_height"));
      boxes.push_back(
          {{"label", reference.label}, {"box", {pixels.x1, pixels.y1, pixels.x2, pixels.y2}}});
    }
  return boxes;
}

model::Check check_clean_up(const json& golden) {
  EqualCount count("postprocess.json", "references, boxes and clean-up");
  const auto optional = [](const std::optional<std::string>& text) {
    return text ? json(*text) : json();
  };
  for (size_t i = 0; i < golden.size(); ++i) {
    const json& entry = golden[i];
    const auto input = entry.at("input").get<std::string>();
    const std::string name = "entry " + std::to_string(i) + ", ";
    const auto references = data::find_references(input);
    json labels = json::array();
    for (const data::Reference& reference : references)
      labels.push_back({reference.label, reference.det});
    count.add(labels == entry.at("refs"), name + "refs");
    count.add(boxes_of(references, entry) == entry.at("boxes"), name + "boxes");
    count.add(data::clean_up_image(input) == entry.at("hf_result"), name + "hf_result");
    count.add(data::clean_up_omnidocbench(input) == entry.at("eval_batch_result"),
              name + "eval_batch_result");
    count.add(optional(data::clean_up_pdf_page(input, 0)) == entry.at("pdf_page_result"),
              name + "pdf_page_result");
    count.add(optional(data::clean_up_pdf_page(input, 0, /*skip_repeat=*/false)) ==
                  entry.at("pdf_page_result_skip_repeat_off"),
              name + "pdf_page_result_skip_repeat_off");
  }
  return count.check();
}

model::Check check_tilings(const json& golden) {
  EqualCount count("tiling.json", "tile grids");
  for (const json& entry : golden)
    for (const int64_t max_tiles : {6, 9})
      for (const int64_t side : {640, 1024}) {
        const std::string key = "max" + std::to_string(max_tiles) + "_s" + std::to_string(side);
        const configs::Tiling tiling = configs::choose_tiling(
            {entry.at("w"), entry.at("h")}, side, {.min_tiles = 2, .max_tiles = max_tiles});
        count.add(json{tiling.columns, tiling.rows} == entry.at(key), entry.dump());
      }
  return count.check();
}

model::Check check_token_counts(const json& golden) {
  EqualCount count("token_counts.json", "tokens by mode and page size");
  for (const json& entry : golden)
    for (const auto& [name, theirs] : entry.at("modes").items()) {
      const auto mode = configs::parse_mode(name);
      if (!mode) {
        count.add(false, name);
        continue;
      }
      const configs::PageTokens ours = configs::page_tokens(*mode, {entry.at("w"), entry.at("h")});
      count.add(json{{"tiles_w_h", {ours.tiling.columns, ours.tiling.rows}},
                     {"n_tiles", ours.tiling.num_tiles()},
                     {"placeholders", ours.placeholders},
                     {"valid_img_tokens_hf", ours.valid_tokens_hf},
                     {"vision_tokens_no_special", ours.vision_tokens}} == theirs,
                name + " " + entry.at("w").dump() + " x " + entry.at("h").dump());
    }
  return count.check();
}

}  // namespace

std::vector<model::Check> verify_tables(const std::filesystem::path& folder) {
  constexpr std::pair<const char*, model::Check (*)(const json&)> kTables[] = {
      {"ngram.json", check_ngrams},
      {"postprocess.json", check_clean_up},
      {"tiling.json", check_tilings},
      {"token_counts.json", check_token_counts}};
  std::vector<model::Check> checks;
  for (const auto& [name, check] : kTables)
    if (std::filesystem::exists(folder / name))
      checks.push_back(check(json::parse(reports::read_file(folder / name))));
  return checks;
}

}  // namespace dsocr::eval

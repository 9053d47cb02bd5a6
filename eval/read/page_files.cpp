#include "eval/read/page_files.h"

#include <nlohmann/json.hpp>

#include "data/image/encode.h"
#include "data/image/overlay.h"
#include "data/text/clean_up.h"
#include "data/text/grounding.h"
#include "reports/files.h"

namespace dsocr::eval {
namespace {

using nlohmann::ordered_json;

ordered_json numbers(const data::Box& box) { return {box.x1, box.y1, box.x2, box.y2}; }

std::string trimmed(std::string_view text) {
  constexpr const char* kSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(kSpace) - first + 1));
}

// Without the text that stands for eos.
std::string_view without_eos(std::string_view output) {
  if (output.ends_with(data::kEosText)) output.remove_suffix(data::kEosText.size());
  return output;
}

void write_figures(const std::filesystem::path& folder, const data::Image& page,
                   const std::vector<data::Reference>& references) {
  size_t figure = 0;
  for (const data::Reference& reference : references) {
    if (reference.label != "image") continue;
    for (size_t i = 0; i < reference.boxes.size(); ++i) {
      const auto image =
          data::crop(page, data::to_pixels(reference.boxes[i], page.width, page.height));
      if (!image) continue;
      std::filesystem::create_directories(folder);
      const std::string name =
          std::to_string(figure) + (i > 0 ? "_" + std::to_string(i + 1) : "") + ".jpg";
      data::write_jpeg(folder / name, *image);
    }
    ++figure;
  }
}

}  // namespace

ordered_json page_layout(const data::Image& page, const std::string& output) {
  const std::string_view text = without_eos(output);
  const std::vector<data::Reference> references = data::find_references(text);
  ordered_json blocks = ordered_json::array();
  for (size_t i = 0; i < references.size(); ++i) {
    const data::Reference& reference = references[i];
    const size_t end = i + 1 < references.size() ? references[i + 1].begin : text.size();
    ordered_json grid = ordered_json::array(), pixels = ordered_json::array();
    for (const data::Box& box : reference.boxes) {
      grid.push_back(numbers(box));
      pixels.push_back(numbers(data::to_pixels(box, page.width, page.height)));
    }
    blocks.push_back({{"order", i + 1},
                      {"label", reference.label},
                      {"boxes", grid},
                      {"boxes_px", pixels},
                      {"text", trimmed(text.substr(reference.end, end - reference.end))}});
  }
  return {{"width", page.width}, {"height", page.height}, {"blocks", blocks}};
}

void write_page_files(const std::filesystem::path& folder, const data::Image& page,
                      const std::string& output) {
  std::filesystem::create_directories(folder);
  reports::write_file(folder / "page.md", data::clean_up_image(output) + "\n");
  reports::write_file(folder / "raw.txt", output);
  reports::write_file(folder / "layout.json", page_layout(page, output).dump(2) + "\n");
  const std::vector<data::Reference> references = data::find_references(output);
  std::vector<data::LabelledBox> boxes;
  for (const data::Reference& reference : references)
    for (const data::Box& box : reference.boxes)
      boxes.push_back({reference.label, data::to_pixels(box, page.width, page.height)});
  if (!boxes.empty()) data::write_png(folder / "boxes.png", data::draw_boxes(page, boxes));
  write_figures(folder / "images", page, references);
}

}  // namespace dsocr::eval

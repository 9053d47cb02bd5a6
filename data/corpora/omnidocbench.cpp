#include <algorithm>

#include "data/corpora/formats.h"
#include "data/error.h"
#include "data/records.h"

namespace dsocr::data {
namespace {

using nlohmann::json;

std::string text_of(const json& block) {
  for (const char* key : {"text", "latex", "html"}) {
    const json value = block.value(key, json());
    if (value.is_string() && !value.get_ref<const std::string&>().empty()) return value;
  }
  return "";
}

std::string language_of(const std::string& name) {
  if (name == "english") return "en";
  if (name == "simplified_chinese") return "zh-Hans";
  if (name == "traditional_chinese") return "zh-Hant";
  return "";  // en_ch_mixed, other
}

class OmniDocBench : public Corpus {
 public:
  explicit OmniDocBench(const std::filesystem::path& source) {
    std::filesystem::path file = source;
    if (std::filesystem::is_directory(source)) {
      std::vector<std::filesystem::path> files;
      for (const auto& entry : std::filesystem::directory_iterator(source))
        if (entry.path().extension() == ".json") files.push_back(entry.path());
      if (files.size() != 1)
        throw DataError(
            source, "",
            "has " + std::to_string(files.size()) + " JSON files; name the one to read");
      file = files[0];
    }
    folder_ = file.parent_path();
    records_ = read_records(file);
  }

  std::size_t size() const override { return records_.size(); }

  std::string id(std::size_t index) const override {
    const json& object = records_[index].json();
    const json path = object.value("page_info", json::object()).value("image_path", json());
    return path.is_string() ? path.get<std::string>() : records_[index].place();
  }

  Page page(std::size_t index) const override {
    try {
      return read(index);
    } catch (const json::exception&) {
      throw DataError(records_[index].file(), records_[index].place(), "is no page of OmniDocBench",
                      /*recoverable=*/true);
    }
  }

 private:
  Page read(std::size_t index) const {
    const json& object = records_[index].json();
    const json& info = object.at("page_info");
    const std::string name = info.at("image_path");
    const auto beside = folder_ / "images" / name;
    Page page{
        .id = name,
        .image = read_file(std::filesystem::exists(beside) ? beside : folder_ / name),
        .language = language_of(info.value("page_attribute", json::object()).value("language", "")),
        .split = "test"};
    const double width = info.at("width"), height = info.at("height");
    for (const json& item : object.at("layout_dets")) {
      const auto poly = item.at("poly").get<std::vector<double>>();
      if (poly.size() < 6) throw DataError("", name, "a polygon is none", /*recoverable=*/true);
      std::vector<double> x, y;
      for (size_t i = 0; i + 1 < poly.size(); i += 2) {
        x.push_back(poly[i]);
        y.push_back(poly[i + 1]);
      }
      const auto [left, right] = std::minmax_element(x.begin(), x.end());
      const auto [top, bottom] = std::minmax_element(y.begin(), y.end());
      const json order = item.value("order", json());
      page.blocks.push_back({.category = item.at("category_type"),
                             .box = {on_grid(*left / width), on_grid(*top / height),
                                     on_grid(*right / width), on_grid(*bottom / height)},
                             .order = order.is_number() ? order.get<std::int32_t>() - 1 : -1,
                             .text = text_of(item),
                             .confidence = 1,
                             .labeller = "human"});
    }
    page.text = in_reading_order(page.blocks);
    return page;
  }

  static std::string in_reading_order(const std::vector<Block>& blocks) {
    std::vector<const Block*> ordered;
    for (const Block& block : blocks)
      if (block.order >= 0 && !block.text.empty()) ordered.push_back(&block);
    std::stable_sort(ordered.begin(), ordered.end(),
                     [](const Block* a, const Block* b) { return a->order < b->order; });
    std::string text;
    for (const Block* block : ordered) text += (text.empty() ? "" : "\n\n") + block->text;
    return text;
  }

  std::filesystem::path folder_;
  std::vector<Record> records_;
};

}  // namespace

std::unique_ptr<Corpus> open_omnidocbench(const std::filesystem::path& source,
                                          const CorpusOptions&) {
  return std::make_unique<OmniDocBench>(source);
}

}  // namespace dsocr::data

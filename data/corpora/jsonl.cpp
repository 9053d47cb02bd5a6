#include <cmath>
#include <set>

#include "data/corpora/formats.h"
#include "data/error.h"
#include "data/records.h"

namespace dsocr::data {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const Record& record, const std::string& reason) {
  throw DataError(record.file(), record.place(), reason, /*recoverable=*/true);
}

std::string optional_string(const Record& record, const json& object, const char* key) {
  const auto it = object.find(key);
  if (it == object.end() || it->is_null()) return "";
  if (!it->is_string()) refuse(record, "field '" + std::string(key) + "' is not a string");
  return it->get<std::string>();
}

Block read_block(const Record& record, const json& object) {
  if (!object.is_object()) refuse(record, "a block is not an object");
  Block block;
  block.category = optional_string(record, object, "category");
  block.text = optional_string(record, object, "text");
  block.labeller = optional_string(record, object, "labeller");
  const auto box = object.find("box");
  if (box == object.end() || !box->is_array() || box->size() != 4)
    refuse(record, "a block has no box of four numbers");
  for (size_t i = 0; i < 4; ++i) {
    const json& side = (*box)[i];
    if (!side.is_number_integer() || side < 0 || side > 999)
      refuse(record, "a box has " + side.dump() + ", not a whole number from 0 to 999");
    block.box[i] = side.get<std::uint16_t>();
  }
  if (const auto order = object.find("order"); order != object.end() && !order->is_null()) {
    if (!order->is_number_integer() || *order < -1 || *order > 1'000'000'000)
      refuse(record, "a block has the order " + order->dump());
    block.order = order->get<std::int32_t>();
  }
  if (const auto value = object.find("confidence"); value != object.end() && !value->is_null()) {
    if (!value->is_number()) refuse(record, "a block has the confidence " + value->dump());
    block.confidence = value->get<float>();
  }
  return block;
}

class Jsonl : public Corpus {
 public:
  explicit Jsonl(const std::filesystem::path& file)
      : folder_(file.parent_path()), records_(read_records(file)) {}

  std::size_t size() const override { return records_.size(); }

  std::string id(std::size_t index) const override {
    const json& object = records_[index].json();
    for (const char* key : {"id", "image"})
      if (object.contains(key) && object[key].is_string()) return object[key];
    return records_[index].place();
  }

  Page page(std::size_t index) const override {
    const Record& record = records_[index];
    const json& object = record.json();
    Page page{.id = id(index)};
    try {
      page.text = record.string("text");
      page.image = read_file(folder_ / record.string("image"));
    } catch (const DataError& error) {
      throw DataError("", page.id, error.what(), /*recoverable=*/true);
    }
    page.language = optional_string(record, object, "language");
    page.split = optional_string(record, object, "split");
    if (const auto meta = object.find("meta"); meta != object.end() && !meta->is_null())
      page.meta = meta->dump();
    if (const auto blocks = object.find("blocks"); blocks != object.end()) {
      if (!blocks->is_array()) refuse(record, "field 'blocks' is not a list");
      for (const json& block : *blocks) page.blocks.push_back(read_block(record, block));
    }
    return page;
  }

 private:
  std::filesystem::path folder_;
  std::vector<Record> records_;
};

}  // namespace

std::unique_ptr<Corpus> open_jsonl(const std::filesystem::path& source, const CorpusOptions&) {
  return std::make_unique<Jsonl>(source);
}

}  // namespace dsocr::data

#include "data/corpora/formats.h"
#include "data/error.h"
#include "data/records.h"

namespace dsocr::data {
namespace {

using nlohmann::json;

// What a conversation says of its page.
struct Found {
  std::vector<std::string> images;
  std::vector<std::string> answers;
};

void add_image(Found& found, const json& image) {
  if (image.is_string()) found.images.push_back(image);
  // ms-swift also takes {"path": ...}, Hugging Face {"url": ...}.
  if (image.is_object())
    for (const char* key : {"path", "image", "url"})
      if (image.contains(key) && image[key].is_string()) {
        found.images.push_back(image[key]);
        return;
      }
}

void add_message(Found& found, const json& message) {
  const std::string role = message.value("role", message.value("from", ""));
  const json content =
      message.contains("content") ? message["content"] : message.value("value", json());
  std::string text;
  if (content.is_string()) text = content;
  if (content.is_array())
    for (const json& part : content) {
      const std::string type = part.is_object() ? part.value("type", "") : "";
      if (type == "text") text += part.value("text", "");
      if (type == "image" || type == "image_url")
        add_image(found, part.contains("image") ? part["image"] : part.value("image_url", part));
    }
  if (role == "assistant" || role == "gpt") found.answers.push_back(text);
}

class Chat : public Corpus {
 public:
  explicit Chat(const std::filesystem::path& file)
      : folder_(file.parent_path()), records_(read_records(file)) {}

  std::size_t size() const override { return records_.size(); }

  std::string id(std::size_t index) const override {
    const json& object = records_[index].json();
    if (object.contains("id") && object["id"].is_string()) return object["id"];
    try {
      const Found found = read(index);
      if (found.images.size() == 1) return found.images[0];
    } catch (const DataError&) {
      // page() says it.
    }
    return records_[index].place();
  }

  Page page(std::size_t index) const override {
    const Found found = read(index);
    if (found.images.size() != 1 || found.answers.size() != 1)
      throw DataError(records_[index].file(), records_[index].place(),
                      "has " + std::to_string(found.images.size()) + " images and " +
                          std::to_string(found.answers.size()) +
                          " answers of the assistant, not one each",
                      /*recoverable=*/true);
    return {
        .id = id(index), .image = read_file(folder_ / found.images[0]), .text = found.answers[0]};
  }

 private:
  Found read(std::size_t index) const {
    const json& object = records_[index].json();
    try {
      Found found;
      for (const char* key : {"images", "image"})
        if (object.contains(key)) {
          const json& images = object[key];
          for (const json& image : images.is_array() ? images : json::array({images}))
            add_image(found, image);
        }
      for (const char* key : {"messages", "conversations"})
        if (object.contains(key))
          for (const json& message : object[key]) add_message(found, message);
      return found;
    } catch (const json::exception&) {
      throw DataError(records_[index].file(), records_[index].place(), "is not a conversation",
                      /*recoverable=*/true);
    }
  }

  std::filesystem::path folder_;
  std::vector<Record> records_;
};

}  // namespace

std::unique_ptr<Corpus> open_chat(const std::filesystem::path& source, const CorpusOptions&) {
  return std::make_unique<Chat>(source);
}

}  // namespace dsocr::data

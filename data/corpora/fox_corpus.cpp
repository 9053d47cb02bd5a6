#include "data/corpora/formats.h"
#include "data/corpora/fox.h"
#include "data/error.h"

namespace dsocr::data {
namespace {

class Fox : public Corpus {
 public:
  explicit Fox(const std::filesystem::path& folder) : pages_(read_fox(folder)) {}

  std::size_t size() const override { return pages_.size(); }
  std::string id(std::size_t index) const override { return pages_[index].image; }

  Page page(std::size_t index) const override {
    const FoxPage& page = pages_[index];
    if (page.file.empty())
      throw DataError("", page.image, "its image is not there", /*recoverable=*/true);
    return {.id = page.image,
            .image = read_file(page.file),
            .text = page.text,
            .language = "en",
            .split = "test"};
  }

 private:
  std::vector<FoxPage> pages_;
};

}  // namespace

std::unique_ptr<Corpus> open_fox(const std::filesystem::path& source, const CorpusOptions&) {
  return std::make_unique<Fox>(source);
}

}  // namespace dsocr::data

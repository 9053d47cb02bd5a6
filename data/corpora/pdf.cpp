#include "data/image/pdf.h"

#include <algorithm>
#include <cmath>

#include "data/corpora/formats.h"
#include "data/error.h"
#include "data/image/encode.h"

namespace dsocr::data {
namespace {

std::uint16_t on_grid(double fraction) {
  return static_cast<std::uint16_t>(std::clamp(std::round(fraction * 999), 0.0, 999.0));
}

class Pdf : public Corpus {
 public:
  Pdf(const std::filesystem::path& source, double dpi) : dpi_(dpi) {
    if (!std::filesystem::is_directory(source)) {
      add(source, source.filename().string());
      return;
    }
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(source))
      if (entry.is_regular_file() && entry.path().extension() == ".pdf")
        files.push_back(entry.path());
    if (files.empty()) throw DataError(source, "", "has no *.pdf in it");
    std::sort(files.begin(), files.end());
    for (const auto& file : files)
      add(file, std::filesystem::relative(file, source).generic_string());
  }

  std::size_t size() const override { return pages_.size(); }

  std::string id(std::size_t index) const override {
    const Place& place = pages_[index];
    return files_[place.file].name + "#" + std::to_string(place.page + 1);
  }

  Page page(std::size_t index) const override {
    const Place& place = pages_[index];
    const File& file = files_[place.file];
    // Poppler's documents are for one thread each.
    const PdfDocument document(file.path);
    Page page{.id = id(index)};
    page.image = encode_png(document.render(place.page, dpi_), file.path);
    PdfText text = document.text(place.page);
    page.text = std::move(text.text);
    for (PdfText::Word& word : text.words)
      page.blocks.push_back({.category = "word",
                             .box = {on_grid(word.left), on_grid(word.top), on_grid(word.right),
                                     on_grid(word.bottom)},
                             .order = static_cast<std::int32_t>(page.blocks.size()),
                             .text = std::move(word.text),
                             .labeller = "pdf text layer"});
    return page;
  }

 private:
  struct File {
    std::filesystem::path path;
    std::string name;
  };
  struct Place {
    std::size_t file;
    int page;
  };

  // A PDF that cannot be opened is one bad page: page() says why.
  void add(const std::filesystem::path& file, const std::string& name) {
    files_.push_back({file, name});
    int count = 1;
    try {
      count = PdfDocument(file).num_pages();
    } catch (const DataError&) {
    }
    for (int page = 0; page < count; ++page) pages_.push_back({files_.size() - 1, page});
  }

  double dpi_;
  std::vector<File> files_;
  std::vector<Place> pages_;
};

}  // namespace

std::unique_ptr<Corpus> open_pdf(const std::filesystem::path& source,
                                 const CorpusOptions& options) {
  return std::make_unique<Pdf>(source, options.dpi);
}

}  // namespace dsocr::data

#include "data/corpora/layout_xml.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "data/error.h"

namespace dsocr::data {
namespace {

constexpr std::array kImageEndings{".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp"};

class LayoutXml : public Corpus {
 public:
  LayoutXml(const std::filesystem::path& source, const std::vector<std::string>& endings,
            ReadLayout read)
      : read_(read) {
    if (!std::filesystem::is_directory(source)) {
      files_.push_back(source);
      root_ = source.parent_path();
      return;
    }
    root_ = source;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(source)) {
      const std::string name = entry.path().filename().string();
      if (entry.is_regular_file() &&
          std::any_of(endings.begin(), endings.end(),
                      [&](const std::string& ending) { return name.ends_with(ending); }))
        files_.push_back(entry.path());
    }
    if (files_.empty()) throw DataError(source, "", "has no *" + endings[0] + " in it");
    std::sort(files_.begin(), files_.end());
  }

  std::size_t size() const override { return files_.size(); }

  std::string id(std::size_t index) const override {
    return std::filesystem::relative(files_[index], root_.empty() ? "." : root_).generic_string();
  }

  Page page(std::size_t index) const override {
    const auto& file = files_[index];
    pugi::xml_document document;
    const std::string content = read_file(file);
    const auto parsed = document.load_buffer(content.data(), content.size());
    if (!parsed)
      throw DataError(file, "",
                      std::string("is not XML: ") + parsed.description() + " at byte " +
                          std::to_string(parsed.offset),
                      /*recoverable=*/true);
    try {
      return make_page(index, read_(document));
    } catch (const std::runtime_error& error) {
      if (dynamic_cast<const DataError*>(&error)) throw;
      throw DataError(file, "", error.what(), /*recoverable=*/true);
    }
  }

 private:
  Page make_page(std::size_t index, LayoutPage layout) const {
    if (!(layout.width > 0 && layout.height > 0))
      throw std::runtime_error("says no size of the page");
    Page page{.id = id(index), .image = read_file(image_of(files_[index], layout.image))};
    std::stable_sort(
        layout.regions.begin(), layout.regions.end(), [](const auto& a, const auto& b) {
          return static_cast<std::uint32_t>(a.order) < static_cast<std::uint32_t>(b.order);
        });
    for (LayoutPage::Region& region : layout.regions) {
      if (region.order >= 0 && !region.text.empty())
        page.text += (page.text.empty() ? "" : "\n\n") + region.text;
      Block& block = page.blocks.emplace_back();
      block.category = std::move(region.category);
      block.box = {on_grid(region.left / layout.width), on_grid(region.top / layout.height),
                   on_grid(region.right / layout.width), on_grid(region.bottom / layout.height)};
      block.order = region.order;
      block.text = std::move(region.text);
      if (region.confidence >= 0)
        block.confidence = static_cast<float>(std::min(region.confidence, 1.0));
      block.labeller = layout.labeller.substr(0, 32);
    }
    return page;
  }

  static std::filesystem::path image_of(const std::filesystem::path& file,
                                        const std::string& named) {
    const auto folder = file.parent_path();
    if (!named.empty()) {
      // Names come from other machines: only their last part is looked for beside the file.
      const std::string last = named.substr(named.find_last_of("/\\") + 1);
      for (const auto& candidate : {folder / named, folder / last})
        if (std::filesystem::is_regular_file(candidate)) return candidate;
    }
    const std::string name = file.filename().string();
    const std::string stem = name.substr(0, name.find('.'));
    for (const char* ending : kImageEndings)
      if (std::filesystem::exists(folder / (stem + ending))) return folder / (stem + ending);
    throw DataError(
        file, "", named.empty() ? "has no image beside it" : "its image " + named + " is not there",
        /*recoverable=*/true);
  }

  std::filesystem::path root_;
  std::vector<std::filesystem::path> files_;
  ReadLayout read_;
};

}  // namespace

std::unique_ptr<Corpus> open_layout_xml(const std::filesystem::path& source,
                                        const std::vector<std::string>& endings, ReadLayout read) {
  return std::make_unique<LayoutXml>(source, endings, read);
}

}  // namespace dsocr::data

#pragma once

#include <filesystem>
#include <memory>
#include <pugixml.hpp>
#include <string>
#include <vector>

#include "data/corpora/corpora.h"

// What PAGE, ALTO and hOCR have in common: an XML file for each page, beside its image.
namespace dsocr::data {

/// What one file says. Boxes in the unit of `width` and `height`.
struct LayoutPage {
  struct Region {
    std::string category;
    double left, top, right, bottom;
    std::int32_t order = -1;
    std::string text = {};
    double confidence = -1;  // 0..1, below 0: not said
  };
  std::string image;  // file name, empty: not said
  double width = 0, height = 0;
  std::string labeller = {};
  std::vector<Region> regions = {};
};

using ReadLayout = LayoutPage (*)(const pugi::xml_document& document);

/// A corpus of one XML file, or of all with these endings in a folder and below it, by name. The
/// image is the one that the file names, else the one beside it that is called like it. The text
/// of a page is that of its regions in reading order, with empty lines between them. `read` throws
/// std::runtime_error for a document of another kind. Nothing outside the file is fetched.
std::unique_ptr<Corpus> open_layout_xml(const std::filesystem::path& source,
                                        const std::vector<std::string>& endings, ReadLayout read);

}  // namespace dsocr::data

#include <stdexcept>

#include "data/corpora/formats.h"
#include "data/corpora/layout_xml.h"

namespace dsocr::data {
namespace {

LayoutPage::Region region_of(const pugi::xml_node& node, const std::string& category) {
  const double left = node.attribute("HPOS").as_double(), top = node.attribute("VPOS").as_double();
  return {category, left, top, left + node.attribute("WIDTH").as_double(),
          top + node.attribute("HEIGHT").as_double()};
}

// Words of the block's lines; their mean confidence.
void read_text(const pugi::xml_node& block, LayoutPage::Region& region) {
  double sum = 0;
  int count = 0;
  for (const pugi::xml_node& line : block.children("TextLine")) {
    if (!region.text.empty()) region.text += "\n";
    for (const pugi::xml_node& node : line.children()) {
      const std::string name = node.name();
      if (name == "SP") region.text += " ";
      if (name == "HYP") region.text += node.attribute("CONTENT").as_string("-");
      if (name != "String") continue;
      region.text += node.attribute("CONTENT").value();
      if (const auto confidence = node.attribute("WC")) {
        sum += confidence.as_double();
        ++count;
      }
    }
  }
  if (count > 0) region.confidence = sum / count;
}

void add_blocks(const pugi::xml_node& parent, LayoutPage& page) {
  for (const pugi::xml_node& node : parent.children()) {
    const std::string name = node.name();
    if (name == "ComposedBlock") {
      add_blocks(node, page);
    } else if (name == "TextBlock") {
      LayoutPage::Region region = region_of(node, "text");
      read_text(node, region);
      region.order = static_cast<std::int32_t>(page.regions.size());
      page.regions.push_back(std::move(region));
    } else if (name == "Illustration") {
      page.regions.push_back(region_of(node, "figure"));
    } else if (name == "GraphicalElement") {
      page.regions.push_back(region_of(node, "graphic"));
    }
  }
}

LayoutPage read_alto(const pugi::xml_document& document) {
  const pugi::xml_node root = document.child("alto"), node = root.child("Layout").child("Page");
  if (!node) throw std::runtime_error("is no ALTO file with a page");
  const pugi::xml_node description = root.child("Description");
  LayoutPage page{
      .image = description.child("sourceImageInformation").child("fileName").text().get(),
      .width = node.attribute("WIDTH").as_double(),
      .height = node.attribute("HEIGHT").as_double(),
      .labeller = description.select_node(".//softwareName").node().text().get()};
  // Margins before the print space are read as the standard lists them: outside the text.
  for (const char* margin : {"TopMargin", "LeftMargin", "RightMargin", "BottomMargin"}) {
    const size_t before = page.regions.size();
    add_blocks(node.child(margin), page);
    for (size_t i = before; i < page.regions.size(); ++i) page.regions[i].order = -1;
  }
  add_blocks(node.child("PrintSpace"), page);
  return page;
}

}  // namespace

std::unique_ptr<Corpus> open_alto(const std::filesystem::path& source, const CorpusOptions&) {
  return open_layout_xml(source, {".xml"}, read_alto);
}

}  // namespace dsocr::data

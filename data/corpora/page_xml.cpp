#include <map>
#include <sstream>
#include <stdexcept>

#include "data/corpora/formats.h"
#include "data/corpora/layout_xml.h"

namespace dsocr::data {
namespace {

// The bounds of "x,y x,y ...".
void set_box(LayoutPage::Region& region, const char* points) {
  std::istringstream in(points);
  double x = 0, y = 0;
  char comma = 0;
  bool first = true;
  while (in >> x >> comma >> y) {
    region.left = first ? x : std::min(region.left, x);
    region.top = first ? y : std::min(region.top, y);
    region.right = first ? x : std::max(region.right, x);
    region.bottom = first ? y : std::max(region.bottom, y);
    first = false;
  }
  if (first) throw std::runtime_error("a region has the points '" + std::string(points) + "'");
}

// Of several readings the one with the lowest index stands first.
std::string text_of(const pugi::xml_node& node) {
  return node.child("TextEquiv").child("Unicode").text().get();
}

std::string lines_of(const pugi::xml_node& region) {
  std::string text = text_of(region);
  if (!text.empty()) return text;
  for (const pugi::xml_node& line : region.children("TextLine"))
    text += (text.empty() ? "" : "\n") + text_of(line);
  return text;
}

// Ids in reading order; groups within groups one after another.
void add_order(const pugi::xml_node& group, std::map<std::string, std::int32_t>& order) {
  for (const pugi::xml_node& child : group.children()) {
    if (const auto id = child.attribute("regionRef"))
      order.emplace(id.value(), static_cast<std::int32_t>(order.size()));
    add_order(child, order);
  }
}

void add_regions(const pugi::xml_node& parent, const std::map<std::string, std::int32_t>& order,
                 LayoutPage& page) {
  for (const pugi::xml_node& node : parent.children()) {
    const std::string name = node.name();
    if (!name.ends_with("Region")) continue;
    LayoutPage::Region region{node.attribute("type").as_string(name.c_str()), 0, 0, 0, 0};
    set_box(region, node.child("Coords").attribute("points").value());
    const auto place = order.find(node.attribute("id").value());
    if (place != order.end()) region.order = place->second;
    // Without a reading order, regions stand in it as in the file.
    if (order.empty()) region.order = static_cast<std::int32_t>(page.regions.size());
    region.text = lines_of(node);
    region.confidence = node.child("TextEquiv").attribute("conf").as_double(-1);
    page.regions.push_back(std::move(region));
    add_regions(node, order, page);
  }
}

LayoutPage read_page_xml(const pugi::xml_document& document) {
  const pugi::xml_node root = document.child("PcGts"), node = root.child("Page");
  if (!node) throw std::runtime_error("is no PAGE file");
  LayoutPage page{.image = node.attribute("imageFilename").value(),
                  .width = node.attribute("imageWidth").as_double(),
                  .height = node.attribute("imageHeight").as_double(),
                  .labeller = root.child("Metadata").child("Creator").text().get()};
  std::map<std::string, std::int32_t> order;
  add_order(node.child("ReadingOrder"), order);
  add_regions(node, order, page);
  return page;
}

}  // namespace

std::unique_ptr<Corpus> open_page_xml(const std::filesystem::path& source, const CorpusOptions&) {
  return open_layout_xml(source, {".xml"}, read_page_xml);
}

}  // namespace dsocr::data

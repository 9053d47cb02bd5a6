#include <array>
#include <cstdio>
#include <stdexcept>

#include "data/corpora/formats.h"
#include "data/corpora/layout_xml.h"

namespace dsocr::data {
namespace {

bool has_class(const pugi::xml_node& node, const char* name) {
  return std::string(" ")
             .append(node.attribute("class").value())
             .append(" ")
             .find(std::string(" ") + name + " ") != std::string::npos;
}

// What a property of the title says: "bbox" of `image "a.png"; bbox 0 0 10 20; ppageno 0`.
std::string property(const pugi::xml_node& node, const std::string& name) {
  std::string title = node.attribute("title").value();
  for (size_t begin = 0; begin < title.size();) {
    const size_t end = std::min(title.find(';', begin), title.size());
    const size_t start = std::min(title.find_first_not_of(' ', begin), end);
    const std::string part = title.substr(start, end - start);
    if (part.starts_with(name + " ")) return part.substr(name.size() + 1);
    begin = end + 1;
  }
  return "";
}

bool set_box(const pugi::xml_node& node, LayoutPage::Region& region) {
  return std::sscanf(property(node, "bbox").c_str(), "%lf %lf %lf %lf", &region.left, &region.top,
                     &region.right, &region.bottom) == 4;
}

std::string words_of(const pugi::xml_node& node, double& sum, int& count) {
  std::string text;
  for (const pugi::xpath_node& found : node.select_nodes(".//*[@class]")) {
    const pugi::xml_node word = found.node();
    if (!has_class(word, "ocrx_word")) continue;
    std::string content;
    for (const pugi::xpath_node& part : word.select_nodes(".//text()"))
      content += part.node().value();
    if (content.find_first_not_of(" \t\r\n") == std::string::npos) continue;
    text += (text.empty() ? "" : " ") + content;
    double confidence = 0;
    if (std::sscanf(property(word, "x_wconf").c_str(), "%lf", &confidence) == 1) {
      sum += confidence / 100;
      ++count;
    }
  }
  return text;
}

bool is_line(const pugi::xml_node& node) {
  for (const char* name : {"ocr_line", "ocr_caption", "ocr_textfloat", "ocr_header", "ocr_footer"})
    if (has_class(node, name)) return true;
  return false;
}

void read_text(const pugi::xml_node& paragraph, LayoutPage::Region& region) {
  double sum = 0;
  int count = 0;
  for (const pugi::xpath_node& found : paragraph.select_nodes("descendant-or-self::*[@class]")) {
    if (!is_line(found.node())) continue;
    const std::string line = words_of(found.node(), sum, count);
    if (!line.empty()) region.text += (region.text.empty() ? "" : "\n") + line;
  }
  if (count > 0) region.confidence = sum / count;
}

LayoutPage read_hocr(const pugi::xml_document& document) {
  pugi::xml_node root;
  for (const pugi::xpath_node& found : document.select_nodes("//*[@class]"))
    if (has_class(found.node(), "ocr_page")) {
      if (root) throw std::runtime_error("has several pages; one for each file is read");
      root = found.node();
    }
  if (!root) throw std::runtime_error("has no element of class ocr_page");
  LayoutPage page;
  page.image = property(root, "image");
  std::erase(page.image, '"');
  page.labeller = document.select_node("//meta[@name='ocr-system']/@content").attribute().value();
  LayoutPage::Region whole{"", 0, 0, 0, 0};
  if (!set_box(root, whole)) throw std::runtime_error("the page has no bbox");
  page.width = whole.right;
  page.height = whole.bottom;
  for (const char* unit : {"ocr_par", "ocr_line"}) {
    for (const pugi::xpath_node& found : root.select_nodes(".//*[@class]")) {
      if (!has_class(found.node(), unit)) continue;
      LayoutPage::Region region{"text", 0, 0, 0, 0};
      if (!set_box(found.node(), region)) continue;
      read_text(found.node(), region);
      region.order = static_cast<std::int32_t>(page.regions.size());
      if (!region.text.empty()) page.regions.push_back(std::move(region));
    }
    if (!page.regions.empty()) break;  // lines only where there are no paragraphs
  }
  return page;
}

}  // namespace

std::unique_ptr<Corpus> open_hocr(const std::filesystem::path& source, const CorpusOptions&) {
  return open_layout_xml(source, {".hocr", ".html", ".xhtml"}, read_hocr);
}

}  // namespace dsocr::data

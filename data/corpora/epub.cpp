#include "data/corpora/epub.h"

#include <zip.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <map>
#include <memory>
#include <pugixml.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

namespace dsocr::data {
namespace {

using std::filesystem::path;

constexpr zip_uint64_t kMaxBytes = 1 << 30;  // of all files: a small zip can unpack to anything
constexpr std::array<std::string_view, 13> kVoidElements{
    "area",  "base", "br",   "col",   "embed",  "hr", "img",
    "input", "link", "meta", "param", "source", "wbr"};

// A path within the folder, or an error: names in a zip may lead anywhere.
path inside(const path& folder, const path& name) {
  const path normal = name.lexically_normal();
  if (normal.empty() || normal.is_absolute() || *normal.begin() == "..")
    throw std::runtime_error("names a file outside of it: " + name.string());
  return folder / normal;
}

void unpack(const path& file, const path& folder) {
  int code = 0;
  const std::unique_ptr<zip_t, void (*)(zip_t*)> archive(zip_open(file.c_str(), ZIP_RDONLY, &code),
                                                         zip_discard);
  if (archive == nullptr) throw std::runtime_error("is no zip file, or damaged");
  zip_uint64_t left = kMaxBytes;
  for (zip_int64_t i = 0; i < zip_get_num_entries(archive.get(), 0); ++i) {
    const auto index = static_cast<zip_uint64_t>(i);
    const char* const name = zip_get_name(archive.get(), index, 0);
    if (name == nullptr) throw std::runtime_error("the zip file is damaged");
    const path target = inside(folder, name);
    if (std::string_view(name).ends_with('/')) continue;
    const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> in(
        zip_fopen_index(archive.get(), index, 0), zip_fclose);
    const auto fail = [&](const std::string& reason) {
      return std::runtime_error(std::string(name) + " in it " + reason);
    };
    if (in == nullptr) throw fail(std::string("cannot be read: ") + zip_strerror(archive.get()));
    std::filesystem::create_directories(target.parent_path());
    std::ofstream out(target, std::ios::binary);
    std::array<char, 1 << 16> buffer;
    zip_int64_t bytes = 0;
    while ((bytes = zip_fread(in.get(), buffer.data(), buffer.size())) > 0) {
      if (static_cast<zip_uint64_t>(bytes) > left) throw fail("makes it more than 1 GiB");
      left -= static_cast<zip_uint64_t>(bytes);
      out.write(buffer.data(), bytes);
    }
    if (bytes < 0) throw fail(std::string("is damaged: ") + zip_file_strerror(in.get()));
    if (!out.flush()) throw fail("cannot be written to " + target.string());
  }
}

std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  return name.substr(name.find(':') + 1);  // npos + 1 is 0
}

// All elements of this name, whatever their prefix, in the order of the document.
std::vector<pugi::xml_node> elements(const pugi::xml_node& root, std::string_view name) {
  struct Walker : pugi::xml_tree_walker {
    bool for_each(pugi::xml_node& node) override {
      if (local_name(node) == wanted) found.push_back(node);
      return true;
    }
    std::string_view wanted;
    std::vector<pugi::xml_node> found;
  } walker;
  walker.wanted = name;
  pugi::xml_node start = root;
  start.traverse(walker);
  return walker.found;
}

pugi::xml_document read_xml(const path& folder, const path& name) {
  pugi::xml_document document;
  if (const auto parsed = document.load_file(inside(folder, name).c_str()); !parsed)
    throw std::runtime_error(name.string() + " in it: " + parsed.description());
  return document;
}

// The path of a reference in a package: without "#part", %20 as a space.
std::string decoded(std::string_view reference) {
  reference = reference.substr(0, reference.find('#'));
  std::string text;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    unsigned char byte = 0;
    const char* const digits = reference.data() + i + 1;
    if (reference[i] == '%' && i + 2 < reference.size() &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      text += static_cast<char>(byte);
      i += 2;
    } else {
      text += reference[i];
    }
  }
  return text;
}

std::vector<path> spine(const path& folder) {
  const pugi::xml_document container = read_xml(folder, "META-INF/container.xml");
  const auto roots = elements(container, "rootfile");
  if (roots.empty()) throw std::runtime_error("its container.xml names no package");
  const path package = roots[0].attribute("full-path").value();
  const pugi::xml_document document = read_xml(folder, package);
  std::map<std::string, std::string> hrefs;
  for (const pugi::xml_node& item : elements(document, "item"))
    hrefs[item.attribute("id").value()] = decoded(item.attribute("href").value());
  std::vector<path> chapters;
  for (const pugi::xml_node& item : elements(document, "itemref")) {
    const std::string id = item.attribute("idref").value();
    if (!hrefs.contains(id))
      throw std::runtime_error("its spine names '" + id + "', which is none");
    chapters.push_back((package.parent_path() / hrefs[id]).lexically_normal());
    if (!std::filesystem::is_regular_file(inside(folder, chapters.back())))
      throw std::runtime_error(chapters.back().string() + " of its spine is not in it");
  }
  if (chapters.empty()) throw std::runtime_error("has no chapters");
  return chapters;
}

// Fonts may be scrambled, chapters not.
void refuse_protected(const path& folder, const std::vector<path>& chapters) {
  if (!std::filesystem::exists(folder / "META-INF" / "encryption.xml")) return;
  const pugi::xml_document encryption = read_xml(folder, "META-INF/encryption.xml");
  for (const pugi::xml_node& reference : elements(encryption, "CipherReference"))
    for (const path& chapter : chapters)
      if (decoded(reference.attribute("URI").value()) == chapter.generic_string())
        throw std::runtime_error("is protected against copying");
}

// XHTML's <title/> would be an HTML title that never ends. Entities stay as they are; what is not
// XML is left alone.
void make_html(const path& file) {
  pugi::xml_document document;
  constexpr unsigned kParse = (pugi::parse_default | pugi::parse_ws_pcdata) & ~pugi::parse_escapes;
  if (!document.load_file(file.c_str(), kParse)) return;
  struct Closer : pugi::xml_tree_walker {
    bool for_each(pugi::xml_node& node) override {
      if (node.type() == pugi::node_element && !node.first_child() &&
          std::find(kVoidElements.begin(), kVoidElements.end(), node.name()) == kVoidElements.end())
        empty.push_back(node);
      return true;
    }
    std::vector<pugi::xml_node> empty;
  } closer;
  document.traverse(closer);
  for (pugi::xml_node& node : closer.empty) node.append_child(pugi::node_pcdata);
  document.save_file(file.c_str(), "",
                     pugi::format_raw | pugi::format_no_escapes | pugi::format_no_declaration |
                         pugi::format_write_bom,
                     pugi::encoding_utf8);
}

}  // namespace

std::vector<path> unpack_epub(const path& file, const path& folder) {
  unpack(file, folder);
  std::vector<path> chapters = spine(folder);
  refuse_protected(folder, chapters);
  for (path& chapter : chapters) {
    chapter = folder / chapter;
    make_html(chapter);
  }
  return chapters;
}

}  // namespace dsocr::data

#include "reports/html.h"

#include <openssl/evp.h>

#include "reports/files.h"
#include "reports/tables.h"

namespace dsocr::reports {
namespace {

constexpr const char* kStyle = R"(
:root { color-scheme: light dark; --line: #8885; --soft: #8882; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; } h3 { font-size: 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; }
figure { margin: 1.5rem 0; } figure img { max-width: 100%; height: auto; background: #fff; }
figcaption { font-size: .9rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .6rem; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } th { background: var(--soft); }
.page { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
.page img { border: 1px solid var(--line); max-width: 100%; image-rendering: auto; }
.page div { flex: 1 1 18rem; min-width: 0; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--soft); padding: .5rem; margin: .2rem 0 1rem; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } }
)";

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

std::string base64(const std::string& bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(size));
  return out;
}

std::string image(const std::filesystem::path& file, const std::string& alt) {
  const std::string extension = file.extension().string();
  const std::string type = extension == ".svg"   ? "svg+xml"
                           : extension == ".jpg" ? "jpeg"
                                                 : extension.substr(1);
  return "<img alt=\"" + escaped(alt) + "\" src=\"data:image/" + type + ";base64," +
         base64(read_file(file)) + "\">";
}

std::string table_html(const Table& table) {
  std::string out = "<section><h2>" + escaped(table.title) +
                    "</h2>\n<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr>";
  for (const Column& column : table.columns)
    out += "<th scope=\"col\">" + escaped(column.title) + "</th>";
  out += "</tr></thead>\n<tbody>\n";
  for (const nlohmann::ordered_json& row : table.rows) {
    out += "<tr>";
    for (const Column& column : table.columns)
      out += "<td>" +
             escaped(format_cell(row.value(column.key, nlohmann::ordered_json()), column)) +
             "</td>";
    out += "</tr>\n";
  }
  return out + "</tbody></table></div></section>\n";
}

std::string example_html(const Example& example, const std::filesystem::path& folder) {
  std::string out = "<section><h3>" + escaped(example.title) + "</h3>\n<div class=\"page\">";
  if (!example.image.empty()) out += image(folder / example.image, example.title);
  out += "<div>";
  for (const auto& [label, text] : example.texts)
    out += "<strong>" + escaped(label) + "</strong><pre>" + escaped(text) + "</pre>";
  return out + "</div></div></section>\n";
}

}  // namespace

std::string to_html(const Document& document, const std::filesystem::path& folder) {
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
      escaped(document.title) + "</title>\n<style>" + kStyle +
      "</style></head>\n<body><main>\n<h1>" + escaped(document.title) + "</h1>\n<dl>\n";
  for (const auto& [name, value] : document.facts)
    out += "<dt>" + escaped(name) + "</dt><dd>" + escaped(value) + "</dd>\n";
  out += "</dl>\n";
  for (const Figure& figure : document.figures)
    out += "<figure>" + image(folder / (figure.name + ".svg"), figure.title) + "<figcaption>" +
           escaped(figure.caption) + "</figcaption></figure>\n";
  for (const Table& table : document.tables) out += table_html(table);
  if (!document.examples.empty()) out += "<h2>Pages</h2>\n";
  for (const Example& example : document.examples) out += example_html(example, folder);
  if (!document.notes.empty()) out += "<h2>Notes</h2>\n<ul>\n";
  for (const std::string& note : document.notes) out += "<li>" + escaped(note) + "</li>\n";
  if (!document.notes.empty()) out += "</ul>\n";
  return out + "</main></body></html>\n";
}

}  // namespace dsocr::reports

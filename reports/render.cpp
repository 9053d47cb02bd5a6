#include "reports/render.h"

#include <stdexcept>

#include "reports/files.h"
#include "reports/html.h"
#include "reports/plot.h"
#include "reports/tables.h"

namespace dsocr::reports {

namespace {

// Text that Markdown shows as it is: one line, no tags.
std::string plain_line(const std::string& text) {
  std::string line;
  for (const char c : text) {
    if (c == '\n')
      line += "\\n";
    else if (c == '<')
      line += "&lt;";
    else
      line += c;
  }
  return line;
}

}  // namespace

std::string to_markdown(const Document& document) {
  std::string out = "# " + document.title + "\n\n";
  for (const auto& [name, value] : document.facts)
    out += "- " + name + ": " + plain_line(value) + "\n";
  for (const Figure& figure : document.figures)
    out += "\n![" + figure.title + "](" + figure.name + ".svg)\n\n" + figure.caption + "\n";
  for (const Table& table : document.tables)
    out += "\n## " + table.title + "\n\n" + to_markdown(table);
  if (!document.examples.empty()) out += "\n## Pages\n";
  for (const Example& example : document.examples) {
    out += "\n### " + plain_line(example.title) + "\n\n";
    if (!example.image.empty()) out += "![" + example.title + "](" + example.image + ")\n\n";
    for (const auto& [label, text] : example.texts)
      out += "- " + label + ": " + plain_line(text) + "\n";
  }
  if (!document.notes.empty()) out += "\n## Notes\n\n";
  for (const std::string& note : document.notes) out += "- " + plain_line(note) + "\n";
  return out;
}

void write_document(const Document& document, const std::filesystem::path& folder) {
  write_file(folder / "report.json", to_json(document).dump(2) + "\n");
  write_file(folder / "report.md", to_markdown(document));
  for (const Table& table : document.tables)
    write_file(folder / (table.name + ".csv"), to_csv(table));
  draw_figures(document.figures, folder);
  write_file(folder / "report.html", to_html(document, folder));
}

Document read_document(const std::filesystem::path& folder) {
  const auto file = folder / "report.json";
  const std::string text = read_file(file);
  try {
    return document_from_json(nlohmann::ordered_json::parse(text));
  } catch (const std::exception& error) {
    throw std::runtime_error(file.string() + ": " + error.what());
  }
}

void publish(const std::filesystem::path& run, const std::filesystem::path& published,
             const std::string& name) {
  if (!is_file_name(name))
    throw std::runtime_error("cannot publish as '" + name + "': not a name for a file");
  Document document = read_document(run);
  const auto manifest = nlohmann::ordered_json::parse(read_file(run / "manifest.json"));
  const auto& tool = manifest.at("tool");
  if (tool.at("dirty").get<bool>() || tool.at("commit").get<std::string>().empty())
    document.title += " (not reproducible: built from uncommitted changes)";
  for (Figure& figure : document.figures) figure.name = name + "-" + figure.name;
  document.examples.clear();  // their images stay in the run's folder
  std::filesystem::create_directories(published);
  draw_figures(document.figures, published);
  const nlohmann::ordered_json both{{"manifest", manifest}, {"report", to_json(document)}};
  write_file(published / (name + ".json"), both.dump(1) + "\n");
  write_file(published / (name + ".md"), to_markdown(document));
}

}  // namespace dsocr::reports

#pragma once

#include <filesystem>

#include "reports/document.h"

namespace dsocr::reports {

/// The whole document in Markdown; pictures are linked by file name.
std::string to_markdown(const Document& document);

/// Writes report.json, report.md, report.html, NAME.csv for every table and NAME.svg, NAME.png for
/// every figure. Throws std::runtime_error naming the file that could not be written.
void write_document(const Document& document, const std::filesystem::path& folder);

/// Reads FOLDER/report.json. Throws std::runtime_error naming the file.
Document read_document(const std::filesystem::path& folder);

/// Puts what is worth committing of a run into `published`: NAME.json (report and manifest),
/// NAME.md and NAME-FIGURE.{svg,png}. A run of a changed work tree is marked "not reproducible" in
/// its title. Throws std::runtime_error for a name that is no file name.
void publish(const std::filesystem::path& run, const std::filesystem::path& published,
             const std::string& name);

}  // namespace dsocr::reports

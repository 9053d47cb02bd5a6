#pragma once

#include <filesystem>

#include "reports/document.h"

namespace dsocr::reports {

/// The whole document in Markdown; pictures are linked by file name.
std::string to_markdown(const Document& document);

/// Writes report.json, report.md, NAME.csv for every table and NAME.svg, NAME.png for every figure.
/// Throws std::runtime_error naming the file that could not be written.
void write_document(const Document& document, const std::filesystem::path& folder);

/// Reads FOLDER/report.json. Throws std::runtime_error naming the file.
Document read_document(const std::filesystem::path& folder);

/// Copies what is worth committing (report.json, manifest.json, report.md, pictures) of a run
/// folder to `published`/NAME.*; a run of a changed work tree is marked "not reproducible" in its
/// title.
void publish(const std::filesystem::path& run, const std::filesystem::path& published,
             const std::string& name);

}  // namespace dsocr::reports

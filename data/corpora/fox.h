#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace dsocr::data {

/// One page of Fox's page OCR task: the PDF's text layer, with its line breaks and ligatures.
struct FoxPage {
  std::string image;           // file name, "en_1.png"
  std::filesystem::path file;  // the image, empty when it is not beside the annotations
  std::string text;            // UTF-8
};

/// Reads FOLDER/en_page_ocr.json (spec: Fox, section 1), pages in the order of their numbers.
/// Images are looked for in FOLDER/en_pdf_png and FOLDER/images/en_pdf_png.
/// Throws DataError naming file, record and reason; a page twice or with an empty text is one.
std::vector<FoxPage> read_fox(const std::filesystem::path& folder);

/// Reads a file of {"image", "text"} records: the same pages with other texts (the corrupted sets,
/// exactly one text for every page of `pages`, in their order), or, when it names none of them, a
/// set of pages of its own. Throws DataError naming file, record and reason.
std::vector<FoxPage> read_fox_texts(const std::vector<FoxPage>& pages,
                                    const std::filesystem::path& file);

}  // namespace dsocr::data

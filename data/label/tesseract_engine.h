#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "data/image/image.h"
#include "data/label/labeller.h"

namespace dsocr::data {

/// Tesseract with the data of certain languages. For one thread, and on one thread: it starts none.
/// What it reads does not depend on the pages before.
class TesseractEngine {
 public:
  /// `languages`: codes, the main one first, whose files must be in the folder. Throws DataError
  /// for a file that Tesseract cannot load. A file that is damaged within its parts may end the
  /// process.
  TesseractEngine(const std::filesystem::path& folder, const std::vector<std::string>& languages);
  ~TesseractEngine();

  /// The languages whose data are loaded: those asked for, and those that these bring.
  std::vector<std::string> loaded() const;

  /// The parts of the page in Tesseract's order, boxes in pixels of the image. A page may lie on
  /// any of its sides. Throws a recoverable DataError when it fails.
  PageLabels read(const Image& image);

 private:
  struct Api;
  PageLabels recognize(const Image& image);

  std::unique_ptr<Api> api_;
};

/// Where Tesseract looks for data: TESSDATA_PREFIX, or where it was built for.
std::filesystem::path tesseract_folder();

/// The file of a language's data.
std::filesystem::path tesseract_file(const std::filesystem::path& folder,
                                     const std::string& language);

}  // namespace dsocr::data

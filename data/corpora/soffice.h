#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/corpora/corpus.h"

namespace dsocr::data {

struct OfficeFile {
  std::filesystem::path path;
  bool html = false;
};

/// What a file became: a PDF, or the reason why not.
struct OfficePdf {
  std::filesystem::path file = {};
  std::string problem = {};
};

/// Whether LibreOffice is there.
bool has_soffice();

/// The files as PDFs somewhere in `scratch`, by headless LibreOffice; in the order of the files.
/// Several files share one start, and one that cannot be read, hangs or crashes does not spoil
/// the others. Nothing is fetched from the network, and the user's profile is not touched.
std::vector<OfficePdf> convert_to_pdf(const std::vector<OfficeFile>& files,
                                      const std::filesystem::path& scratch,
                                      const Prepared& prepared = {});

}  // namespace dsocr::data

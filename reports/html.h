#pragma once

#include <filesystem>
#include <string>

#include "reports/document.h"

namespace dsocr::reports {

/// The whole document as one HTML page that needs no other file and no network: pictures (from
/// `folder`, where draw_figures() has put them) and the images of examples are inside of it. For
/// light and dark screens, narrow and wide ones. Throws std::runtime_error naming a file that
/// cannot be read.
std::string to_html(const Document& document, const std::filesystem::path& folder);

}  // namespace dsocr::reports

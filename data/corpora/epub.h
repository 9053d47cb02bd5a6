#pragma once

#include <filesystem>
#include <vector>

namespace dsocr::data {

/// Unpacks an EPUB (spec: EPUB 3.3; 2 too) into `folder` and returns its chapters in the order of
/// the spine, as HTML that LibreOffice reads. Throws std::runtime_error with the reason alone.
std::vector<std::filesystem::path> unpack_epub(const std::filesystem::path& file,
                                               const std::filesystem::path& folder);

}  // namespace dsocr::data

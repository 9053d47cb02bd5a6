#pragma once

#include <filesystem>
#include <fstream>

namespace dsocr::data {

/// Opens a file of the user's to read its bytes. Throws a recoverable DataError with the reason.
std::ifstream open_file(const std::filesystem::path& file);

}  // namespace dsocr::data

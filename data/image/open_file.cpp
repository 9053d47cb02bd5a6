#include "data/image/open_file.h"

#include <cerrno>
#include <system_error>

#include "data/error.h"

namespace dsocr::data {

std::ifstream open_file(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error))
    throw DataError(file, "", "is a folder, not a file", /*recoverable=*/true);
  std::ifstream in(file, std::ios::binary);
  if (!in)
    throw DataError(file, "", "cannot open: " + std::generic_category().message(errno),
                    /*recoverable=*/true);
  return in;
}

}  // namespace dsocr::data

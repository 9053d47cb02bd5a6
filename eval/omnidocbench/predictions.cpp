#include "eval/omnidocbench/predictions.h"

#include <stdexcept>

#include "data/error.h"
#include "eval/normalize/unicode.h"
#include "reports/files.h"

namespace dsocr::omnidocbench {
namespace {

constexpr uintmax_t kMaxBytes = uintmax_t{64} << 20;

std::string without_pdf(std::string name) {
  for (size_t at = name.find(".pdf"); at != name.npos; at = name.find(".pdf")) name.erase(at, 4);
  return name;
}

}  // namespace

std::optional<std::filesystem::path> find_prediction(const std::filesystem::path& folder,
                                                     const std::string& image) {
  const std::string stem = image.substr(0, image.size() < 4 ? 0 : image.size() - 4);
  for (const std::string& name :
       {stem + ".md", without_pdf(stem) + ".mmd", without_pdf(stem) + ".md", image + ".md"})
    if (std::filesystem::is_regular_file(folder / name)) return folder / name;
  return std::nullopt;
}

std::u32string read_prediction(const std::filesystem::path& file) {
  try {
    if (std::filesystem::file_size(file) > kMaxBytes)
      throw std::runtime_error("more than 64 MiB, no page has so much text");
    const std::u32string text = metrics::decode_utf8(reports::read_file(file));
    std::u32string lines;
    lines.reserve(text.size());
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == U'\r' && i + 1 < text.size() && text[i + 1] == U'\n') continue;
      lines.push_back(text[i] == U'\r' ? U'\n' : text[i]);
    }
    return lines;
  } catch (const std::exception& error) {
    throw data::DataError(file, "", error.what());
  }
}

}  // namespace dsocr::omnidocbench

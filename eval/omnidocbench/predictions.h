#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace dsocr::omnidocbench {

/// The Markdown file of a page in a folder of predictions, by the official rules for its name
/// (spec: OmniDocBench, section 2.2); nothing when there is none.
std::optional<std::filesystem::path> find_prediction(const std::filesystem::path& folder,
                                                     const std::string& image);

/// Its text, every line end as "\n". Throws data::DataError when the file cannot be read, is not
/// UTF-8 or is larger than 64 MiB.
std::u32string read_prediction(const std::filesystem::path& file);

}  // namespace dsocr::omnidocbench

#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "data/image/image.h"

namespace dsocr::eval {

/// What was read on one page, in files. `output` is the network's text with special tokens.
///   page.md        Markdown as the official code makes it, figures by link
///   raw.txt        `output`
///   layout.json    blocks in reading order: label, boxes on 0..999 and in pixels, text
///   boxes.png      the page with its boxes drawn on it, when there are any
///   images/k.jpg   figures: the first box of the k-th reference to an image; k_2.jpg, ... are the
///                  further boxes of the same reference
/// Makes the folder. Throws data::DataError or std::runtime_error naming the file.
void write_page_files(const std::filesystem::path& folder, const data::Image& page,
                      const std::string& output);

/// The content of layout.json.
nlohmann::ordered_json page_layout(const data::Image& page, const std::string& output);

}  // namespace dsocr::eval

#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "configs/schemas.h"
#include "eval/read/config.h"
#include "eval/read/page_reader.h"

namespace dsocr::eval {

/// What `dsocr read` found.
struct ReadResult {
  size_t num_pages = 0;
  std::vector<std::string> failures;  // one message for each page that could not be read
};

/// Reads image files and PDFs. One page is streamed to `text`; of several, each is written there
/// under its name when it is complete, unless there is an `out` folder: then files are written
/// there (see page_files.h), pages.json and, for every PDF, one Markdown file, and progress is
/// shown. A bad page is reported on `messages` at once, and the rest go on.
ReadResult read_pages(PageReader& reader, const ReadConfig& config,
                      const std::vector<std::filesystem::path>& files,
                      const std::optional<std::filesystem::path>& out, std::ostream& text,
                      std::ostream& messages);

configs::ConfigKind read_config_kind();

}  // namespace dsocr::eval

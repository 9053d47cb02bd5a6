#pragma once

#include <CLI/CLI.hpp>
#include <iosfwd>
#include <string>
#include <vector>

namespace dsocr {

/// Adds `dsocr bench tokenize|metrics`: one thread, beside PyPI tokenizers, rapidfuzz and nltk.
void add_text_benches(CLI::App& bench, const std::vector<std::string>& command_line,
                      std::ostream& out);

}  // namespace dsocr

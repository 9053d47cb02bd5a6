#pragma once

#include <CLI/CLI.hpp>
#include <iosfwd>

namespace dsocr {

/// `dsocr data tokenizer train|extend|fertility`.
void add_tokenizer_command(CLI::App& app, std::ostream& out);

}  // namespace dsocr

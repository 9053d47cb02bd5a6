#pragma once

#include <CLI/CLI.hpp>
#include <iosfwd>

namespace dsocr {

/// `dsocr model grow`: a checkpoint for a vocabulary that `dsocr data tokenizer
/// extend` has grown.
void add_grow_command(CLI::App& model, std::ostream& out);

}  // namespace dsocr

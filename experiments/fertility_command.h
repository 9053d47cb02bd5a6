#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "data/text/fertility.h"
#include "reports/document.h"

namespace dsocr {

/// A row of the report: "he" of he.txt.
struct FertilityRow {
  std::string name;
  data::Fertility fertility;
};

/// Tables and a picture of how a vocabulary writes texts. The first row is what
/// the others are held against where `has_reference`.
reports::Document fertility_report(const std::filesystem::path& tokenizer,
                                   const std::vector<FertilityRow>& rows, bool has_reference);

/// `dsocr data tokenizer fertility`.
void add_fertility_command(CLI::App& tokenizer, std::ostream& out);

}  // namespace dsocr

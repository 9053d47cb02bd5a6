#pragma once

#include <CLI/CLI.hpp>
#include <iosfwd>
#include <string>
#include <vector>

#include "data/corpora/pack.h"

namespace dsocr {

/// What commands that make a store are told about it.
struct StoreOptions {
  std::string out = {}, licence = {}, date = {};
  bool resume = false;
  data::PackOptions pack = {};
};

void add_store_options(CLI::App& app, StoreOptions& options);

/// A progress bar for documents that are made ready before their pages can be counted.
data::Prepared show_prepared();

/// Packs the corpus with a progress bar called `title` and says what came of it. A run goes on only
/// where one was ended whose `settings` and pages have the same names.
void make_store(const data::Corpus& corpus, const std::string& settings, const std::string& title,
                StoreOptions options, const std::vector<std::string>& command_line,
                std::ostream& out, std::ostream& err);

}  // namespace dsocr

#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "data/hdf5/page_store.h"
#include "reports/document.h"

namespace dsocr {

/// A labelled part of a page, with what is known of it.
struct LabelledPart {
  std::string language, category, labeller;
  double confidence = 0;
  bool kept = false;
  std::size_t length = 0;            // code points
  std::optional<double> error = {};  // share of it that is wrong, where the page's text is known
};

/// Texts that are known to be right, by the page's id. A page without one has none.
using TrueTexts = std::map<std::string, std::string>;
TrueTexts true_texts(const data::PageStore& store);

/// The parts of all pages of a labelled store.
std::vector<LabelledPart> labelled_parts(const data::PageStore& labelled, const TrueTexts& truth);

/// pages, parts, kept (share of the characters), and where texts are known error_kept and error_all
/// (shares of wrong characters).
std::vector<std::pair<std::string, double>> label_numbers(const std::vector<LabelledPart>& parts,
                                                          std::uint64_t pages);

/// Kept and rejected by language, by category and by labeller.
std::vector<reports::Table> label_tables(const std::vector<LabelledPart>& parts);

/// Each engine of a labelled store and all together: pages without labels, seconds a page, and
/// where texts are known the mean over pages of the normalised edit distance, with its interval.
reports::Table engine_table(const data::PageStore& labelled,
                            const std::vector<std::filesystem::path>& label_files,
                            const data::PageStore& pages);

}  // namespace dsocr

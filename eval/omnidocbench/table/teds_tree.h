#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "eval/omnidocbench/table/tree_edit_distance.h"

namespace dsocr::omnidocbench {

/// Numbers for texts, shared by the two tables of a pair.
using TedsNames = std::unordered_map<std::string, uint32_t>;

/// What a node of the tree of a table is compared by.
struct TedsLabel {
  uint32_t kind = 0;              // number of tag, and of colspan and rowspan for a td
  bool is_cell = false;           // a td
  std::vector<uint32_t> content;  // of a td: numbers of characters and of inner tags

  bool operator==(const TedsLabel&) const = default;
};

/// The tree of a table (spec: OmniDocBench, section 7): its elements but for those inside cells.
struct TedsTree {
  OrderedTree tree;
  std::vector<TedsLabel> labels;  // the different ones
  size_t num_elements = 0;        // below the table, those inside cells included

  bool operator==(const TedsTree&) const = default;
};

/// Reads the first table in the body with libxml2's HTML parser in the way of lxml.html.fromstring;
/// nullopt when there is none, or when a span is no number. Takes time about linear in the length;
/// elements deeper than libxml2's limit (256) end the document. Throws std::runtime_error for a tag
/// with too many attributes (kMostTedsAttributes).
std::optional<TedsTree> read_teds_tree(std::u32string_view html, TedsNames& names);

}  // namespace dsocr::omnidocbench

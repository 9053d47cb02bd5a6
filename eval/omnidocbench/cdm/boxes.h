#pragma once

#include <optional>
#include <string>
#include <vector>

namespace dsocr::omnidocbench::cdm {

/// In pixels of the cropped image.
struct Box {
  int left = 0, top = 0, right = 0, bottom = 0;
  bool operator==(const Box&) const = default;
};

struct TokenBox {
  std::string token;
  std::optional<Box> box;  // none when no pixel has the token's colour
  bool operator==(const TokenBox&) const = default;
};

/// A formula as it was typeset: the cropped image's size in pixels and its tokens in the order of
/// the source.
struct TypesetFormula {
  int width = 0, height = 0;
  std::vector<TokenBox> tokens;
  bool operator==(const TypesetFormula&) const = default;
};

}  // namespace dsocr::omnidocbench::cdm

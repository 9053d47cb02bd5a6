#pragma once

#include <vector>

namespace dsocr::data {

// A list of numbers is one value, or two that each page draws between; a list of anything else is
// what each page draws one of.
using Range = std::vector<double>;

/// Strengths from 0 (off) to 1 (about as bad as people can still read at 20 pixels).
struct DegradeConfig {
  Range scan = {0}, texture = {0}, light = {0}, skew = {0}, blur = {0}, noise = {0}, jpeg = {0};

  template <class V>
  void fields(V& v) {
    const auto strength = [&](const char* name, Range& range, const char* doc) {
      v(name, range, doc, {.min = 0, .max = 1, .min_items = 1, .max_items = 2});
    };
    strength("scan", scan, "print and scan: spread ink, specks, and some of all the others");
    strength("texture", texture, "grain of the paper");
    strength("light", light, "one side darker than the other");
    strength("skew", skew, "turned by up to 5 degrees");
    strength("blur", blur, "out of focus");
    strength("noise", noise, "of the camera");
    strength("jpeg", jpeg, "kept as JPEG, quality 95 down to 10");
  }
};

}  // namespace dsocr::data

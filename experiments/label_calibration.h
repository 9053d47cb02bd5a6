#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "experiments/labelling.h"

namespace dsocr {

struct CalibrationOptions {
  std::vector<std::string> stores;  // of pages with texts that are right
  LabellingOptions labelling;       // but for its store and files
  std::string out;                  // folder, which must not exist
  std::size_t threads = 0;          // 0: one per core
};

/// Labels the pages, learns how far each engine and what they say together can be trusted, and
/// writes calibration.json and a report with the reliability into the folder.
void calibrate_labels(const CalibrationOptions& options,
                      const std::vector<std::string>& command_line, std::ostream& out);

}  // namespace dsocr

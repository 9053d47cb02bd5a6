#pragma once

#include <memory>
#include <string>

#include "data/label/labeller.h"

namespace dsocr::data {

/// Tesseract 5. `arguments`: languages by the names of its data joined by +, the main one first
/// ("heb+eng"), or "auto" or nothing: the one language that each page says it is in, English where
/// it says none. A further language may cost more than it brings: on the Chinese demo pages of
/// OmniDocBench the edit distance is 0.34 with chi_sim and 0.46, in 1.6 times the time, with
/// chi_sim+eng. Regions are Tesseract's paragraphs, tables and pictures in its order, confidences
/// its own (of lines and parts: the mean over characters). Throws DataError for a language that is
/// unknown (with the nearest names), or whose data are not there (with the package to install) or
/// damaged.
std::unique_ptr<Labeller> open_tesseract(const std::string& arguments);

}  // namespace dsocr::data

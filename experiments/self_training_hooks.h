#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "train/recipes/self_training.h"

namespace dsocr {

/// What `dsocr train` with self_training labels pages with (`dsocr data label`), and what it says
/// of the pages that a round's model reads: cer and wer over all pages together with the ends of
/// cer's interval, cer_median, loops (share of answers without an end); of grounded answers also
/// layout_f1 and layout_map.
train::SelfTrainingHooks self_training_hooks(const std::vector<std::string>& command_line,
                                             std::ostream& out, std::ostream& err);

}  // namespace dsocr

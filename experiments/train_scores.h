#pragma once

#include "train/validation.h"

namespace dsocr {

/// What `dsocr train` says of the pages that it reads: cer (edits of all pages over the code points
/// of their texts), precision (of Fox, mean over pages), exact (share of pages without an edit).
train::TextScorer train_scorer();

}  // namespace dsocr

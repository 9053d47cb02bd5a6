#pragma once

#include <cstdint>

#include "data/text/tokenizer.h"
#include "model/deepseek_ocr.h"
#include "train/config.h"

namespace dsocr::train {

struct ValidationNumbers {
  double loss = 0;      // mean over labels
  double accuracy = 0;  // share of labels that are the likeliest id after the true text before them
  std::int64_t num_pages = 0, num_labels = 0;
};

/// Teacher-forced numbers of the first pages of the validation store. The network is in training
/// mode before and after. Throws data::DataError.
ValidationNumbers validate(model::DeepseekOcrImpl& network, const TrainConfig& config,
                           const data::Tokenizer& tokenizer);

}  // namespace dsocr::train

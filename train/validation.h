#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "data/text/tokenizer.h"
#include "model/deepseek_ocr.h"
#include "train/config.h"
#include "train/parallel/group.h"

namespace dsocr::train {

/// Scores of texts that were read, by name ("cer"): pairs of truth and reading. Who joins the
/// libraries gives it; training knows no metrics.
using TextPairs = std::vector<std::pair<std::string, std::string>>;
using TextScorer =
    std::function<std::vector<std::pair<std::string, double>>(const TextPairs& truth_and_reading)>;

/// A page that was read.
struct ReadPage {
  std::uint64_t place = 0;  // in the store
  std::string id = {}, truth = {}, reading = {};
  std::string png = {};  // what the encoder sees of the whole page; only of pages that are shown
};

/// How well the network writes pages that it is not trained on.
struct ValidationNumbers {
  double loss = 0;      // mean over labels, teacher-forced
  double accuracy = 0;  // share of labels that were the most likely id, teacher-forced
  std::int64_t num_pages = 0, num_labels = 0;
  // The pages read and their scores; of the first process only.
  std::vector<ReadPage> read = {};
  std::vector<std::pair<std::string, double>> scores = {};
};

/// Each process of the group takes its share of the pages. The network is in training mode
/// afterwards. Throws data::DataError for the store, and GroupError.
ValidationNumbers validate(model::DeepseekOcrImpl& network, const TrainConfig& config,
                           const data::Tokenizer& tokenizer, const TextScorer& scorer,
                           Group& group);

}  // namespace dsocr::train

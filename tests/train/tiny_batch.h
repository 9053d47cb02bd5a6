#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/tiny_model.h"
#include "train/batch.h"

namespace dsocr::test {

/// Row i is the tiny page `first` + i, then so many ids that are learnt.
inline train::TrainBatch batch_of(const std::vector<std::size_t>& lengths,
                                  std::uint64_t first = 0) {
  std::int64_t columns = 0;
  std::vector<torch::Tensor> rows;
  for (const std::size_t length : lengths) {
    rows.push_back(id_tensor(tiny_prompt(1, length, first + rows.size())));
    columns = std::max(columns, rows.back().size(0));
  }
  const std::vector<std::int64_t> shape{static_cast<std::int64_t>(rows.size()), columns};
  train::TrainBatch batch;
  batch.sequences.ids_BT = torch::full(shape, train::kPadId, torch::kInt64);
  batch.sequences.mask_BT = torch::zeros(shape, torch::kBool);
  batch.sequences.wanted_BT = torch::zeros(shape, torch::kBool);
  batch.sequences.balances_padding = false;
  std::vector<torch::Tensor> labels;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i), length = static_cast<std::int64_t>(lengths[i]);
    const std::int64_t start = rows[i].size(0) - length;
    batch.sequences.ids_BT[row].narrow(0, 0, rows[i].size(0)).copy_(rows[i]);
    batch.sequences.mask_BT[row].narrow(0, 0, rows[i].size(0)).fill_(true);
    batch.sequences.wanted_BT[row].narrow(0, start - 1, length).fill_(true);
    labels.push_back(rows[i].narrow(0, start, length));
    batch.sequences.pages.push_back({tiny_page(first + i)});
    batch.num_labels += length;
    batch.num_tokens += rows[i].size(0);
    batch.ids.push_back("page-" + std::to_string(first + i));
  }
  batch.labels_N = torch::cat(labels);
  return batch;
}

}  // namespace dsocr::test

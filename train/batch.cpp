#include "train/batch.h"

#include <algorithm>
#include <limits>

namespace dsocr::train {
namespace {

// Lengths are multiples of it: kernels that are made for a shape (CPUs, torch.compile) meet few.
constexpr std::int64_t kLengthStep = 16;

model::PageInput page_input(const data::PageViews& views) {
  const auto bytes = [](const data::Image& image) {
    return model::RgbBytes{image.rgb, image.height, image.width};
  };
  std::vector<model::RgbBytes> tiles;
  for (const data::Image& tile : views.tiles) tiles.push_back(bytes(tile));
  return model::make_page(bytes(views.global), tiles, views.tiling.columns, views.tiling.rows);
}

}  // namespace

TrainBatch make_batch(std::span<const data::LoadedPage> pages) {
  std::size_t longest = 0;
  for (const data::LoadedPage& page : pages)
    longest = std::max(longest, page.prompt.size() + page.answer.size());
  const auto num_rows = static_cast<std::int64_t>(pages.size());
  const auto length =
      (static_cast<std::int64_t>(longest) + kLengthStep - 1) / kLengthStep * kLengthStep;
  TrainBatch batch;
  batch.sequences.ids_BT = torch::full({num_rows, length}, kPadId, torch::kInt64);
  batch.sequences.mask_BT = torch::zeros({num_rows, length}, torch::kBool);
  batch.sequences.wanted_BT = torch::zeros({num_rows, length}, torch::kBool);
  // Else the loss would depend on which pages share a batch.
  batch.sequences.balances_padding = false;
  std::vector<std::int64_t> labels;
  std::vector<float> places;
  for (std::int64_t row = 0; row < num_rows; ++row) {
    const data::LoadedPage& page = pages[static_cast<std::size_t>(row)];
    const auto prompt = static_cast<std::int64_t>(page.prompt.size());
    const auto answer = static_cast<std::int64_t>(page.answer.size());
    auto* ids = batch.sequences.ids_BT[row].data_ptr<std::int64_t>();
    std::copy(page.prompt.begin(), page.prompt.end(), ids);
    std::copy(page.answer.begin(), page.answer.end(), ids + prompt);
    batch.sequences.mask_BT[row].narrow(0, 0, prompt + answer).fill_(true);
    auto* wanted = batch.sequences.wanted_BT[row].data_ptr<bool>() + prompt - 1;
    batch.sequences.pages.push_back({page_input(page.views)});
    batch.sequences.prompt_tokens.push_back(prompt);
    batch.num_tokens += prompt + answer;
    batch.ids.push_back(page.id);
    const auto glyphs_before = static_cast<std::int64_t>(batch.glyphs.size());
    for (const data::PlacedGlyph& glyph : page.glyphs)
      batch.glyphs.push_back({row, glyph.text, glyph.x, glyph.y, glyph.learnt});
    for (std::size_t i = 0; i < page.answer.size(); ++i) {
      wanted[i] = page.learnt.empty() || page.learnt[i];
      if (!wanted[i]) continue;
      labels.push_back(page.answer[i]);
      constexpr float kNone = std::numeric_limits<float>::quiet_NaN();
      const auto glyph = page.glyphs.empty() ? std::nullopt : page.glyph_of_answer.at(i);
      places.insert(places.end(), {glyph ? page.glyphs.at(*glyph).x : kNone,
                                   glyph ? page.glyphs.at(*glyph).y : kNone});
      if (glyph) batch.first_glyphs.push_back(glyphs_before + static_cast<std::int64_t>(*glyph));
    }
  }
  batch.num_labels = static_cast<std::int64_t>(labels.size());
  batch.labels_N = torch::tensor(labels, torch::kInt64);
  if (!batch.glyphs.empty()) batch.places_N2 = torch::tensor(places).view({-1, 2});
  return batch;
}

TrainBatch to_device(const TrainBatch& batch, torch::Device device) {
  if (device.is_cpu()) return batch;
  TrainBatch moved = batch;
  const auto move = [&](torch::Tensor& tensor) {
    if (tensor.defined()) tensor = tensor.pin_memory().to(device, /*non_blocking=*/true);
  };
  move(moved.sequences.ids_BT);
  move(moved.sequences.mask_BT);
  move(moved.sequences.wanted_BT);
  move(moved.labels_N);
  move(moved.places_N2);
  for (auto& pages : moved.sequences.pages)
    for (model::PageInput& page : pages) {
      move(page.global);
      move(page.tiles);
    }
  return moved;
}

}  // namespace dsocr::train

#pragma once

#include <span>
#include <string>
#include <vector>

#include "data/pipeline/page_loader.h"
#include "model/deepseek_ocr.h"

// B sequences, T tokens.
namespace dsocr::train {

/// Id on the right of the shorter sequences; the mask hides it.
inline constexpr std::int64_t kPadId = 2;

struct TrainBatch {
  model::SequenceBatch sequences;
  torch::Tensor labels_N;  // int64: the ids of the answers, in the order of sequences.wanted_BT
  std::int64_t num_labels = 0;
  std::int64_t num_tokens = 0;   // without padding
  std::vector<std::string> ids;  // of the pages, for messages

  struct Glyph {
    std::int64_t row;
    std::string text;
    float x, y;  // centre, shares of the view's side
    bool learnt = true;
  };
  std::vector<Glyph> glyphs = {};  // of all pages, where they were asked for
  // Where the first glyph of each label stands, [N, 2] as x and y, NaN for labels without a glyph;
  // undefined without glyphs.
  torch::Tensor places_N2 = {};
  std::vector<std::int64_t> first_glyphs = {};  // of the labels that have a place, among `glyphs`
};

/// Sequences of prompt and answer (spec: model, section 9.2): learnt are the tokens of the answers,
/// each wanted from the position before it. The tensors are on the CPU.
TrainBatch make_batch(std::span<const data::LoadedPage> pages);

/// The same on a device.
TrainBatch to_device(const TrainBatch& batch, torch::Device device);

}  // namespace dsocr::train

#include "model/kv_cache.h"

#include <algorithm>
#include <cstring>

namespace dsocr::model {
namespace {

// Entries are reserved in steps of this many, doubling, so that appending rarely copies.
constexpr std::int64_t kFirstEntries = 64;

// part[row, :, slots[row]] = value[row, :]. For torch's functions each element is a place of its
// own.
void put_entries(torch::Tensor& part_BHSC, const torch::Tensor& value_BHC,
                 const torch::Tensor& slots_B) {
  const std::int64_t rows = value_BHC.size(0), heads = value_BHC.size(1);
  const auto item = static_cast<std::int64_t>(value_BHC.element_size());
  const std::int64_t bytes = value_BHC.size(2) * item;
  const auto* slots = slots_B.const_data_ptr<std::int64_t>();
  const auto* from = static_cast<const char*>(value_BHC.const_data_ptr());
  auto* to = static_cast<char*>(part_BHSC.mutable_data_ptr());
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t head = 0; head < heads; ++head, from += bytes)
      std::memcpy(
          to + (row * part_BHSC.stride(0) + head * part_BHSC.stride(1)) * item + slots[row] * bytes,
          from, static_cast<size_t>(bytes));
}

}  // namespace

KvCache::KvCache(const DecoderConfig& config, torch::TensorOptions options)
    : num_heads_(config.num_kv_heads), head_size_(config.head_size()), options_(options) {
  sliding_.window = config.sliding_window;
  for (std::int64_t layer = 0; layer < config.num_layers; ++layer)
    layers_.push_back({config.attention_type(layer) == AttentionType::kSlidingWindow,
                       torch::Tensor(), torch::Tensor()});
}

std::int64_t KvCache::entries(const Ring& ring, std::int64_t row) const {
  const auto i = static_cast<size_t>(row);
  return ring.window == 0 ? lengths_[i] : std::min(lengths_[i], prompts_[i] + ring.window);
}

void KvCache::reserve(Layer& layer, std::int64_t rows, std::int64_t wanted) {
  const bool empty = !layer.keys_BHSC.defined();
  const std::int64_t old_rows = empty ? 0 : layer.keys_BHSC.size(0);
  const std::int64_t old_entries = empty ? 0 : layer.keys_BHSC.size(2);
  if (rows <= old_rows && wanted <= old_entries) return;
  const std::int64_t new_rows = std::max(rows, old_rows);
  std::int64_t new_entries = std::max(old_entries, kFirstEntries);
  while (new_entries < wanted) new_entries *= 2;
  for (torch::Tensor* part : {&layer.keys_BHSC, &layer.values_BHSC}) {
    // Zeros, because masked entries still enter the products.
    torch::Tensor wider = torch::zeros({new_rows, num_heads_, new_entries, head_size_}, options_);
    if (!empty) wider.narrow(0, 0, old_rows).narrow(2, 0, old_entries).copy_(*part);
    *part = wider;
  }
}

std::int64_t KvCache::add_row(std::int64_t prompt_tokens) {
  prompts_.push_back(prompt_tokens);
  lengths_.push_back(prompt_tokens);
  for (Layer& layer : layers_) reserve(layer, num_rows(), prompt_tokens);
  return num_rows() - 1;
}

void KvCache::remove_row(std::int64_t row) {
  const std::int64_t last = num_rows() - 1;
  if (row != last) {
    for (Layer& layer : layers_) {
      for (torch::Tensor* part : {&layer.keys_BHSC, &layer.values_BHSC})
        part->select(0, row).copy_(part->select(0, last));
    }
    prompts_[static_cast<size_t>(row)] = prompts_.back();
    lengths_[static_cast<size_t>(row)] = lengths_.back();
  }
  prompts_.pop_back();
  lengths_.pop_back();
}

void KvCache::write_prompt(std::int64_t layer, std::int64_t row, const torch::Tensor& keys_1HTC,
                           const torch::Tensor& values_1HTC) {
  Layer& store = layers_[static_cast<size_t>(layer)];
  const std::int64_t tokens = keys_1HTC.size(2);
  store.keys_BHSC.narrow(0, row, 1).narrow(2, 0, tokens).copy_(keys_1HTC);
  store.values_BHSC.narrow(0, row, 1).narrow(2, 0, tokens).copy_(values_1HTC);
}

void KvCache::prepare(Ring& ring) const {
  std::vector<std::int64_t> slots, used;
  for (std::int64_t row = 0; row < num_rows(); ++row) {
    const auto i = static_cast<size_t>(row);
    const std::int64_t newest = lengths_[i] - 1;
    slots.push_back(ring.window == 0 ? newest : prompts_[i] + (newest - prompts_[i]) % ring.window);
    used.push_back(entries(ring, row));
  }
  ring.used = *std::max_element(used.begin(), used.end());
  const auto device = options_.device();
  ring.slots = torch::tensor(slots, torch::kInt64).to(device);
  ring.mask_B11S = torch::Tensor();
  if (*std::min_element(used.begin(), used.end()) == ring.used) return;
  const torch::Tensor counts = torch::tensor(used, torch::kInt64).to(device);
  ring.mask_B11S = torch::arange(ring.used, counts.options())
                       .unsqueeze(0)
                       .lt(counts.unsqueeze(1))
                       .view({num_rows(), 1, 1, ring.used});
}

void KvCache::begin_step() {
  TORCH_INTERNAL_ASSERT(num_rows() > 0);
  for (std::int64_t& length : lengths_) ++length;
  prepare(full_);
  if (sliding_.window > 0) prepare(sliding_);
  for (Layer& layer : layers_)
    reserve(layer, num_rows(), layer.slides ? sliding_.used : full_.used);
}

KvCache::View KvCache::write_next(std::int64_t layer, const torch::Tensor& keys_BH1C,
                                  const torch::Tensor& values_BH1C) {
  Layer& store = layers_[static_cast<size_t>(layer)];
  const Ring& ring = store.slides ? sliding_ : full_;
  const std::int64_t rows = num_rows();
  const auto write = [&](torch::Tensor& part, const torch::Tensor& value) {
    torch::Tensor active = part.narrow(0, 0, rows);
    if (active.is_cpu())
      put_entries(active, value.squeeze(2).contiguous(), ring.slots);
    else
      active.scatter_(2, ring.slots.view({rows, 1, 1, 1}).expand_as(value), value);
    return active.narrow(2, 0, ring.used);
  };
  torch::Tensor keys = write(store.keys_BHSC, keys_BH1C);
  torch::Tensor values = write(store.values_BHSC, values_BH1C);
  return {keys, values, ring.mask_B11S};
}

}  // namespace dsocr::model

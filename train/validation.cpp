#include "train/validation.h"

#include "train/batch.h"

namespace dsocr::train {

ValidationNumbers validate(model::DeepseekOcrImpl& network, const TrainConfig& config,
                           const data::Tokenizer& tokenizer) {
  const torch::NoGradGuard no_grad;
  data::LoaderConfig pages = config.data;
  pages.sources = {{config.validation.store}};
  pages.augment = {};
  pages.shuffle = false;
  pages.epochs = 1;
  pages.buckets = {};
  data::PageLoader loader(pages, tokenizer);
  ValidationNumbers numbers;
  std::int64_t right = 0;
  network.eval();
  while (numbers.num_pages < static_cast<std::int64_t>(config.validation.pages)) {
    const auto loaded = loader.next();
    if (!loaded) break;
    const TrainBatch batch = to_device(make_batch(loaded->pages), network.device());
    const torch::Tensor logits = network.forward(batch.sequences).logits_BTV;
    numbers.loss +=
        torch::cross_entropy_loss(logits, batch.labels_N, {}, at::Reduction::Sum).item<double>();
    right += (logits.argmax(-1) == batch.labels_N).sum().item<std::int64_t>();
    numbers.num_labels += batch.num_labels;
    numbers.num_pages += static_cast<std::int64_t>(batch.ids.size());
  }
  network.train();
  numbers.loss /= static_cast<double>(numbers.num_labels);
  numbers.accuracy = static_cast<double>(right) / static_cast<double>(numbers.num_labels);
  return numbers;
}

}  // namespace dsocr::train

#include "train/validation.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "data/image/encode.h"
#include "model/generate/decoding.h"
#include "train/batch.h"

namespace dsocr::train {
namespace {

using nlohmann::json;

data::LoaderConfig pages_of(const TrainConfig& config) {
  data::LoaderConfig pages = config.data;
  pages.sources = {{config.validation.store}};
  pages.augment = {};
  pages.shuffle = false;
  pages.epochs = 1;
  pages.buckets = {};
  return pages;
}

// The answer without the eos behind it.
std::string text_of(const data::Tokenizer& tokenizer, std::span<const std::int32_t> ids,
                    std::int64_t eos) {
  if (!ids.empty() && ids.back() == eos) ids = ids.first(ids.size() - 1);
  return tokenizer.decode(ids);
}

ReadPage read(model::DeepseekOcrImpl& network, const TrainConfig& config,
              const data::Tokenizer& tokenizer, const data::LoadedPage& page,
              model::PageInput input) {
  const std::int64_t eos = network.config.eos_token_id;
  const model::DecodingConfig decoding{.max_new_tokens = config.validation.max_new_tokens};
  const model::Answer answer =
      model::generate(network, decoding, {.ids = page.prompt, .pages = {std::move(input)}});
  ReadPage result{.place = page.ref.draw,
                  .id = page.id,
                  .truth = text_of(tokenizer, page.answer, eos),
                  .reading = text_of(tokenizer, answer.ids, eos)};
  if (page.ref.draw < config.validation.shown)
    result.png = data::encode_png(page.views.global, page.id);
  return result;
}

// The pages that all processes have read, in the order of the store; of the first process only.
std::vector<ReadPage> gathered(const std::vector<ReadPage>& own, Group& group) {
  json message = json::array();
  for (const ReadPage& page : own)
    message.push_back({page.place, page.id, page.truth, page.reading,
                       json::binary({page.png.begin(), page.png.end()})});
  const std::vector<std::uint8_t> bytes = json::to_cbor(message);
  const auto all = group.all_gather(std::string(bytes.begin(), bytes.end()), "pages that are read");
  std::vector<ReadPage> pages;
  if (group.rank() != 0) return pages;
  for (const std::string& of_rank : all)
    for (const json& page : json::from_cbor(of_rank)) {
      const auto& png = page[4].get_binary();
      pages.push_back({page[0], page[1], page[2], page[3], std::string(png.begin(), png.end())});
    }
  std::sort(pages.begin(), pages.end(),
            [](const ReadPage& a, const ReadPage& b) { return a.place < b.place; });
  return pages;
}

}  // namespace

ValidationNumbers validate(model::DeepseekOcrImpl& network, const TrainConfig& config,
                           const data::Tokenizer& tokenizer, const TextScorer& scorer,
                           Group& group) {
  const torch::NoGradGuard no_grad;
  const auto rank = static_cast<std::uint64_t>(group.rank());
  const auto world = static_cast<std::uint64_t>(group.size());
  data::PageLoader loader(pages_of(config), tokenizer, {.rank = rank, .world = world});
  double loss = 0, right = 0, num_labels = 0, num_pages = 0;
  std::vector<ReadPage> own;
  network.eval();
  for (bool more = true; more;) {
    auto loaded = loader.next();
    if (!loaded) break;
    const auto is_beyond = [&](const data::LoadedPage& page) {
      return page.ref.draw >= config.validation.pages;
    };
    more = std::erase_if(loaded->pages, is_beyond) == 0;
    if (loaded->pages.empty()) break;
    const TrainBatch batch = to_device(make_batch(loaded->pages), network.device());
    const torch::Tensor logits = network.forward(batch.sequences).logits_BTV;
    loss +=
        torch::cross_entropy_loss(logits, batch.labels_N, {}, at::Reduction::Sum).item<double>();
    right += (logits.argmax(-1) == batch.labels_N).sum().item<double>();
    for (std::size_t i = 0; i < loaded->pages.size(); ++i)
      if (loaded->pages[i].ref.draw < config.validation.read)
        own.push_back(
            read(network, config, tokenizer, loaded->pages[i], batch.sequences.pages[i][0]));
    num_labels += static_cast<double>(batch.num_labels);
    num_pages += static_cast<double>(batch.ids.size());
  }
  network.train();
  const torch::Tensor sums = torch::tensor({loss, right, num_labels, num_pages}, torch::kFloat64);
  group.sum(sums, "the validation");
  const double* sum = sums.const_data_ptr<double>();
  ValidationNumbers numbers{.loss = sum[0] / sum[2],
                            .accuracy = sum[1] / sum[2],
                            .num_pages = static_cast<std::int64_t>(sum[3]),
                            .num_labels = static_cast<std::int64_t>(sum[2]),
                            .read = gathered(own, group)};
  TextPairs pairs;
  for (const ReadPage& page : numbers.read) pairs.emplace_back(page.truth, page.reading);
  if (scorer && !pairs.empty()) numbers.scores = scorer(pairs);
  return numbers;
}

}  // namespace dsocr::train

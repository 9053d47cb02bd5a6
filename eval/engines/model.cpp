#include "eval/engines/model.h"

#include "configs/error.h"
#include "data/error.h"
#include "data/image/decode.h"
#include "eval/engines/engines.h"
#include "reports/progress.h"

namespace dsocr::eval {

std::vector<Transcript> ModelEngine::transcribe(std::span<const PageRequest> pages) {
  std::vector<Transcript> transcripts(pages.size());
  reports::Progress progress("Reading, " + std::string(configs::mode_name(mode_)), "pages",
                             pages.size());
  const auto fail = [&](uint64_t key, const std::string& reason) {
    transcripts[key].failure = reason;
    progress.advance();
  };
  size_t next = 0;
  // Pages of one prompt in one go: all of them, in practice.
  while (next < pages.size()) {
    prompt_ = pages[next].prompt;
    reader_->read(mode_, prompt_,
                  {.next = [&]() -> std::optional<std::pair<uint64_t, data::Image>> {
                     while (next < pages.size() && pages[next].prompt == prompt_) {
                       const size_t key = next++;
                       if (pages[key].image.empty()) {
                         fail(key, "the benchmark has no image of it");
                         continue;
                       }
                       try {
                         data::Image image = data::read_image(pages[key].image);
                         transcripts[key].page_size = configs::PageSize{image.width, image.height};
                         return std::pair{uint64_t{key}, std::move(image)};
                       } catch (const data::DataError& error) {
                         fail(key, error.what());
                       }
                     }
                     return std::nullopt;
                   },
                   .done =
                       [&](uint64_t key, const PageText& text) {
                         transcripts[key].text = clean_up_(text.text);
                         progress.advance();
                       },
                   .failed = fail});
  }
  return transcripts;
}

nlohmann::ordered_json ModelEngine::describe() const {
  nlohmann::ordered_json json{{"engine", "model"}, {"prompt", prompt_}};
  json.update(reader_->describe());
  return json;
}

void require_network() {}  // it is linked in

std::unique_ptr<OcrEngine> make_model_engine(EngineSource& source) {
  if (!source.predictions.empty())
    throw configs::ConfigError("runs", "the model engine takes no predictions");
  if (!source.mode) throw configs::ConfigError("runs", "the model engine needs a mode");
  if (!source.reader) source.reader = std::make_shared<PageReader>(source.network, source.threads);
  return std::make_unique<ModelEngine>(source.reader, *source.mode, source.clean_up);
}

}  // namespace dsocr::eval

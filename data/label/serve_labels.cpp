#include <chrono>
#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "data/error.h"
#include "data/hdf5/page_store.h"
#include "data/image/decode.h"
#include "data/label/label_worker.h"
#include "data/label/labels_json.h"

namespace dsocr::data {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// Stays open from page to page.
class Pages {
 public:
  Page page(const std::string& store, std::uint64_t index) {
    if (!store_ || store_->path() != store) store_.emplace(store);
    return store_->page(index);
  }

 private:
  std::optional<PageStore> store_;
};

LabelResult answer(Labeller& labeller, Pages& pages, const json& question) {
  const auto before = std::chrono::steady_clock::now();
  LabelResult result;
  try {
    const Page page = pages.page(question.at("store"), question.at("page"));
    const Image image = decode_image(
        {reinterpret_cast<const std::uint8_t*>(page.image.data()), page.image.size()}, page.id);
    result.labels = labeller.label(image, page);
  } catch (const DataError& error) {
    result.failure = error.what();
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
  return result;
}

}  // namespace

int serve_labels(const std::string& engine, std::istream& in, std::ostream& out) {
  std::unique_ptr<Labeller> labeller;
  try {
    labeller = open_labeller(engine);
    out << ordered_json{{"labeller", to_json(labeller->info())}}.dump() << std::endl;
  } catch (const std::exception& error) {
    out << ordered_json{{"error", error.what()}}.dump(-1, ' ', false,
                                                      json::error_handler_t::replace)
        << std::endl;
    return 1;
  }
  Pages pages;
  for (std::string line; std::getline(in, line);)
    out << format_result(answer(*labeller, pages, json::parse(line))) << std::endl;
  return 0;
}

}  // namespace dsocr::data

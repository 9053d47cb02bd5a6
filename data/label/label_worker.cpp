#include "data/label/label_worker.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "data/error.h"
#include "data/label/labels_json.h"

namespace dsocr::data {

using nlohmann::json;
using nlohmann::ordered_json;

LabelWorker::LabelWorker(std::string engine, LabelWorkerOptions options)
    : engine_(std::move(engine)), options_(std::move(options)) {
  start();
}

void LabelWorker::start() {
  std::vector<std::string> argv = options_.program;
  argv.push_back(engine_);
  try {
    conversation_ = std::make_unique<configs::Conversation>(argv);
    const json hello = json::parse(conversation_->read_line(options_.start_limit));
    if (const auto error = hello.find("error"); error != hello.end())
      throw DataError("", "", error->get<std::string>());
    info_ = labeller_info_from_json(hello.at("labeller"));
  } catch (const json::exception&) {
    throw DataError("", "", argv[0] + " is no labeller");
  } catch (const DataError&) {
    throw;
  } catch (const std::runtime_error& error) {
    throw DataError("", "", "labeller " + engine_ + ": " + error.what());
  }
}

LabelResult LabelWorker::label(const std::filesystem::path& store, std::uint64_t page) {
  if (!conversation_) start();
  const auto before = std::chrono::steady_clock::now();
  const auto failed = [&](const std::string& reason) {
    conversation_.reset();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - before;
    return LabelResult{.seconds = seconds.count(), .failure = reason};
  };
  try {
    conversation_->write_line(ordered_json{{"store", store.string()}, {"page", page}}.dump(),
                              options_.page_limit);
    return parse_result(conversation_->read_line(options_.page_limit));
  } catch (const DataError& error) {
    return failed(std::string("the engine answered ") + error.what());
  } catch (const configs::TimeoutError&) {
    std::ostringstream reason;
    reason << "took more than " << static_cast<double>(options_.page_limit.count()) / 1000 << " s";
    return failed(reason.str());
  } catch (const std::runtime_error& error) {
    return failed(std::string("the engine ended: ") + error.what());
  }
}

}  // namespace dsocr::data

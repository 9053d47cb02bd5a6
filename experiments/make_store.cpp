#include "experiments/make_store.h"

#include <ctime>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "configs/build_info.h"
#include "configs/sha256.h"
#include "reports/progress.h"

namespace dsocr {
namespace {

std::string now() {
  const std::time_t time = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&time));
  return text;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// What must be the same for a run to go on where another ended.
std::string fingerprint(const data::Corpus& corpus, const std::string& settings,
                        const data::PackOptions& options) {
  configs::Sha256 ids;
  for (size_t i = 0; i < corpus.size(); ++i) ids.add(corpus.id(i) + "\n");
  return nlohmann::ordered_json{{"settings", settings},
                                {"pages", corpus.size()},
                                {"ids", ids.finish_hex().substr(0, 16)},
                                {"language", options.language},
                                {"split", options.split}}
      .dump();
}

}  // namespace

void add_store_options(CLI::App& app, StoreOptions& options) {
  app.add_option("--out", options.out, "Store to make, FILE.h5; it must not exist")->required();
  app.add_flag("--resume", options.resume, "Go on where a run was ended");
  app.add_option("--max-bad", options.pack.max_bad, "Bad pages that may be skipped")
      ->capture_default_str();
  app.add_option("--split", options.pack.split, "train, ...; of pages that do not say");
  app.add_option("--licence", options.licence, "Licence of the pages");
  app.add_option("--date", options.date, "Date to note; default: now");
  app.add_option("--threads", options.pack.threads, "0: one per core")
      ->capture_default_str()
      ->check(CLI::Range(0, 1024));
}

data::Prepared show_prepared() {
  struct State {
    std::mutex mutex;
    std::optional<reports::Progress> progress;
  };
  return [state = std::make_shared<State>()](std::size_t total) {
    const std::lock_guard lock(state->mutex);
    if (!state->progress) state->progress.emplace("Preparing", "documents", total);
    state->progress->advance();
  };
}

void make_store(const data::Corpus& corpus, const std::string& settings, const std::string& title,
                StoreOptions options, const std::vector<std::string>& command_line,
                std::ostream& out, std::ostream& err) {
  const configs::BuildInfo& build = configs::build_info();
  data::PageStoreWriter writer(
      options.out, {.source = fingerprint(corpus, settings, options.pack),
                    .provenance = {.tool = "dsocr " + build.version + " " + build.commit,
                                   .command = joined(command_line),
                                   .date = options.date.empty() ? now() : options.date,
                                   .licence = options.licence},
                    .resume = options.resume});
  const auto before = writer.next_source_index();
  data::PackResult result;
  {
    reports::Progress progress(title, "pages", corpus.size() - before);
    options.pack.progress = [&] { progress.advance(); };
    result = data::pack(corpus, writer, options.pack);
  }
  for (const std::string& bad : result.bad) err << "skipped: " << bad << "\n";
  const auto pages = writer.num_pages();
  writer.finish();
  out << pages << " pages in " << options.out;
  if (before > 0) out << ", " << result.added << " of them now";
  if (result.duplicates > 0) out << "; " << result.duplicates << " duplicates dropped";
  if (!result.bad.empty()) out << "; " << result.bad.size() << " bad pages skipped";
  out << "\n";
}

}  // namespace dsocr

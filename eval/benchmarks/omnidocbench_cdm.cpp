#include <cstdlib>
#include <map>
#include <tuple>

#include "eval/benchmarks/omnidocbench_score.h"
#include "eval/omnidocbench/cdm/inputs.h"
#include "eval/runner.h"

namespace dsocr::eval {
namespace {

namespace cdm = omnidocbench::cdm;

std::filesystem::path cache_file(const CdmConfig& config) {
  if (!config.cache.empty()) return config.cache;
  std::filesystem::path folder;
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && *cache)
    folder = cache;
  else if (const char* home = std::getenv("HOME"); home && *home)
    folder = std::filesystem::path(home) / ".cache";
  else
    return {};
  std::error_code error;
  std::filesystem::create_directories(folder / "dsocr", error);
  return error ? std::filesystem::path() : folder / "dsocr" / "cdm.sqlite";
}

}  // namespace

std::span<const std::pair<std::string_view, CdmChoice>> enum_names(CdmChoice) {
  static constexpr std::array<std::pair<std::string_view, CdmChoice>, 3> kNames{
      {{"auto", CdmChoice::kAuto}, {"on", CdmChoice::kOn}, {"off", CdmChoice::kOff}}};
  return kNames;
}

std::string add_cdm(std::vector<OmniDocBenchRun>& runs, const OmniDocBenchConfig& config) {
  if (config.version == omnidocbench::Version::k10) return "v1.0 has none";
  if (config.cdm.run == CdmChoice::kOff) return "switched off";
  if (std::string missing = cdm::missing_for_typesetting(config.version); !missing.empty()) {
    if (config.cdm.run == CdmChoice::kOn) throw std::runtime_error("CDM: " + missing);
    return missing;
  }
  // A pair of formulas is scored once, however often it comes.
  using Key = std::tuple<std::string, std::string, std::optional<std::string>>;
  std::map<Key, size_t> known;
  std::vector<cdm::CdmPair> pairs;
  std::vector<std::pair<omnidocbench::Sample*, size_t>> samples;
  for (OmniDocBenchRun& run : runs)
    for (auto* pages : {&run.samples, &run.corrected})
      for (omnidocbench::PageSamples& page : *pages)
        for (omnidocbench::Sample& sample : page.formulas) {
          cdm::CdmPair pair = cdm::cdm_pair(sample.row, config.version);
          const auto [it, fresh] =
              known.emplace(Key{pair.truth, pair.predicted, pair.alternative}, pairs.size());
          if (fresh) pairs.push_back(std::move(pair));
          samples.emplace_back(&sample, it->second);
        }
  const auto scores = cdm::score_formulas(
      pairs, {.version = config.version,
              .cache_file = cache_file(config.cdm),
              .num_threads = static_cast<unsigned>(num_threads(config.threads))});
  for (const auto& [sample, index] : samples) sample->cdm = scores[index].f1;
  return {};
}

}  // namespace dsocr::eval

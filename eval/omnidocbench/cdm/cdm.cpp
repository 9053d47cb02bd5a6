#include "eval/omnidocbench/cdm/cdm.h"

#include <map>
#include <utility>

#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/cdm/cache.h"
#include "eval/omnidocbench/cdm/colour.h"
#include "eval/omnidocbench/cdm/normalize.h"
#include "eval/omnidocbench/cdm/score.h"
#include "eval/omnidocbench/cdm/tokenize.h"
#include "eval/omnidocbench/text/strings.h"

namespace dsocr::omnidocbench::cdm {
namespace {

/// Code points; no page holds that much.
constexpr size_t kMaxLength = 50'000;

using View = std::u32string_view;
using Boxes = std::map<std::string, CachedFormula>;  // by coloured text

/// Removes `\tag{..}` and `\tag*{..}`; without the end of its group only the command goes.
std::u32string without_tags(View text) {
  constexpr View kTag = U"\\tag";
  std::u32string out;
  while (true) {
    const size_t at = text.find(kTag);
    out += text.substr(0, at);
    if (at == View::npos) break;
    text.remove_prefix(at + kTag.size());
    const char32_t next = text.empty() ? U' ' : text.front();
    if ((next >= U'a' && next <= U'z') || (next >= U'A' && next <= U'Z')) {
      out += kTag;
      continue;
    }
    View rest = lstrip(text);
    if (rest.starts_with(U'*')) rest = lstrip(rest.substr(1));
    if (!rest.starts_with(U'{')) continue;
    int depth = 0;
    for (size_t i = 0; i < rest.size(); ++i) {
      if (rest[i] == U'{') ++depth;
      if (rest[i] == U'}' && --depth == 0) {
        text = rest.substr(i + 1);
        break;
      }
    }
    if (depth != 0) {
      out += text;
      break;
    }
  }
  return remove_all(out, {U"\\notag", U"\\nonumber"});
}

View without_delimiters(View text) {
  for (const auto& [open, close] :
       {std::pair<View, View>{U"\\[", U"\\]"}, std::pair<View, View>{U"\\(", U"\\)"}}) {
    if (text.size() >= 4 && text.starts_with(open) && text.ends_with(close))
      return strip(text.substr(2, text.size() - 4));
  }
  return text;
}

/// Typesets those of `jobs` that are neither in `boxes` nor in the cache.
Boxes find_boxes_of(std::map<std::string, TypesetJob>&& jobs, const CdmConfig& config) {
  Boxes boxes;
  if (jobs.empty()) return boxes;
  std::optional<BoxCache> cache;
  std::map<std::string, std::string> keys;
  if (!config.cache_file.empty()) {
    cache.emplace(config.cache_file);
    const std::string programs = typesetting_programs(config.version) + config.chinese_font;
    for (const auto& [coloured, job] : jobs) {
      std::string key = BoxCache::key(config.version, coloured, programs);
      if (auto found = cache->find(key)) {
        boxes.emplace(coloured, std::move(*found));
      } else {
        keys.emplace(coloured, std::move(key));
      }
    }
  }
  std::vector<TypesetJob> left;
  for (auto& [coloured, job] : jobs)
    if (!boxes.contains(coloured)) left.push_back(std::move(job));
  auto formulas = typeset(left, {config.version, config.num_threads, config.chinese_font});
  std::vector<std::pair<std::string, CachedFormula>> entries;
  for (size_t i = 0; i < left.size(); ++i) {
    if (cache) entries.emplace_back(keys.at(left[i].coloured), formulas[i]);
    boxes.emplace(left[i].coloured, std::move(formulas[i]));
  }
  if (cache) cache->store(entries);
  return boxes;
}

CdmScore score_of(const std::optional<TypesetJob>& truth, const std::optional<TypesetJob>& other,
                  const Boxes& boxes, Version version) {
  if (!truth || !other) return {};
  const auto& a = boxes.at(truth->coloured);
  const auto& b = boxes.at(other->coloured);
  if (!a || !b) return {};
  const MatchScore score = score_boxes(*a, *b, version);
  return {score.f1,
          score.recall,
          score.precision,
          score.num_counted,
          score.num_truth,
          score.num_predicted,
          false};
}

}  // namespace

std::string unwrap_formula(std::string_view latex, bool is_prediction, Version version) {
  constexpr std::string_view kFence = "```latex";
  if (is_prediction) {
    if (const size_t at = latex.rfind(kFence); at != std::string_view::npos)
      latex.remove_prefix(at + kFence.size());
    latex = latex.substr(0, latex.find("```"));
  }
  const std::u32string decoded = metrics::decode_utf8(latex);
  View text = strip(strip(strip(strip(View(decoded), U"$")), U"$"));
  if (version != Version::k17) return metrics::encode_utf8(text);
  return metrics::encode_utf8(strip(without_tags(without_delimiters(text))));
}

std::optional<TypesetJob> prepare_formula(std::string_view latex, Version version) {
  const std::u32string text = metrics::decode_utf8(latex);
  if (strip(text).empty() || text.size() > kMaxLength) return std::nullopt;
  try {
    const auto tokenized = tokenize_formula(text, version);
    const auto coloured = colour_tokens(normalize_tokens(tokenized.text, version), version);
    TypesetJob job{metrics::encode_utf8(coloured.text), {}};
    for (const auto& token : coloured.tokens) job.tokens.push_back(metrics::encode_utf8(token));
    return job;
  } catch (const std::runtime_error&) {  // or a pattern's limit
    return std::nullopt;
  }
}

std::vector<CdmScore> score_formulas(std::span<const CdmPair> pairs, const CdmConfig& config) {
  struct Prepared {
    std::optional<TypesetJob> truth, predicted, alternative;
  };
  std::vector<Prepared> prepared;
  std::map<std::string, TypesetJob> jobs;
  for (const CdmPair& pair : pairs) {
    const auto prepare = [&](const std::string& latex, bool is_prediction) {
      auto job =
          prepare_formula(unwrap_formula(latex, is_prediction, config.version), config.version);
      if (job) jobs.emplace(job->coloured, *job);
      return job;
    };
    Prepared& one = prepared.emplace_back();
    one.truth = prepare(pair.truth, false);
    if (!one.truth) continue;
    one.predicted = prepare(pair.predicted, true);
    if (pair.alternative && config.version == Version::k17)
      one.alternative = prepare(*pair.alternative, true);
  }
  const Boxes boxes = find_boxes_of(std::move(jobs), config);
  std::vector<CdmScore> scores;
  for (const Prepared& one : prepared) {
    CdmScore score = score_of(one.truth, one.predicted, boxes, config.version);
    CdmScore other = score_of(one.truth, one.alternative, boxes, config.version);
    if (other.f1 > score.f1) {
      score = other;
      score.alternative_won = true;
    }
    scores.push_back(score);
  }
  return scores;
}

}  // namespace dsocr::omnidocbench::cdm

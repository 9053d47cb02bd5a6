#include "eval/omnidocbench/cdm/typeset.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <tuple>

#include "configs/process.h"
#include "eval/normalize/unicode.h"
#include "eval/omnidocbench/cdm/tex_run.h"

namespace dsocr::omnidocbench::cdm {
namespace {

constexpr size_t kMaxChunk = 64, kMinChunk = 8;

/// A formula on its way.
struct Pending {
  size_t job = 0;
  PageStyle style;
  size_t max_chunk = kMaxChunk;  // 1: alone
};

/// Pending formulas that are typeset in one document.
using Chunk = std::vector<Pending>;

bool has_ideograph(std::string_view text) {
  const auto decoded = metrics::decode_utf8(text);
  return std::any_of(decoded.begin(), decoded.end(),
                     [](char32_t c) { return c >= 0x4E00 && c <= 0x9FFF; });
}

Pending first_try(const TypesetJob& job, size_t number, Version version) {
  Pending pending{number, {}, kMaxChunk};
  if (job.tokens.size() > 600) pending.style.paper = 4;
  if (job.tokens.size() > 1300) pending.style.paper = 3;
  pending.style.chinese = version == Version::k17 && has_ideograph(job.coloured);
  if (has_lasting_effect(job.coloured)) pending.max_chunk = 1;
  return pending;
}

std::vector<Chunk> make_chunks(const std::vector<Pending>& pending, unsigned num_threads) {
  std::map<std::pair<PageStyle, size_t>, Chunk> groups;
  for (const Pending& one : pending) groups[{one.style, one.max_chunk}].push_back(one);
  std::vector<Chunk> chunks;
  for (const auto& [key, group] : groups) {
    const size_t share = (group.size() + num_threads - 1) / num_threads;
    const size_t size = std::min(key.second, std::max(share, kMinChunk));
    for (size_t i = 0; i < group.size(); i += size) {
      const auto begin = group.begin() + static_cast<std::ptrdiff_t>(i);
      chunks.emplace_back(begin,
                          begin + static_cast<std::ptrdiff_t>(std::min(size, group.size() - i)));
    }
  }
  return chunks;
}

std::vector<RunResult> run_chunk(const Chunk& chunk, std::span<const TypesetJob> jobs,
                                 const TypesetConfig& config) {
  const Pending& first = chunk.front();
  if (first.max_chunk == 1) return {run_alone(jobs[first.job], first.style, config)};
  std::vector<const TypesetJob*> members;
  for (const Pending& one : chunk) members.push_back(&jobs[one.job]);
  return run_together(members, first.style, config);
}

/// What `chunk` leaves to do.
void settle(const Chunk& chunk, std::vector<RunResult> results,
            std::vector<std::optional<TypesetFormula>>& done, std::vector<Pending>& pending) {
  const bool no_progress = std::all_of(results.begin(), results.end(), [](const RunResult& result) {
    return result.outcome == RunOutcome::kAgain;
  });
  for (size_t i = 0; i < chunk.size(); ++i) {
    Pending next = chunk[i];
    switch (results[i].outcome) {
      case RunOutcome::kDone:
        done[next.job] = std::move(results[i].formula);
        continue;
      case RunOutcome::kLarger:
        next.style.paper = results[i].paper;
        break;
      case RunOutcome::kAlone:
        next.max_chunk = 1;
        break;
      case RunOutcome::kAgain:
        if (no_progress) next.max_chunk = std::max<size_t>(chunk.size() / 2, 1);
        break;
    }
    pending.push_back(next);
  }
}

/// Runs the chunks on threads. What the first failing one threw is thrown on.
std::vector<std::vector<RunResult>> run_chunks(const std::vector<Chunk>& chunks,
                                               std::span<const TypesetJob> jobs,
                                               const TypesetConfig& config) {
  std::vector<std::vector<RunResult>> results(chunks.size());
  std::atomic<size_t> next{0};
  std::mutex mutex;
  std::exception_ptr error;
  const auto work = [&] {
    for (size_t i = next++; i < chunks.size(); i = next++) {
      try {
        results[i] = run_chunk(chunks[i], jobs, config);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!error) error = std::current_exception();
        next = chunks.size();
      }
    }
  };
  std::vector<std::jthread> threads;
  const size_t count = std::min<size_t>(std::max(1u, config.num_threads), chunks.size());
  for (size_t i = 1; i < count; ++i) threads.emplace_back(work);
  work();
  threads.clear();
  if (error) std::rethrow_exception(error);
  return results;
}

std::vector<std::string> programs(Version version) {
  return {version == Version::k17 ? "pdflatex" : "xelatex", "gs"};
}

}  // namespace

std::vector<std::optional<TypesetFormula>> typeset(std::span<const TypesetJob> jobs,
                                                   const TypesetConfig& config) {
  std::vector<std::optional<TypesetFormula>> done(jobs.size());
  std::vector<Pending> pending;
  for (size_t i = 0; i < jobs.size(); ++i) pending.push_back(first_try(jobs[i], i, config.version));
  while (!pending.empty()) {
    const auto chunks = make_chunks(pending, std::max(1u, config.num_threads));
    auto results = run_chunks(chunks, jobs, config);
    pending.clear();
    for (size_t i = 0; i < chunks.size(); ++i)
      settle(chunks[i], std::move(results[i]), done, pending);
  }
  return done;
}

std::string missing_for_typesetting(Version version) {
  std::string missing;
  const auto add = [&missing](const std::string& what) {
    missing += (missing.empty() ? "" : ", ") + what;
  };
  for (const auto& program : programs(version))
    if (configs::find_program(program).empty()) add(program);
  if (configs::find_program("kpsewhich").empty()) {
    add("kpsewhich");
    return missing;
  }
  std::vector<std::string> files{"geometry.sty", "amsmath.sty", "upgreek.sty", "amssymb.sty",
                                 "xcolor.sty"};
  if (version == Version::k17) {
    files.insert(files.end(), {"booktabs.sty", "CJK.sty", "c70gkai.fd"});
  } else {
    files.insert(files.end(), {"xeCJK.sty", "ctexhook.sty"});
  }
  std::vector<std::string> command{"kpsewhich"};
  command.insert(command.end(), files.begin(), files.end());
  const std::string found = configs::run_process(command).out;
  for (const auto& file : files)
    if (found.find("/" + file + "\n") == std::string::npos) add(file);
  return missing;
}

std::string typesetting_programs(Version version) {
  std::string versions;
  for (const auto& program : programs(version)) {
    const std::string out = configs::run_process({program, "--version"}).out;
    versions += program + " " + out.substr(0, out.find('\n')) + "\n";
  }
  return versions;
}

}  // namespace dsocr::omnidocbench::cdm

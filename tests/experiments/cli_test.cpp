#include "experiments/cli.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <set>
#include <sstream>

#include "configs/build_info.h"
#include "configs/compose.h"
#include "eval/commands.h"
#include "reports/files.h"
#include "tests/experiments/run_dsocr.h"
#include "tests/support/read_json.h"
#include "tests/support/temp_dir.h"

namespace dsocr {
namespace {

using test::Outcome;
using test::run;

std::string pairs_file() { return (test::golden_dir() / "fox" / "pairs.json").string(); }

TEST(Cli, HelpIsATableOfContents) {
  const Outcome help = run({"--help"});
  EXPECT_EQ(help.status, 0);
  for (const char* command :
       {"read", "eval", "sweep", "train", "data", "model", "report", "bench", "config", "ls"})
    EXPECT_NE(help.out.find(std::string("  ") + command + " "), std::string::npos) << help.out;
}

TEST(Cli, EveryCommandShowsAnExample) {
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"eval"},
                                             {"eval", "fox"},
                                             {"eval", "pairs"},
                                             {"report", "render"},
                                             {"bench", "tokenize"},
                                             {"data"},
                                             {"data", "pack"},
                                             {"data", "inspect"},
                                             {"data", "stats"},
                                             {"data", "verify"},
                                             {"data", "export"},
                                             {"data", "tokenizer"},
                                             {"data", "tokenizer", "train"},
                                             {"model", "init"},
                                             {"model", "convert"},
                                             {"model", "info"},
                                             {"model", "verify"},
                                             {"read"},
                                             {"sweep"},
                                             {"bench", "metrics"},
                                             {"bench", "preprocess"},
                                             {"bench", "loader"},
                                             {"bench", "encode"},
                                             {"bench", "decode"},
                                             {"data", "label"},
                                             {"data", "label", "report"},
                                             {"data", "label", "calibrate"},
                                             {"config"},
                                             {"config", "show"},
                                             {"config", "check"},
                                             {"config", "explain"},
                                             {"ls"}}) {
    std::vector<std::string> arguments = command;
    arguments.emplace_back("--help");
    const Outcome help = run(arguments);
    EXPECT_EQ(help.status, 0);
    EXPECT_NE(help.out.find("Example:\n  dsocr " + command[0]), std::string::npos) << help.out;
  }
}

// Settings go into configs, not into flags: a new flag has to be argued for here.
TEST(Cli, TheFlagsOfEvalAreFrozen) {
  CLI::App app;
  std::ostringstream out;
  eval::add_commands(app, {}, out);
  std::set<std::string> flags;
  for (const CLI::App* benchmark : app.get_subcommand("eval")->get_subcommands({}))
    for (const CLI::Option* option : benchmark->get_options()) flags.insert(option->get_name());
  EXPECT_EQ(flags, (std::set<std::string>{
                       "--help", "--config", "--set", "--out", "--dry-run", "--data", "--engine",
                       "--model", "--device", "--predictions", "--targets", "--mode",
                       "--fox-official-args", "--gt", "--version", "--match", "--corrected"}));
}

TEST(Cli, WrongUsageIsStatus2) {
  EXPECT_EQ(run({}).status, 2);
  EXPECT_EQ(run({"evil"}).status, 2);
  EXPECT_EQ(run({"eval", "fox", "--nonsense"}).status, 2);
  EXPECT_EQ(run({"eval", "fox", "--targets", "x"}).status, 2);
  const Outcome missing = run({"eval", "fox"});
  EXPECT_EQ(missing.status, 2);
  EXPECT_NE(missing.err.find("config: data"), std::string::npos) << missing.err;
}

TEST(Cli, AnUnknownConfigKeyNamesTheNearest) {
  const Outcome outcome = run({"config", "show", "eval.fox", "--set", "data=x", "--set",
                               "runs=[{}]", "--set", "bootstrap.sead=1"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.err, "dsocr: config: bootstrap.sead: unknown key, did you mean 'seed'?\n");
  EXPECT_EQ(run({"config", "explain", "eval.fix"}).status, 2);
}

TEST(Cli, BadInputIsStatus1AndLeavesNoFolder) {
  const test::TempDir dir;
  const auto out = dir.path() / "out";
  const Outcome outcome =
      run({"eval", "pairs", "--data", "/nowhere/p.json", "--out", out.string()});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.err, "dsocr: /nowhere/p.json: cannot open: No such file or directory\n");
  EXPECT_FALSE(std::filesystem::exists(out));
}

TEST(Cli, EvalWritesEverythingAndRenderDrawsItAgain) {
  const test::TempDir dir;
  const auto out = dir.path() / "out";
  const std::vector<std::string> command{"eval",       "pairs", "--data",
                                         pairs_file(), "--out", out.string()};
  const Outcome outcome = run(command);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  for (const char* name : {"samples.jsonl", "results.json", "report.json", "report.md", "means.csv",
                           "manifest.json", "config.resolved.json"})
    EXPECT_TRUE(std::filesystem::exists(out / name)) << name;
  EXPECT_EQ(test::read_json(out / "manifest.json")["command"][1], "eval");
  EXPECT_EQ(test::read_json(out / "config.resolved.json")["bootstrap"]["resamples"], 2000);

  const Outcome again = run(command);  // the folder is there now
  EXPECT_EQ(again.status, 1);
  EXPECT_NE(again.err.find("exists already"), std::string::npos) << again.err;

  const std::string report = reports::read_file(out / "report.md");
  std::filesystem::remove(out / "report.md");
  EXPECT_EQ(run({"report", "render", out.string()}).status, 0);
  EXPECT_EQ(reports::read_file(out / "report.md"), report);
}

// The demo end to end, twice: the same digits and the same pictures.
TEST(Cli, TheDemoIsReproducible) {
  const auto demo = configs::build_info().source_dir / "experiments" / "000-demo";
  const test::TempDir dir;
  for (const char* out : {"a", "b"}) {
    const Outcome outcome =
        run({"eval", "fox", "--config", (demo / "config.json").string(), "--data",
             (demo / "data").string(), "--out", (dir.path() / out).string(), "--set",
             out == std::string("a") ? "threads=1" : "threads=4"});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
  }
  for (const char* name :
       {"samples.jsonl", "results.json", "report.json", "report.md", "pages.csv", "buckets.csv",
        "comparison.csv", "compression.svg", "compression.png", "characters.svg"})
    EXPECT_EQ(reports::read_file(dir.path() / "a" / name),
              reports::read_file(dir.path() / "b" / name))
        << name;
}

TEST(Cli, ArgumentsMustBeUtf8) {
  const Outcome outcome = run({"eval", "fox", "--out", "bad\xff"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.err, "dsocr: an argument is not valid UTF-8\n");
}

TEST(Cli, DryRunWritesNothing) {
  const test::TempDir dir;
  const auto out = dir.path() / "out";
  const Outcome outcome = run({"eval", "pairs", "--data", "x.json", "--out", out.string(),
                               "--dry-run", "--set", "threads=3"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(nlohmann::json::parse(outcome.out)["threads"], 3);
  EXPECT_FALSE(std::filesystem::exists(out));
}

TEST(Cli, FlagsBecomeConfigAndSetHasTheLastWord) {
  const Outcome outcome =
      run({"eval", "fox", "--dry-run", "--data", "d", "--predictions", "a_tiny.json", "b.json",
           "--targets", "clean", "t.json", "--mode", "tiny", "base", "--fox-official-args", "--set",
           "runs[1].mode=large"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto config = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(config["runs"][0]["targets"], "clean");
  EXPECT_EQ(config["runs"][1]["targets"], "t.json");
  EXPECT_EQ(config["runs"][0]["mode"], "tiny");
  EXPECT_EQ(config["runs"][1]["mode"], "large");
  EXPECT_EQ(config["scoring"]["official_args"], true);
  EXPECT_EQ(
      run({"eval", "fox", "--data", "d", "--predictions", "a", "b", "c", "--mode", "tiny", "base"})
          .status,
      2);
}

TEST(Cli, CheckReadsEveryInput) {
  const auto demo = configs::build_info().source_dir / "experiments" / "000-demo";
  const std::vector<std::string> command{"config", "check", "eval.fox", "--config",
                                         (demo / "config.json").string()};
  const auto with = [&](const std::string& set) {
    std::vector<std::string> arguments = command;
    arguments.insert(arguments.end(), {"--set", "data=" + (demo / "data").string(), "--set", set});
    return run(arguments);
  };
  const Outcome good = with("threads=1");
  EXPECT_EQ(good.status, 0) << good.err;
  EXPECT_EQ(good.out.substr(0, 3), "ok ");
  EXPECT_EQ(with("runs[1].predictions=nowhere.json").err,
            "dsocr: nowhere.json: cannot open: No such file or directory\n");
  EXPECT_EQ(with("tokenizer=/nowhere/t.json").status, 1);
  EXPECT_EQ(with("scoring.meteor=wordnet").status,
            std::filesystem::exists("/usr/share/wordnet/data.noun") ? 0 : 1);
}

TEST(Cli, AFullDiskUnderStandardOutputIsStatus1) {
  std::ostringstream out, err;
  out.setstate(std::ios::badbit);
  EXPECT_EQ(run_cli({"ls"}, out, err), 1);
  EXPECT_EQ(err.str(), "dsocr: cannot write to standard output\n");
}

// What one sweep has read another replays, to the same numbers.
TEST(Cli, ASweepReplaysWhatAnotherHasRead) {
  const test::TempDir dir;
  std::string words;
  for (int i = 0; i < 300; ++i) words += "word" + std::to_string(i) + " ";
  const auto config =
      dir.write("sweep.json", R"({"texts": [{"name": "words", "source": ")" +
                                  dir.write("words.txt", words).string() +
                                  R"("}, {"name": "random", "text": {"generate": "random"}}],
      "modes": ["p128", "p192"], "ratios": [2, 4], "font_px": [6, 8], "pages": 2,
      "render": {"page": {"margin": [2], "line_height": [1.1]}}, "bootstrap": {"resamples": 50}})");
  const auto first = dir.path() / "first", second = dir.path() / "second";
  const Outcome read = run({"sweep", config.string(), "--engine", "hash", "--out", first.string()});
  EXPECT_EQ(read.status, 0) << read.err;
  EXPECT_NE(read.out.find("Report: " + (first / "report.html").string()), std::string::npos);
  const Outcome replayed = run({"sweep", config.string(), "--engine", "replay", "--predictions",
                                (first / "predictions").string(), "--out", second.string()});
  EXPECT_EQ(replayed.status, 0) << replayed.err;
  auto results = test::read_json(first / "results.json");
  auto again = test::read_json(second / "results.json");
  EXPECT_EQ(results.at("cells").size(), 16u);
  results.erase("header");
  again.erase("header");
  EXPECT_EQ(results, again);
  for (const char* file : {"samples.jsonl", "curve.csv", "compression.svg", "by_font.png",
                           "report.html", "manifest.json", "pages/words-p192-r4-f8-2.png"})
    EXPECT_TRUE(std::filesystem::exists(second / file)) << file;

  const Outcome too_large = run({"sweep", config.string(), "--engine", "hash", "--set",
                                 "font_px=[60]", "--out", (dir.path() / "large").string()});
  EXPECT_EQ(too_large.status, 1);
  EXPECT_NE(too_large.err.find("no page holds what is asked for: words-p128-r2-f60"),
            std::string::npos)
      << too_large.err;
  EXPECT_EQ(run({"sweep", config.string(), "--set", "modes=[]"}).status, 2);
  const Outcome no_text = run({"sweep", config.string(), "--engine", "hash", "--set",
                               "texts[0].source=/none.txt", "--out", (dir.path() / "x").string()});
  EXPECT_EQ(no_text.status, 1);
  EXPECT_NE(no_text.err.find("/none.txt"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(dir.path() / "x"));
}

TEST(Cli, EveryExperimentResolves) {
  size_t seen = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(configs::build_info().source_dir / "experiments")) {
    if (!std::filesystem::exists(entry.path() / "config.json")) continue;
    const bool trains =
        reports::read_file(entry.path() / "run.sh").find("dsocr\" train ") != std::string::npos;
    const std::vector<std::string> kind =
        trains ? std::vector<std::string>{"train", "--set", "model=x", "--set",
                                          R"(data.sources=[{"file":"x.h5"}])"}
               : std::vector<std::string>{"eval.fox", "--set", "data=x"};
    for (const char* name : {"config.json", "reader.json"}) {
      const auto file = entry.path() / name;
      if (!std::filesystem::exists(file)) continue;
      std::vector<std::string> words{"config", "show", "--config", file.string()};
      words.insert(words.end(), kind.begin(), kind.end());
      const Outcome outcome = run(words);
      EXPECT_EQ(outcome.status, 0) << file << outcome.err;
    }
    ++seen;
    for (const char* name : {"sweep.json", "demo.json"}) {
      const auto sweep = entry.path() / name;
      if (!std::filesystem::exists(sweep)) continue;
      EXPECT_EQ(run({"config", "show", "sweep", "--config", sweep.string()}).status, 0) << sweep;
    }
  }
  EXPECT_GE(seen, 3u);
}

/// Commands are recorded from the repository root.
class AtTheRoot {
 public:
  AtTheRoot() { std::filesystem::current_path(configs::build_info().source_dir); }
  ~AtTheRoot() { std::filesystem::current_path(before_); }
  AtTheRoot(const AtTheRoot&) = delete;
  AtTheRoot& operator=(const AtTheRoot&) = delete;

 private:
  std::filesystem::path before_ = std::filesystem::current_path();
};

// A published number belongs to one config: when today's code resolves the recorded command to
// another, the report is run again or names what supersedes it.
TEST(Cli, PublishedReportsMatchTodaysConfigs) {
  const AtTheRoot root;
  size_t seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator("reports/published")) {
    if (entry.path().extension() != ".json") continue;
    const auto published = test::read_json(entry.path());
    ++seen;
    if (published.contains("superseded_by") || published["manifest"]["config"].is_null()) continue;
    std::vector<std::string> command = published["manifest"]["command"];
    command.erase(command.begin());
    command.emplace_back("--dry-run");
    const Outcome outcome = run(command);
    ASSERT_EQ(outcome.status, 0) << entry.path() << outcome.err;
    EXPECT_EQ(configs::config_hash(nlohmann::json::parse(outcome.out)),
              published["manifest"]["config"]["sha256"])
        << entry.path();
  }
  EXPECT_GE(seen, 1u);
}

}  // namespace
}  // namespace dsocr

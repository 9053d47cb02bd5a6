#include "configs/process.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::configs {
namespace {

using std::chrono::milliseconds;

TEST(Process, PassesInputAndTakesBothOutputs) {
  const ProcessResult result =
      run_process({"sh", "-c", "tr a-z A-Z; echo problem >&2; exit 3"}, "hello");
  EXPECT_EQ(result.out, "HELLO");
  EXPECT_EQ(result.err, "problem\n");
  EXPECT_EQ(result.exit_code, 3);
}

TEST(Process, LargeInputAndOutputDoNotBlock) {
  const std::string input(1'000'000, 'x');
  EXPECT_EQ(run_process({"cat"}, input).out, input);
  EXPECT_EQ(run_process({"true"}, input).exit_code, 0);  // reads nothing
}

TEST(Process, NamesTheProgramThatIsMissing) {
  EXPECT_EQ(test::thrown_message([] { run_process({"no-such-program"}); }),
            "cannot run no-such-program: program not found");
  EXPECT_EQ(test::thrown_message([] { run_process({"/nowhere/python"}); }),
            "cannot run /nowhere/python: program not found");
  EXPECT_EQ(find_program("no-such-program"), "");
  EXPECT_TRUE(std::filesystem::exists(find_program("sh")));
}

TEST(Process, NamesTheProgramThatCannotBeStarted) {
  const test::TempDir dir;
  const auto file = dir.write("script", "not executable");
  EXPECT_NE(test::thrown_message([&] {
              run_process({file.string()});
            }).find("cannot run " + file.string() + ": "),
            std::string::npos);
}

TEST(Process, RunsInAFolderWithVariables) {
  const test::TempDir dir;
  const ProcessResult result = run_process({"sh", "-c", "echo \"$WORD $HOME\" >here"}, "",
                                           {.folder = dir.path(), .variables = {{"WORD", "a b"}}});
  EXPECT_EQ(result.exit_code, 0);
  std::string line;
  std::getline(std::ifstream(dir.path() / "here"), line);
  EXPECT_EQ(line, "a b " + std::string(getenv("HOME")));
}

TEST(Process, AfterTheTimeLimitAllThatItStartedIsKilled) {
  const test::TempDir dir;
  const auto start = std::chrono::steady_clock::now();
  const auto limit = milliseconds(300);
  EXPECT_EQ(test::thrown_message([&] {
              run_process({"sh", "-c", "(sleep 1; touch late) & sleep 60"}, "",
                          {.folder = dir.path(), .time_limit = limit});
            }),
            "sh was ended after 0.3 s");
  // Closed outputs are not the end.
  EXPECT_EQ(test::thrown_message([&] {
              run_process({"sh", "-c", "exec >&- 2>&-; sleep 60"}, "", {.time_limit = limit});
            }),
            "sh was ended after 0.3 s");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
  std::this_thread::sleep_for(milliseconds(1000));
  EXPECT_FALSE(std::filesystem::exists(dir.path() / "late"));
  EXPECT_EQ(run_process({"echo", "x"}, "", {.time_limit = std::chrono::minutes(1)}).out, "x\n");
}

TEST(Conversation, AnswersLineByLine) {
  Conversation cat({"cat"});
  for (const std::string line : {"one", "", "three"}) {
    cat.write_line(line);
    EXPECT_EQ(cat.read_line(), line);
  }
  cat.write_line("not read");
  // Messages do not hold it up, and lines that come together stay apart.
  Conversation two({"sh", "-c", "yes message | head -100000 >&2; echo a; echo b"});
  EXPECT_EQ(two.read_line(), "a");
  EXPECT_EQ(two.read_line(), "b");
}

TEST(Conversation, TellsWhyItEnded) {
  Conversation script({"sh", "-c", "read line; echo got $line; echo trouble >&2; exit 3"});
  script.write_line("x");
  EXPECT_EQ(script.read_line(), "got x");
  EXPECT_EQ(test::thrown_message([&] { script.read_line(); }), "sh has ended: trouble\n");
  EXPECT_EQ(test::thrown_message([&] {
              for (int i = 0; i < 1000; ++i) script.write_line("x");
            }),
            "sh has ended: trouble\n");
  EXPECT_EQ(test::thrown_message([] { Conversation({"no-such-program"}); }),
            "cannot run no-such-program: program not found");
}

TEST(Conversation, EndsAProgramThatDoesNotAnswerInTime) {
  const test::TempDir dir;
  const std::string late = (dir.path() / "late").string();
  Conversation script({"sh", "-c",
                       "read line; echo got $line; echo trouble >&2; (sleep 1; touch " + late +
                           ") & read line; sleep 60"});
  script.write_line("x", milliseconds(5000));
  EXPECT_EQ(script.read_line(milliseconds(5000)), "got x");
  const auto start = std::chrono::steady_clock::now();
  const auto read = [&] { script.read_line(milliseconds(300)); };
  EXPECT_EQ(test::thrown_message(read), "sh gave no answer within 0.3 s and was ended");
  // It is over: nobody waits once more.
  EXPECT_EQ(test::thrown_message(read), "sh has ended: trouble\n");
  EXPECT_EQ(test::thrown_message([&] { script.write_line("x"); }), "sh has ended: trouble\n");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
  std::this_thread::sleep_for(milliseconds(1200));
  EXPECT_FALSE(std::filesystem::exists(late));
}

TEST(Conversation, HalfALineIsNoAnswer) {
  Conversation script({"sh", "-c", "printf half; sleep 60"});
  EXPECT_THROW(script.read_line(milliseconds(300)), TimeoutError);
}

TEST(Conversation, EndsAProgramThatDoesNotTakeALine) {
  Conversation deaf({"sleep", "60"});
  deaf.write_line("fits into the pipe", milliseconds(300));
  EXPECT_THROW(deaf.write_line(std::string(1'000'000, 'x'), milliseconds(300)), TimeoutError);
}

TEST(Conversation, LongLinesPassWithALimit) {
  Conversation cat({"cat"});
  // Not more than cat and the pipes hold: nobody reads while a line is written.
  const std::string line(60'000, 'x');
  for (int i = 0; i < 20; ++i) {
    cat.write_line(line, milliseconds(60'000));
    EXPECT_EQ(cat.read_line(milliseconds(60'000)), line);
  }
}

TEST(Conversation, DoesNotWaitForProgramsThatNeverEnd) {
  const auto start = std::chrono::steady_clock::now();
  { Conversation stubborn({"sh", "-c", "trap '' TERM HUP INT; sleep 60"}); }
  {
    Conversation silent({"sh", "-c", "echo trouble >&2; exec >&-; sleep 60"});
    EXPECT_EQ(test::thrown_message([&] { silent.read_line(); }), "sh has ended: trouble\n");
  }
  {
    Conversation endless({"yes"});
    EXPECT_EQ(endless.read_line(), "y");
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(40));
}

TEST(Conversation, WaitsForAProgramThatEndsByItself) {
  const test::TempDir dir;
  const std::string file = (dir.path() / "saved").string();
  { Conversation script({"sh", "-c", "cat >/dev/null; sleep 0.5; echo done >" + file}); }
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST(Process, ManyAtOnceDoNotHoldEachOtherUp) {
  // Each "cat" ends when its input is closed; one that inherited another's input would wait for it.
  std::vector<std::thread> threads;
  std::vector<std::string> outputs(8);
  for (size_t t = 0; t < outputs.size(); ++t)
    threads.emplace_back([&outputs, t] {
      for (int i = 0; i < 20; ++i)
        outputs[t] +=
            run_process({"cat"}, std::to_string(t), {.time_limit = std::chrono::minutes(1)}).out;
    });
  for (std::thread& thread : threads) thread.join();
  for (size_t t = 0; t < outputs.size(); ++t) {
    std::string expected;
    for (int i = 0; i < 20; ++i) expected += std::to_string(t);
    EXPECT_EQ(outputs[t], expected);
  }
}

}  // namespace
}  // namespace dsocr::configs

#include "reports/process.h"

#include <gtest/gtest.h>

#include "tests/support/thrown.h"

namespace dsocr::reports {
namespace {

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
}

TEST(Process, NamesTheProgramThatIsMissing) {
  EXPECT_EQ(test::thrown_message([] { run_process({"no-such-program"}); }),
            "cannot run no-such-program: program not found");
  EXPECT_EQ(test::thrown_message([] { run_process({"/nowhere/python"}); }),
            "cannot run /nowhere/python: program not found");
}

}  // namespace
}  // namespace dsocr::reports

#include "data/label/label_pages.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "data/error.h"
#include "data/hdf5/page_store_writer.h"
#include "tests/data/store_pages.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::data {
namespace {

// A real program that hangs on page 1, dies on page 2 and talks nonsense on page 3.
constexpr const char* kEngine = R"(#!/bin/sh
echo '{"labeller":{"name":"'$1'","version":"1","models":{"a":"b"}}}'
while read -r line; do
  case "$line" in
    *'"page":1}'*) sleep 100 ;;
    *'"page":2}'*) echo "out of memory" >&2; kill -9 $$ ;;
    *'"page":3}'*) echo 'no json' ;;
    *) echo '{"seconds":0.5,"labels":[{"category":"text","box":[0,0,1,1],"confidence":1,"lines":[]}]}' ;;
  esac
done
)";

class LabelPages : public testing::Test {
 protected:
  LabelPages() {
    write_program("engine", kEngine);
    PageStoreWriter writer(dir_.path() / "pages.h5", {});
    for (int i = 0; i < 6; ++i) writer.add(test::make_page(i), static_cast<std::uint64_t>(i));
    writer.finish();
  }
  void write_program(const std::string& name, const std::string& text) const {
    std::filesystem::permissions(dir_.write(name, text), std::filesystem::perms::owner_all);
  }
  LabelPagesOptions options(const std::string& program = "engine") const {
    return {.worker = {.program = {(dir_.path() / program).string()},
                       .page_limit = std::chrono::milliseconds(400)}};
  }
  std::filesystem::path file(const std::string& name) const { return dir_.path() / name; }
  LabelPagesResult label(const std::string& name, std::size_t threads) const {
    LabelPagesOptions with_threads = options();
    with_threads.threads = threads;
    return label_pages(PageStore(dir_.path() / "pages.h5"), "fake", file(name), with_threads);
  }

  test::TempDir dir_;
};

TEST_F(LabelPages, AnEngineThatHangsOrDiesCostsItsPageAlone) {
  for (const std::size_t threads : {1U, 3U}) {
    const std::string name = "labels-" + std::to_string(threads);
    const LabelPagesResult result = label(name, threads);
    EXPECT_EQ(result.labelled, 6u);
    EXPECT_EQ(result.failed, 3u);
    EXPECT_EQ(result.labeller.name, "fake");
    const LabelFile labels(file(name));
    ASSERT_EQ(labels.num_pages(), 6u);
    for (const std::uint64_t good : {0U, 4U, 5U})
      EXPECT_EQ(labels.result(good).labels.regions.size(), 1u) << good;
    EXPECT_EQ(labels.result(1).failure, "took more than 0.4 s");
    EXPECT_NE(labels.result(2).failure.find("the engine ended: "), std::string::npos);
    EXPECT_NE(labels.result(2).failure.find("out of memory"), std::string::npos);
    EXPECT_EQ(labels.result(3).failure, "the engine answered not the labels of a page");
  }
}

TEST_F(LabelPages, WhatIsLabelledIsNotAskedForAgain) {
  label("labels", 1);
  write_program("engine",
                "#!/bin/sh\necho '{\"labeller\":{\"name\":\"fake\",\"version\":\"1\","
                "\"models\":{\"a\":\"b\"}}}'\nread -r line\n");
  const LabelPagesResult again = label("labels", 1);
  EXPECT_EQ(again.labelled, 0u);
  EXPECT_EQ(again.failed, 3u);
}

TEST_F(LabelPages, AnEngineThatCannotBeOpenedSaysWhy) {
  const PageStore store(dir_.path() / "pages.h5");
  write_program("closed", "#!/bin/sh\necho '{\"error\":\"apt-get install x\"}'\n");
  EXPECT_EQ(test::thrown_message([&] { label_pages(store, "fake", file("a"), options("closed")); }),
            "apt-get install x");
  write_program("silent", "#!/bin/sh\nexit 3\n");
  EXPECT_NE(test::thrown_message([&] {
              label_pages(store, "fake", file("a"), options("silent"));
            }).find("labeller fake: "),
            std::string::npos);
  EXPECT_NE(test::thrown_message([&] {
              label_pages(store, "fake", file("a"), options("none"));
            }).find("program not found"),
            std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(file("a")));
}

}  // namespace
}  // namespace dsocr::data

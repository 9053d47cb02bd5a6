#include <gtest/gtest.h>

#include <set>
#include <string>

#include "eval/omnidocbench/cdm/random.h"
#include "tests/support/read_json.h"

namespace dsocr::omnidocbench::cdm {
namespace {

TEST(CdmRandom, GivesTheNumbersOfNumpy) {
  const std::string file = "golden/omnidocbench/cdm/rng_choice.json";
  DSOCR_REQUIRE_SHARED(file);
  const auto vectors = test::read_json(test::shared_dir() / file);
  ASSERT_GT(vectors.size(), 0u);
  for (const auto& vector : vectors) {
    const auto seed = vector.at("seed").get<uint32_t>();
    NumpyGenerator raw(seed);
    for (const auto& value : vector.at("raw_uint64"))
      EXPECT_EQ(std::to_string(raw.next64()), value.get<std::string>());
    NumpyGenerator generator(seed);
    ASSERT_GT(vector.at("draws").size(), 0u);
    for (const auto& draw : vector.at("draws")) {
      EXPECT_EQ(generator.choice(vector.at("n"), vector.at("k")),
                draw.get<std::vector<uint32_t>>());
    }
  }
}

TEST(CdmRandom, ChoosesDifferentNumbers) {
  NumpyGenerator generator(7);
  for (uint32_t n = 1; n < 20; ++n) {
    const auto chosen = generator.choice(n, n);
    const std::set<uint32_t> different(chosen.begin(), chosen.end());
    EXPECT_EQ(different.size(), n);
    EXPECT_LT(*different.rbegin(), n);
  }
  EXPECT_THROW(generator.choice(2, 3), std::invalid_argument);
}

TEST(CdmRandom, StaysWithinItsBound) {
  NumpyGenerator generator(42);
  for (const uint32_t last : {0u, 1u, 6u, 1000u, UINT32_MAX}) {
    for (int i = 0; i < 100; ++i) EXPECT_LE(generator.bounded(last), last);
  }
}

}  // namespace
}  // namespace dsocr::omnidocbench::cdm

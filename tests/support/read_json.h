#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace dsocr::test {

/// Fixtures that are part of the repository.
inline std::filesystem::path golden_dir() { return DSOCR_GOLDEN_DIR; }

/// Restricted data beside the checkout; tests on it skip when it is absent.
inline std::filesystem::path shared_dir() { return DSOCR_SHARED_DIR; }

inline nlohmann::json read_json(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot open " + file.string());
  return nlohmann::json::parse(in);
}

}  // namespace dsocr::test

/// Skips a test that needs a file under ../shared when there is none.
#define DSOCR_REQUIRE_SHARED(relative)                                  \
  if (!std::filesystem::exists(dsocr::test::shared_dir() / (relative))) \
  GTEST_SKIP() << "needs ../shared/" << (relative)

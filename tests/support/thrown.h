#pragma once

#include <gtest/gtest.h>

#include <exception>
#include <string>

namespace dsocr::test {

/// The message of the exception that `work` throws; fails the test when it throws none.
template <class Work>
std::string thrown_message(const Work& work) {
  try {
    work();
  } catch (const std::exception& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

}  // namespace dsocr::test

#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  dsocr::test::feed_markdown({reinterpret_cast<const char*>(data), size});
  return 0;
}

#include <malloc.h>

#include <iostream>
#include <string>
#include <vector>

#include "experiments/cli.h"

int main(int argc, char** argv) {
  // Pictures of a few megabytes come and go all the time. Left to itself, glibc gives their memory
  // back at each turn, and clearing it anew takes a third of the time of reading a page.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  return dsocr::run_cli(std::vector<std::string>(argv + 1, argv + argc), std::cout, std::cerr);
}

#include <iostream>
#include <string>
#include <vector>

#include "experiments/cli.h"

int main(int argc, char** argv) {
  return dsocr::run_cli(std::vector<std::string>(argv + 1, argv + argc), std::cout, std::cerr);
}

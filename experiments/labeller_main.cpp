// Labels pages with one engine in a process of its own, so that the engine may crash, hang or
// print; `dsocr data label` starts it. dsocr-labeller --list tells which engines there are.
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "data/label/label_worker.h"
#include "data/label/labeller.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: dsocr-labeller ENGINE, or --list\n";
    return 2;
  }
  const std::string engine = argv[1];
  if (engine != "--list") return dsocr::data::serve_labels(engine, std::cin, std::cout);
  for (const dsocr::data::LabellerKind& kind : dsocr::data::labeller_kinds())
    std::cout << nlohmann::ordered_json{{"name", kind.name}, {"doc", kind.doc}}.dump() << "\n";
  return 0;
}

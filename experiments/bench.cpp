#include "experiments/bench.h"

#include "experiments/bench_loader.h"
#include "experiments/bench_model.h"
#include "experiments/bench_preprocess.h"
#include "experiments/bench_text.h"
#include "experiments/bench_train.h"

namespace dsocr {

void add_bench_command(CLI::App& app, const std::vector<std::string>& command_line,
                       std::ostream& out) {
  CLI::App* bench = app.add_subcommand("bench", "Time a stage beside its reference");
  bench->require_subcommand(1);
  bench->footer("Example:\n  dsocr bench tokenize");
  add_text_benches(*bench, command_line, out);
  add_loader_bench(*bench, command_line, out);
  add_preprocess_bench(*bench, command_line, out);
  add_model_benches(*bench, command_line, out);
  add_train_bench(*bench, command_line, out);
}

}  // namespace dsocr

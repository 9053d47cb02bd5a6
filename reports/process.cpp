#include "reports/process.h"

#include <boost/asio.hpp>
#include <boost/process.hpp>
#include <filesystem>
#include <future>
#include <stdexcept>

namespace dsocr::reports {

ProcessResult run_process(const std::vector<std::string>& argv, std::string_view input) {
  namespace process = boost::process;
  const std::string& name = argv.at(0);
  const auto program = name.find('/') == std::string::npos ? process::search_path(name)
                                                           : boost::filesystem::path(name);
  if (program.empty() || !boost::filesystem::exists(program))
    throw std::runtime_error("cannot run " + name + ": program not found");

  boost::asio::io_context context;
  std::future<std::string> out;
  std::future<std::string> err;
  try {
    process::child child(program,
                         process::args(std::vector<std::string>(argv.begin() + 1, argv.end())),
                         process::std_in<boost::asio::buffer(input), process::std_out> out,
                         process::std_err > err, context);
    context.run();
    child.wait();
    return {child.exit_code(), out.get(), err.get()};
  } catch (const process::process_error& error) {
    throw std::runtime_error("cannot run " + name + ": " + error.what());
  }
}

}  // namespace dsocr::reports

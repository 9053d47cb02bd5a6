#include "configs/process.h"

#include <fcntl.h>

#include <array>
#include <boost/asio.hpp>
#include <boost/process.hpp>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace dsocr::configs {
namespace {

namespace process = boost::process;
using Clock = std::chrono::steady_clock;

// Until the program has closed its outputs and ended. False when `limit` (0: none) was not enough.
bool wait(process::child& child, boost::asio::io_context& context,
          std::chrono::milliseconds limit) {
  if (limit.count() == 0) {
    context.run();
    child.wait();
    return true;
  }
  const Clock::time_point end = Clock::now() + limit;
  context.run_until(end);
  if (!context.stopped()) return false;
  while (child.running()) {
    if (Clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

std::string seconds(std::chrono::milliseconds time) {
  std::ostringstream text;
  text << static_cast<double>(time.count()) / 1000 << " s";
  return text.str();
}

// Programs that other threads start must not inherit these pipes, or their ends would be awaited
// too: a pipe is made, marked and used for a start while no other program is started.
std::mutex& start_mutex() {
  static std::mutex mutex;
  return mutex;
}

struct Pipe {
  explicit Pipe(boost::asio::io_context& context) : pipe(context) {
    for (const int end : {pipe.native_source(), pipe.native_sink()})
      if (fcntl(end, F_SETFD, FD_CLOEXEC) != 0)
        throw process::process_error(errno, std::generic_category(), "fcntl");
  }
  process::async_pipe pipe;
};

// Writing to a program that ended or closed its input would end this one by SIGPIPE. Only for this
// thread, and after the start: the program inherits what is blocked.
class NoSigpipe {
 public:
  NoSigpipe() {
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
  }
  ~NoSigpipe() {
    const timespec now{};
    sigtimedwait(&sigpipe_, nullptr, &now);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;

 private:
  sigset_t sigpipe_, before_;
};

// Throws std::runtime_error when there is none.
std::filesystem::path program_file(const std::string& name) {
  std::filesystem::path program =
      name.find('/') == std::string::npos ? find_program(name) : std::filesystem::path(name);
  if (program.empty() || !std::filesystem::exists(program))
    throw std::runtime_error("cannot run " + name + ": program not found");
  return program;
}

std::vector<std::string> arguments_of(const std::vector<std::string>& argv) {
  return {argv.begin() + 1, argv.end()};
}

[[noreturn]] void fail_to_start(const std::string& name, const process::process_error& error) {
  throw std::runtime_error("cannot run " + name + ": " + error.what());
}

}  // namespace

std::filesystem::path find_program(const std::string& name) {
  return process::search_path(name).native();
}

ProcessResult run_process(const std::vector<std::string>& argv, std::string_view input,
                          const ProcessOptions& options) {
  const std::string& name = argv.at(0);
  const std::filesystem::path program = program_file(name);
  process::environment environment = boost::this_process::environment();
  for (const auto& [variable, value] : options.variables) environment[variable] = value;
  boost::asio::io_context context;
  try {
    std::unique_lock one_at_a_time(start_mutex());
    Pipe in(context), out(context), err(context);
    process::group group;
    process::child child(program.native(), process::args(arguments_of(argv)),
                         process::start_dir(options.folder.empty() ? "." : options.folder.native()),
                         environment, process::std_in<in.pipe, process::std_out> out.pipe,
                         process::std_err > err.pipe, group);
    one_at_a_time.unlock();
    const NoSigpipe no_sigpipe;
    // A program need not read its input: what it leaves is no error.
    boost::asio::async_write(in.pipe, boost::asio::buffer(input),
                             [&](const auto&, std::size_t) { in.pipe.close(); });
    ProcessResult result;
    for (auto& [pipe, text] : {std::pair{&out.pipe, &result.out}, {&err.pipe, &result.err}})
      boost::asio::async_read(*pipe, boost::asio::dynamic_buffer(*text),
                              [](const auto&, std::size_t) {});
    if (!wait(child, context, options.time_limit)) {
      group.terminate();
      child.wait();
      throw TimeoutError(name + " was ended after " + seconds(options.time_limit));
    }
    result.exit_code = child.exit_code();
    return result;
  } catch (const process::process_error& error) {
    fail_to_start(name, error);
  }
}

namespace {

void throw_away(process::async_pipe& pipe, std::array<char, 4096>& buffer) {
  pipe.async_read_some(boost::asio::buffer(buffer), [&](const auto& error, std::size_t) {
    if (!error) throw_away(pipe, buffer);
  });
}

}  // namespace

struct Conversation::Parts {
  std::string name = {};
  boost::asio::io_context context = {};
  Pipe in{context}, out{context}, err{context};
  std::string lines = {}, messages = {};  // what came and was not asked for yet
  std::array<char, 4096> unread = {};     // what came after its input was closed
  process::group group = {};
  process::child child = {};
};

Conversation::Conversation(const std::vector<std::string>& argv) {
  const std::filesystem::path program = program_file(argv.at(0));
  try {
    const std::scoped_lock one_at_a_time(start_mutex());
    parts_ = std::make_unique<Parts>();
    parts_->name = argv[0];
    parts_->child =
        process::child(program.native(), process::args(arguments_of(argv)),
                       process::std_in<parts_->in.pipe, process::std_out> parts_->out.pipe,
                       process::std_err > parts_->err.pipe, parts_->group);
  } catch (const process::process_error& error) {
    fail_to_start(argv[0], error);
  }
  // Read whenever a line is awaited, so that many messages do not hold the program up.
  boost::asio::async_read(parts_->err.pipe, boost::asio::dynamic_buffer(parts_->messages),
                          [](const auto&, std::size_t) {});
}

Conversation::~Conversation() { end(); }

// A second time this does nothing.
void Conversation::end() {
  if (!parts_->out.pipe.is_open()) return;
  parts_->in.pipe.close();
  // It may still be writing, and would end by SIGPIPE or wait for ever.
  throw_away(parts_->out.pipe, parts_->unread);
  parts_->context.restart();
  std::error_code ignored;
  if (!wait(parts_->child, parts_->context, kGraceTime)) {
    parts_->group.terminate(ignored);
    parts_->child.wait(ignored);
  }
  parts_->out.pipe.close();
}

void Conversation::fail() {
  end();
  throw std::runtime_error(parts_->name + " has ended: " + parts_->messages);
}

// Whoever waits sets `done` from a handler.
void Conversation::run_until(const bool& done, std::chrono::milliseconds limit) {
  parts_->context.restart();
  if (limit.count() == 0) {
    while (!done) parts_->context.run_one();
    return;
  }
  const Clock::time_point last = Clock::now() + limit;
  while (!done && parts_->context.run_one_until(last) > 0) {
  }
  if (done) return;
  std::error_code ignored;
  parts_->group.terminate(ignored);
  parts_->child.wait(ignored);
  // The handler runs now: it refers to its caller's variables.
  parts_->in.pipe.close();
  parts_->out.pipe.close();
  while (!done) parts_->context.run_one();
  throw TimeoutError(parts_->name + " gave no answer within " + seconds(limit) + " and was ended");
}

void Conversation::write_line(std::string_view line, std::chrono::milliseconds limit) {
  const NoSigpipe no_sigpipe;
  const std::string bytes = std::string(line) + "\n";
  bool done = false, failed = false;
  boost::asio::async_write(parts_->in.pipe, boost::asio::buffer(bytes),
                           [&](const auto& error, std::size_t) {
                             done = true;
                             failed = static_cast<bool>(error);
                           });
  run_until(done, limit);
  if (failed) fail();
}

std::string Conversation::read_line(std::chrono::milliseconds limit) {
  bool done = false, failed = false;
  std::size_t size = 0;
  boost::asio::async_read_until(parts_->out.pipe, boost::asio::dynamic_buffer(parts_->lines), '\n',
                                [&](const auto& error, std::size_t count) {
                                  done = true;
                                  failed = static_cast<bool>(error);
                                  size = count;
                                });
  run_until(done, limit);
  if (failed) fail();
  std::string line = parts_->lines.substr(0, size - 1);
  parts_->lines.erase(0, size);
  return line;
}

}  // namespace dsocr::configs

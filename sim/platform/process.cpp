// The platform in a process of its own.
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <utility>

#include "stoic/sim/device/trace_file.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/platform/board.hpp"
#include "stoic/sim/systemc/pipe.hpp"

namespace stoic::platform {
namespace {

using systemc::Message;

/// What the child says: text of the UART as it comes, that it closes the traces, at the end its result, what
/// went wrong, or that it was stopped.
enum class Said : std::uint8_t { uart, closing, result, error, stopped };

/// A flag in memory that parent and child share: signals reach the parent alone.
class SharedFlag {
 public:
  SharedFlag()
      : page_(::mmap(nullptr, sizeof(std::atomic<bool>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                     -1, 0)) {
    if (page_ == MAP_FAILED)
      throw Error(fmt::format("no memory for the simulation: {}; end some processes", std::strerror(errno)));
    flag_ = new (page_) std::atomic<bool>(false);
  }
  ~SharedFlag() { ::munmap(page_, sizeof(std::atomic<bool>)); }
  SharedFlag(const SharedFlag&) = delete;
  SharedFlag& operator=(const SharedFlag&) = delete;
  std::atomic<bool>& value() { return *flag_; }

 private:
  void* page_;
  std::atomic<bool>* flag_ = nullptr;
};

void put_result(const RunResult& result, Message& message) {
  message.put(result.ending);
  message.put(result.exit_code);
  message.put_text(result.diagnosis);
  message.put_text(result.uart);
  message.put(result.outputs.size());
  for (const auto& output : result.outputs) message.put_all(std::span(output));
  message.put_all(std::span(result.counted_cycles));
  for (const auto number : {result.cycles, result.instructions, result.accesses, result.exceptions})
    message.put(number);
  for (const auto time : {result.seconds, result.cpu_seconds, result.bus_seconds, result.accelerator_seconds})
    message.put(time);
}

RunResult get_result(Message& message) {
  RunResult result;
  result.ending = message.get<Ending>();
  result.exit_code = message.get<int>();
  result.diagnosis = message.get_text();
  result.uart = message.get_text();
  result.outputs.resize(message.get<std::size_t>());
  for (auto& output : result.outputs) output = message.get_all<std::int32_t>();
  result.counted_cycles = message.get_all<std::int64_t>();
  for (auto* number : {&result.cycles, &result.instructions, &result.accesses, &result.exceptions})
    *number = message.get<std::int64_t>();
  for (auto* time : {&result.seconds, &result.cpu_seconds, &result.bus_seconds, &result.accelerator_seconds})
    *time = message.get<double>();
  return result;
}

void simulate(int socket, RunOptions options) {
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  options.uart = [socket](std::string_view text) {
    Message message;
    message.put(Said::uart);
    message.put_text(std::string(text));
    systemc::send(socket, message);
  };
  const auto closing = [socket] {
    Message message;
    message.put(Said::closing);
    systemc::send(socket, message);
  };
  Message last;
  try {
    Board board("board", options);
    const auto result = board.run(closing);
    last.put(Said::result);
    put_result(result, last);
  } catch (const StoppedError& stopped) {
    last = {};
    last.put(Said::stopped);
    last.put_text(stopped.what());
  } catch (const std::exception& error) {
    last = {};
    last.put(Said::error);
    last.put_text(error.what());
  }
  systemc::send(socket, last);
}

/// Waits for the child's next words, and meanwhile passes on that it is to stop.
void await_words(int socket, const std::atomic<bool>* stop, std::atomic<bool>& child_stop) {
  constexpr int look_every_ms = 50;
  pollfd words{socket, POLLIN, 0};
  do {
    if (stop != nullptr && *stop) child_stop = true;
  } while (::poll(&words, 1, look_every_ms) <= 0);
}

/// Listens until the child has said its last word. Returns whether it has. `failure` is what it says went
/// wrong.
bool listen(int socket, const RunOptions& options, std::atomic<bool>& child_stop,
            const std::function<void()>& closing, RunResult& result, std::exception_ptr& failure) {
  Message message;
  while (true) {
    await_words(socket, options.trace.stop, child_stop);
    if (!systemc::receive(socket, message)) return false;
    switch (message.get<Said>()) {
      case Said::uart:
        if (options.uart) options.uart(message.get_text());
        break;
      case Said::closing:
        if (closing) closing();
        break;
      case Said::result:
        result = get_result(message);
        return true;
      case Said::error:
        failure = std::make_exception_ptr(Error(message.get_text()));
        return true;
      case Said::stopped:
        failure = std::make_exception_ptr(StoppedError(message.get_text()));
        return true;
    }
  }
}

/// Throws Error for a child that ended, by `status`, without a last word.
[[noreturn]] void fail_lost(int status, const std::string& waveform) {
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS && waveform.ends_with(".fst"))
    fail_mapped_trace(waveform);
  throw Error(WIFSIGNALED(status) ? fmt::format("the simulation was killed by signal {}", WTERMSIG(status))
                                  : fmt::format("the simulation ended with code {}", WEXITSTATUS(status)));
}

}  // namespace

RunResult run_firmware(const RunOptions& options, const std::function<void()>& closing) {
  SharedFlag child_stop;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw Error(fmt::format("no socket for the simulation: {}; close some files", std::strerror(errno)));
  std::fflush(nullptr);
  const auto parent = getpid();
  const auto child = fork();
  if (child < 0)
    throw Error(fmt::format("no process for the simulation: {}; end some", std::strerror(errno)));
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    close(ends[0]);
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    std::signal(SIGBUS, SIG_DFL);  // pages of a trace without room: the parent tells
    auto own = options;
    if (options.trace.stop != nullptr) own.trace.stop = &child_stop.value();
    simulate(ends[1], std::move(own));
    _exit(0);  // what the parent registered for its exit is not the child's business
  }
  close(ends[1]);
  RunResult result;
  std::exception_ptr failure;
  const bool complete = listen(ends[0], options, child_stop.value(), closing, result, failure);
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (failure) std::rethrow_exception(failure);
  if (!complete) fail_lost(status, options.trace.path);
  return result;
}

}  // namespace stoic::platform

// The platform in a process of its own.
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <new>
#include <optional>
#include <utility>

#include "stoic/sim/device/trace_file.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/stopwatch.hpp"
#include "stoic/sim/platform/board.hpp"
#include "stoic/sim/platform/gdb_socket.hpp"
#include "stoic/sim/systemc/pipe.hpp"

namespace stoic::platform {
namespace {

using systemc::Message;

/// What the child says: text of the UART as it comes, that it closes the traces, at the end its result, or
/// what went wrong.
enum class Said : std::uint8_t { uart, closing, result, error };

/// What parent and child tell each other while the simulation runs: signals reach the parent alone.
struct Shared {
  std::atomic<bool> stop{false};
  std::atomic<std::int64_t> cycle{0};
  std::atomic<std::int64_t> instructions{0};
};

/// In memory that both see.
class SharedPage {
 public:
  SharedPage()
      : page_(::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    if (page_ == MAP_FAILED)
      throw Error(fmt::format("no memory for the simulation: {}; end some processes", std::strerror(errno)));
    shared_ = new (page_) Shared;
  }
  ~SharedPage() { ::munmap(page_, sizeof(Shared)); }
  SharedPage(const SharedPage&) = delete;
  SharedPage& operator=(const SharedPage&) = delete;
  Shared& value() { return *shared_; }

 private:
  void* page_;
  Shared* shared_ = nullptr;
};

void put_result(const RunResult& result, Message& message) {
  message.put(result.ending);
  message.put(result.exit_code);
  message.put_text(result.diagnosis);
  message.put_text(result.uart);
  message.put(result.outputs.size());
  for (const auto& output : result.outputs) message.put_all(std::span(output));
  message.put_all(std::span(result.pushed));
  message.put_all(std::span(result.counted_cycles));
  message.put(result.profile.size());
  for (const auto& line : result.profile) {
    message.put_text(line.function);
    for (const auto number : {line.cycles, line.total_cycles, line.calls}) message.put(number);
  }
  for (const auto number : {result.cycles, result.instructions, result.accesses, result.exceptions,
                            result.interrupts, result.stack_bytes, result.lines, result.lines_run})
    message.put(number);
  for (const auto time : {result.seconds, result.cpu_seconds, result.bus_seconds, result.accelerator_seconds})
    message.put(time);
}

RunResult get_result(Message& message) {
  RunResult result;
  result.ending = message.get<Ending>();
  result.exit_code = message.get<std::int64_t>();
  result.diagnosis = message.get_text();
  result.uart = message.get_text();
  result.outputs.resize(message.get<std::size_t>());
  for (auto& output : result.outputs) output = message.get_all<std::int32_t>();
  result.pushed = message.get_all<std::int64_t>();
  result.counted_cycles = message.get_all<std::int64_t>();
  result.profile.resize(message.get<std::size_t>());
  for (auto& line : result.profile) {
    line.function = message.get_text();
    for (auto* number : {&line.cycles, &line.total_cycles, &line.calls})
      *number = message.get<std::int64_t>();
  }
  for (auto* number : {&result.cycles, &result.instructions, &result.accesses, &result.exceptions,
                       &result.interrupts, &result.stack_bytes, &result.lines, &result.lines_run})
    *number = message.get<std::int64_t>();
  for (auto* time : {&result.seconds, &result.cpu_seconds, &result.bus_seconds, &result.accelerator_seconds})
    *time = message.get<double>();
  return result;
}

void simulate(int socket, RunOptions options, Shared& shared, int gdb_listener) {
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
    Board board("board", options, gdb_listener);
    board.on_look([&] {
      shared.cycle.store(current_cycle(), std::memory_order_relaxed);
      shared.instructions.store(board.hart().instructions(), std::memory_order_relaxed);
    });
    const auto result = board.run(closing);
    last.put(Said::result);
    put_result(result, last);
  } catch (const std::exception& error) {
    last = {};
    last.put(Said::error);
    last.put_text(error.what());
  }
  systemc::send(socket, last);
}

/// The parent's side of a run.
struct Listener {
  const RunOptions& options;
  Shared& shared;
  const std::function<void()>& closing;
  const Stopwatch watch = {};
  bool late = false;  ///< the wall-clock limit has passed
  RunResult result;
  std::exception_ptr failure;  ///< what the child says went wrong

  void await_words(int socket);
  bool listen(int socket);
};

/// Waits for the child's next words, and meanwhile passes on that it is to stop.
void Listener::await_words(int socket) {
  constexpr int look_every_ms = 50;
  pollfd words{socket, POLLIN, 0};
  do {
    const auto* asked = options.trace.stop;
    const bool stop = asked != nullptr && *asked;
    late = late || (!stop && options.wall_timeout_s > 0 && watch.seconds() > options.wall_timeout_s);
    if (stop || late) shared.stop = true;
    if (options.progress) options.progress(shared.cycle, shared.instructions);
  } while (::poll(&words, 1, look_every_ms) <= 0);
}

/// Listens until the child has said its last word. Returns whether it has.
bool Listener::listen(int socket) {
  Message message;
  while (true) {
    await_words(socket);
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
    }
  }
}

/// The child does not know why it was to stop.
void name_lateness(const RunOptions& options, RunResult& result) {
  if (result.ending != Ending::stopped) return;
  result.ending = Ending::wall;
  result.diagnosis = fmt::format(
      "the firmware did not end within {} s of this machine's time; give more with --wall-timeout{}",
      options.wall_timeout_s,
      result.diagnosis.substr(std::min(result.diagnosis.find('\n'), result.diagnosis.size())));
}

/// Throws Error for a child that ended, by `status`, without a last word.
[[noreturn]] void fail_lost(int status, const RunOptions& options) {
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS && options.trace.path.ends_with(".fst")) {
    std::error_code ignored;
    std::filesystem::remove(options.platform_waveform, ignored);  // cut, as the other one
    fail_mapped_trace(options.trace.path);
  }
  throw Error(WIFSIGNALED(status) ? fmt::format("the simulation was killed by signal {}", WTERMSIG(status))
                                  : fmt::format("the simulation ended with code {}", WEXITSTATUS(status)));
}

}  // namespace

RunResult run_firmware(const RunOptions& options, const std::function<void()>& closing) {
  SharedPage page;
  std::optional<GdbListener> gdb;
  if (!options.gdb.empty()) {
    gdb.emplace(options.gdb);
    if (options.listening) options.listening(gdb->address());
  }
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
    own.trace.stop = &page.value().stop;
    simulate(ends[1], std::move(own), page.value(), gdb ? gdb->descriptor() : -1);
    _exit(0);  // what the parent registered for its exit is not the child's business
  }
  close(ends[1]);
  Listener listener{options, page.value(), closing};
  const bool complete = listener.listen(ends[0]);
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (listener.failure) std::rethrow_exception(listener.failure);
  if (!complete) fail_lost(status, options);
  if (listener.late) name_lateness(options, listener.result);
  return std::move(listener.result);
}

}  // namespace stoic::platform

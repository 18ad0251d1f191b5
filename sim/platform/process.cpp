// The platform in a process of its own.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "stoic/sim/contract/error.hpp"
#include "stoic/sim/platform/board.hpp"
#include "stoic/sim/systemc/pipe.hpp"

namespace stoic::platform {
namespace {

using systemc::Message;

/// What the child says: text of the UART as it comes, at the end its result or what went wrong.
enum class Said : std::uint8_t { uart, result, error };

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
  Message last;
  try {
    Board board("board", options);
    const auto result = board.run();
    last.put(Said::result);
    put_result(result, last);
  } catch (const std::exception& error) {
    last = {};
    last.put(Said::error);
    last.put_text(error.what());
  }
  systemc::send(socket, last);
}

/// Listens until the child has said its last word. Returns whether it has.
bool listen(int socket, const RunOptions& options, RunResult& result, std::string& error) {
  Message message;
  while (systemc::receive(socket, message)) {
    switch (message.get<Said>()) {
      case Said::uart:
        if (options.uart) options.uart(message.get_text());
        break;
      case Said::result:
        result = get_result(message);
        return true;
      case Said::error:
        error = message.get_text();
        return true;
    }
  }
  return false;
}

}  // namespace

RunResult run_firmware(const RunOptions& options) {
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
    simulate(ends[1], options);
    _exit(0);  // what the parent registered for its exit is not the child's business
  }
  close(ends[1]);
  RunResult result;
  std::string error;
  const bool complete = listen(ends[0], options, result, error);
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (!error.empty()) throw Error(error);
  if (!complete)
    throw Error(WIFSIGNALED(status) ? fmt::format("the simulation was killed by signal {}", WTERMSIG(status))
                                    : fmt::format("the simulation ended with code {}", WEXITSTATUS(status)));
  return result;
}

}  // namespace stoic::platform

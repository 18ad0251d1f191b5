#include "process.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <stdexcept>

namespace stoic {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File temporary() {
  File file(std::tmpfile(), &std::fclose);
  if (!file) throw std::runtime_error("no temporary file");
  return file;
}

std::string content(std::FILE* file) {
  std::rewind(file);
  std::string text;
  char chunk[4096];
  for (std::size_t count; (count = std::fread(chunk, 1, sizeof chunk, file)) > 0;) text.append(chunk, count);
  return text;
}

pid_t start(const std::vector<std::string>& arguments, std::FILE* out, std::FILE* err) {
  std::vector<char*> argv{const_cast<char*>(STOIC_COMMAND)};
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(::fileno(out), STDOUT_FILENO);
    ::dup2(::fileno(err), STDERR_FILENO);
    ::execv(argv[0], argv.data());
    std::_Exit(127);
  }
  return child;
}

bool has_ended(pid_t child) {
  siginfo_t ended{};
  ::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOHANG | WNOWAIT);
  return ended.si_pid != 0;
}

/// Whether it has a handler for the signal; how soon depends on what else the machine does.
bool listens(pid_t child, int signal) {
  std::ifstream status("/proc/" + std::to_string(child) + "/status");
  for (std::string key, value; status >> key && std::getline(status, value);)
    if (key == "SigCgt:") return (std::stoull(value, nullptr, 16) >> (signal - 1) & 1) != 0;
  return false;
}

Finished finish(pid_t child, std::FILE* out, std::FILE* err) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), content(out), content(err)};
}

}  // namespace

Finished run_stoic(const std::vector<std::string>& arguments) {
  const auto out = temporary();
  const auto err = temporary();
  return finish(start(arguments, out.get(), err.get()), out.get(), err.get());
}

std::string lack_of_room(const Finished& compiled, const std::string& hw) {
  const bool refused = compiled.exit_code == 3 && compiled.err.find("; raise ") != std::string::npos;
  const bool any = hw == "default" || hw.ends_with("/default.json");
  return refused && !any ? compiled.err : "";
}

Finished run_stoic_and_signal(const std::vector<std::string>& arguments, std::chrono::milliseconds delay,
                              int signal) {
  const auto out = temporary();
  const auto err = temporary();
  const pid_t child = start(arguments, out.get(), err.get());
  while (signal != SIGKILL && !listens(child, signal) && !has_ended(child)) ::usleep(10'000);
  ::usleep(static_cast<useconds_t>(delay.count() * 1000));
  ::kill(child, signal);  // a child that has ended is still there until waited for
  return finish(child, out.get(), err.get());
}

Finished run_stoic_and_signal_once(const std::vector<std::string>& arguments, const std::string& file,
                                   int signal) {
  const auto out = temporary();
  const auto err = temporary();
  const pid_t child = start(arguments, out.get(), err.get());
  while (::access(file.c_str(), F_OK) != 0 && !has_ended(child)) ::usleep(10'000);
  ::kill(child, signal);
  return finish(child, out.get(), err.get());
}

}  // namespace stoic

#include "interrupt.hpp"

#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <initializer_list>

#include "commands.hpp"
#include "stoic/sim/io/unfinished.hpp"

namespace stoic::cli {
namespace {

// All that the handlers touch.
std::atomic<bool> stop_flag{false};
std::atomic<bool> cooperative{false};
std::atomic<bool> bar_shown{false};
std::atomic<const char*> last_words{"interrupted"};
std::atomic<pid_t> process{0};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<const char*>::is_always_lock_free,
              "used by signal handlers");

void say(const char* text) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, std::strlen(text));
}

[[noreturn]] void end_now() {
  remove_unfinished_files();
  if (bar_shown) say("\r\033[K");
  say("stoic: ");
  say(last_words);
  say("\n");
  ::_exit(interrupted);
}

void ring_in(suseconds_t microseconds) {
  const itimerval time{{0, 0}, {0, microseconds}};
  ::setitimer(ITIMER_REAL, &time, nullptr);
}

void heed(int) {
  if (::getpid() != process) return;  // a child: its parent knows what to do with it
  if (!cooperative) end_now();
  if (!stop_flag.exchange(true)) ring_in(900'000);
}

void give_up_waiting(int) {
  const int saved = errno;
  if (::getpid() != process) return;
  if (!any_unfinished_file()) end_now();
  ring_in(100'000);
  errno = saved;
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  for (const int other : {SIGINT, SIGTERM, SIGHUP, SIGXCPU, SIGALRM}) ::sigaddset(&action.sa_mask, other);
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

void exit_on_signals() {
  cooperative = false;
  last_words = "interrupted";
  process = ::getpid();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGXCPU}) {
    struct sigaction old = {};
    ::sigaction(signal, nullptr, &old);
    if (signal == SIGHUP && old.sa_handler == SIG_IGN) continue;
    handle(signal, heed);
  }
}

void stop_on_signals(const char* remedy) {
  exit_on_signals();
  handle(SIGALRM, give_up_waiting);
  last_words = remedy;
  cooperative = true;
}

const std::atomic<bool>& stop_requested() { return stop_flag; }

void progress_is_shown(bool shown) { bar_shown = shown; }

}  // namespace stoic::cli

#include "process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <array>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "commands.hpp"
#include "stoic/sim/io/printable.hpp"

namespace stoic::cli {

void prepare_process() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor)
    // open() takes the lowest free number: that of the closed one.
    if (::fcntl(descriptor, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) != descriptor) std::abort();
  for (const int signal : {SIGXFSZ, SIGPIPE}) std::signal(signal, SIG_IGN);
#ifdef __GLIBC__
  // Matrices of a batch come and go thousands of times: giving their pages back each time, to be filled with zeros again, costs
  // oscillators and Lorenz 96 up to a tenth of their training.
  constexpr int megabyte = 1 << 20;
  ::mallopt(M_MMAP_THRESHOLD, 32 * megabyte);  // the most that it takes
  ::mallopt(M_TRIM_THRESHOLD, 1024 * megabyte);
  ::mallopt(M_TOP_PAD, 16 * megabyte);
#endif
}

namespace {

// All that the handler touches.
std::array<char, PATH_MAX> lost_file{}, lost_beside{};
std::array<char, PATH_MAX + 200> lost_words{};
pid_t lost_process = 0;

void lose_pages(int signal) {
  if (::getpid() != lost_process) {  // a child: its parent tells of its end
    std::signal(signal, SIG_DFL);
    return;
  }
  ::unlink(lost_file.data());
  ::unlink(lost_beside.data());
  [[maybe_unused]] const auto written =
      ::write(STDERR_FILENO, lost_words.data(), std::strlen(lost_words.data()));
  ::_exit(bad_input);
}

template <std::size_t size>
void keep(std::array<char, size>& place, const std::string& text) {
  text.copy(place.data(), size - 1);
}

}  // namespace

void end_on_lost_pages(const std::string& file) {
  keep(lost_file, file);
  keep(lost_beside, file + ".hier");  // where libfst collects the names of signals
  keep(lost_words,
       fmt::format("stoic: {}: the trace cannot be written: no room for it here or in /tmp; trace fewer "
                   "cycles\n",
                   one_line(file)));
  lost_process = ::getpid();
  std::signal(SIGBUS, lose_pages);
}

}  // namespace stoic::cli

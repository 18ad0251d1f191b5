#include "process.hpp"

#include <fcntl.h>

#include <csignal>
#include <cstdlib>
#include <initializer_list>

namespace stoic::cli {

void prepare_process() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor)
    // open() takes the lowest free number: that of the closed one.
    if (::fcntl(descriptor, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) != descriptor) std::abort();
  for (const int signal : {SIGXFSZ, SIGPIPE}) std::signal(signal, SIG_IGN);
}

}  // namespace stoic::cli

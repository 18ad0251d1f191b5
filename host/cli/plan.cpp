#include "plan.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

namespace stoic::cli {

std::string about(double seconds) {
  if (seconds < 90) return fmt::format("about {:.0f} s", std::ceil(seconds));
  if (seconds < 90 * 60) return fmt::format("about {:.0f} min", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("about {:.1f} h", seconds / 3600);
  return fmt::format("about {:.1f} days", seconds / 86400);
}

std::string time_text(const std::optional<double>& seconds, const std::string& unknown) {
  if (seconds) return fmt::format("{} on this machine as it is now, from short trainings", about(*seconds));
  return "time not known: " + unknown;
}

void plain_progress(const std::string& line) {
  if (::isatty(STDERR_FILENO) == 1) return;
  fmt::print(stderr, "{}\n", line);
  std::fflush(stderr);
}

}  // namespace stoic::cli

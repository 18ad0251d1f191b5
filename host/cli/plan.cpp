#include "plan.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

#include "stoic/sim/io/error.hpp"

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

std::pair<std::size_t, std::size_t> parse_shard(const std::string& text) {
  if (text.empty()) return {0, 1};
  std::size_t part = 0, parts = 0;
  int used = 0;
  const bool good = std::sscanf(text.c_str(), "%zu/%zu%n", &part, &parts, &used) == 2 &&
                    used == static_cast<int>(text.size()) && part >= 1 && part <= parts && parts <= 100'000;
  if (!good) throw Error(fmt::format("--shard {}: must read I/N with I from 1 to N, such as 2/5", text));
  return {part - 1, parts};
}

}  // namespace stoic::cli

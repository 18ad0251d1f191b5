#include "seeds.hpp"

#include <fmt/format.h>

#include <iterator>

#include "bodies.hpp"
#include "lockstep.hpp"
#include "random_program.hpp"

namespace stoic::cosim {

int status_of(std::uint64_t seed) {
  return seed % 2 == 0 ? STOIC_STATUS_CODE_OK : static_cast<int>(seed / 2 % std::size(status_codes));
}

StallSchedule stalls_of(std::uint64_t seed) {
  const auto share = [&](int shift) {
    constexpr double shares[] = {0, 0.1, 0.5, 0.9};
    return shares[(seed >> shift) % 4];
  };
  return {seed * 7919 + 1, share(0), share(2), share(4)};
}

std::optional<std::string> SeedRun::compare(std::uint64_t seed, const StallSchedule& stalls,
                                            const std::string& command) {
  constexpr std::uint64_t per_device = 20;
  const auto configs = configs_for(body_, seed / per_device, 1);
  const auto& config = configs[seed / per_device % configs.size()];
  if (device_ == nullptr || !(device_->config() == config)) {
    device_ = make_body(body_, config);
    golden_.emplace(config);
  }
  const auto c = random_case(config, seed, {.most_cycles = 6000, .status = status_of(seed)});
  instructions_ += c.instructions;
  const auto failure = compare_in_lockstep(*device_, c, stalls, &*golden_);
  if (!failure) return {};
  device_.reset();
  const CaseCheck on_fresh_device = [&](const Case& candidate) {
    return compare_in_lockstep(*make_body(body_, candidate.config), candidate, stalls);
  };
  const auto report = failure_report(c, on_fresh_device, command);
  return report.empty()
             ? fmt::format("seed {}: {}\n(only after the seeds before it)\n{}", seed, *failure, text(c))
             : report;
}

}  // namespace stoic::cosim

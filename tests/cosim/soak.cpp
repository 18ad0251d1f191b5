// cosim_soak SECONDS SEED: random programs from that seed on, until the time is over, on the cycle model and
// on the RTL: each is compared with golden after every instruction, with streams that never pause and with
// streams that stall; and both with each other in every cycle of a random driver. Prints what was compared.
// Ends with 1 on a difference, after the command that repeats it.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>

#include "bodies.hpp"
#include "needs.hpp"
#include "scenario.hpp"
#include "seeds.hpp"

namespace stoic::cosim {
namespace {

class Soak {
 public:
  explicit Soak(const HardwareConfig& config) : config_(config) {
    for (const auto& body : bodies())
      for (auto* runs : {&steady_, &stalled_}) runs->emplace(body, body);
    systemc_ = make_body("systemc", config);
    rtl_ = make_body("rtl", config);
  }

  /// What differed, as text.
  std::optional<std::string> run(std::uint64_t seed) {
    const auto command = fmt::format("./dev soak --seed {} --seconds 1", seed);
    for (auto& [body, run] : steady_)
      if (auto failure = run.compare(seed, {}, command)) return failure;
    for (auto& [body, run] : stalled_)
      if (auto failure = run.compare(seed, stalls_of(seed), command)) return failure;
    const auto scenario = random_scenario(config_, seed);
    ++scenarios_;
    if (!compare_devices(*systemc_, *rtl_, scenario)) return {};
    const ScenarioCheck on_fresh_devices = [&](const Scenario& candidate) {
      return compare_devices(*make_body("systemc", config_), *make_body("rtl", config_), candidate);
    };
    const auto report = failure_report(scenario, on_fresh_devices, command);
    return report.empty()
               ? fmt::format("seed {}: cycle model and RTL differ, only after the seeds before it", seed)
               : report;
  }

  std::string text() const {
    std::string parts;
    std::int64_t all = 0;
    for (const auto& [body, run] : steady_) {
      const auto count = run.instructions() + stalled_.at(body).instructions();
      all += count;
      parts += fmt::format(", {} on {}", count, body);
    }
    return fmt::format("{} instructions compared{}; {} driver scenarios", all, parts, scenarios_);
  }

 private:
  HardwareConfig config_;
  std::map<std::string, SeedRun> steady_, stalled_;  ///< by body
  std::unique_ptr<Device> systemc_, rtl_;
  std::int64_t scenarios_ = 0;
};

int soak(std::int64_t seconds, std::uint64_t first) {
  if (bodies().size() < 2) {
    fmt::print(stderr, "soak needs a build with the cycle model and the RTL\n");
    return 3;
  }
  const auto config = configs_for("rtl", 0, 0).front();
  if (const auto lack = lacking_memory(config); !lack.empty()) {
    fmt::print(stderr, "soak: {}\n", lack);
    return 3;
  }
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now(), end = begin + std::chrono::seconds(seconds);
  auto tell = begin + std::chrono::seconds(30);
  Soak run(config);
  std::uint64_t seed = first;
  do {
    if (const auto failure = run.run(seed)) {
      fmt::print("{}\nsoak: {}; seeds {} to {}; 1 difference, above\n", *failure, run.text(), first, seed);
      return 1;
    }
    ++seed;
    if (Clock::now() > tell) {
      fmt::print(stderr, "soak: {}\n", run.text());
      tell += std::chrono::seconds(30);
    }
  } while (Clock::now() < end);
  fmt::print("soak: {} with RTL of {}; seeds {} to {}; 0 differences\n", run.text(), config.name, first,
             seed - 1);
  return 0;
}

}  // namespace
}  // namespace stoic::cosim

int main(int count, char** arguments) {
  if (count != 3) {
    fmt::print(stderr, "usage: {} SECONDS SEED\n", arguments[0]);
    return 2;
  }
  try {
    return stoic::cosim::soak(std::strtoll(arguments[1], nullptr, 10),
                              std::strtoull(arguments[2], nullptr, 10));
  } catch (const std::exception& error) {
    fmt::print(stderr, "soak: {}\n", error.what());
    return 3;
  }
}

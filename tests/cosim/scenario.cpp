#include "scenario.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "stoic/generated/stoic_interface.h"
#include "stoic/sim/io/error.hpp"

namespace stoic::cosim {
namespace {

/// What an action gave back, as far as actions give anything.
struct Returned {
  std::vector<std::int64_t> values;
  Device::Output output;
  std::string error;
  bool operator==(const Returned&) const = default;
};

Returned perform(Device& device, const Action& action) {
  using Kind = Action::Kind;
  Returned returned;
  const auto access = [&](Device::Access a) { returned.values = {a.error ? 0 : a.value, a.error}; };
  try {
    switch (action.kind) {
      case Kind::write:
        access(device.write(action.place, action.value));
        returned.values[0] = 0;  // a write returns no value
        break;
      case Kind::read:
        access(device.read(action.place));
        break;
      case Kind::write_memory:
        device.write_memory(action.place, action.first, action.values);
        break;
      case Kind::read_memory: {
        const auto values = device.read_memory(action.place, action.first, action.count);
        returned.values.assign(values.begin(), values.end());
        break;
      }
      case Kind::send:
        device.send(action.stream, action.packets);
        break;
      case Kind::drop_unsent:
        device.drop_unsent(action.stream);
        break;
      case Kind::set_stalls:
        device.set_stalls(action.stalls);
        break;
      case Kind::run:
        device.run(action.count);
        break;
      case Kind::run_until_interrupt:
        returned.values = {device.run_until_interrupt(action.count)};
        break;
      case Kind::run_instruction:
        returned.values = {device.run_instruction(action.count)};
        break;
      case Kind::take_output:
        returned.output = device.take_output();
        break;
      case Kind::reset: {
        const bool busy = device.debug().busy;
        device.reset();
        // How far the writes of an instruction got when reset hit it is nobody's promise.
        const auto& config = device.config();
        if (busy)
          device.write_memory(STOIC_MEMORY_STATE, 0,
                              std::vector<std::int32_t>(
                                  static_cast<std::size_t>(config.state_words_per_lane * config.lanes)));
      }
    }
  } catch (const Error&) {
    returned.error = "an access answers SLVERR";  // the wording is each body's own
  }
  return returned;
}

std::string line(const Action& action) {
  using Kind = Action::Kind;
  const auto* stream = action.stream == Stream::input ? "input" : "weights";
  switch (action.kind) {
    case Kind::write:
      return fmt::format("write register 0x{:02x} = 0x{:x}", action.place, action.value);
    case Kind::read:
      return fmt::format("read register 0x{:02x}", action.place);
    case Kind::write_memory:
      return fmt::format("write {} entries of memory {} from {}", action.values.size(), action.place,
                         action.first);
    case Kind::read_memory:
      return fmt::format("read {} entries of memory {} from {}", action.count, action.place, action.first);
    case Kind::send: {
      std::vector<std::string> sizes;
      for (const auto& packet : action.packets)
        sizes.push_back(fmt::format("{}{}", packet.beats.size(), packet.last ? "" : " without TLAST"));
      return fmt::format("send packets on {}: {} codes", stream, fmt::join(sizes, ", "));
    }
    case Kind::drop_unsent:
      return fmt::format("drop what is unsent on {}", stream);
    case Kind::set_stalls:
      return fmt::format("stalls: seed {}, input {}, weights {}, output {}", action.stalls.seed,
                         action.stalls.input, action.stalls.weights, action.stalls.output);
    case Kind::run:
      return fmt::format("run {} cycles", action.count);
    case Kind::run_until_interrupt:
      return fmt::format("run until the interrupt, {} cycles at most", action.count);
    case Kind::run_instruction:
      return fmt::format("run to the end of the instruction, {} cycles at most", action.count);
    case Kind::take_output:
      return "take the output";
    case Kind::reset:
      return "reset";
  }
  return "";
}

class Pair {
 public:
  Pair(Device& a, Device& b) : a_(a), b_(b) {
    const auto& config = a.config();
    const auto size = static_cast<std::size_t>(config.state_words_per_lane * config.lanes);
    state_a_.resize(size);
    state_b_.resize(size);
  }

  std::optional<std::string> operator()(const Action& action) {
    if (action.when_idle && a_.debug().busy) return std::nullopt;
    const auto returned_a = perform(a_, action);
    const auto returned_b = perform(b_, action);
    if (action.closed_form || is_start(action)) closed_form_ = action.closed_form;
    if (auto difference = differs(returned_a, returned_b)) return difference;
    if (auto difference = differs_in_view(boundary(action, returned_a))) return difference;
    if (lets_time_pass(action) && state_settled(boundary(action, returned_a)))
      if (auto difference = differs_in_state()) return difference;
    return unexplained(action, returned_a);
  }

 private:
  static bool is_start(const Action& action) {
    return action.kind == Action::Kind::write && action.place == STOIC_REG_CONTROL;
  }
  static bool boundary(const Action& action, const Returned& returned) {
    return action.kind == Action::Kind::run_instruction && returned.values == std::vector<std::int64_t>{1};
  }

  template <class T>
  std::optional<std::string> both(const std::string& what, const T& a, const T& b) const {
    if (a == b) return std::nullopt;
    return fmt::format("{}: {} has {}, {} has {}", what, a_.name(), a, b_.name(), b);
  }

  std::optional<std::string> differs(const Returned& a, const Returned& b) const {
    if (a == b) return std::nullopt;
    if (auto d = both("error", a.error, b.error)) return d;
    if (a.values.size() == b.values.size())
      for (std::size_t i = 0; i < a.values.size(); ++i)
        if (auto d = both(fmt::format("returned value {}", i), a.values[i], b.values[i])) return d;
    const auto lanes = static_cast<std::size_t>(a_.config().lanes);
    for (std::size_t i = 0; i < std::min(a.output.last.size(), b.output.last.size()); ++i) {
      if (auto d = both(fmt::format("cycle of output beat {}", i), a.output.cycles[i], b.output.cycles[i]))
        return d;
      if (auto d = both(fmt::format("TLAST of output beat {}", i), a.output.last[i], b.output.last[i]))
        return d;
      for (std::size_t lane = 0; lane < lanes; ++lane)
        if (auto d = both(fmt::format("output beat {} lane {}", i, lane), a.output.beats[i * lanes + lane],
                          b.output.beats[i * lanes + lane]))
          return d;
    }
    return both("output beats", a.output.last.size(), b.output.last.size());
  }

  std::optional<std::string> differs_in_view(bool at_boundary) {
    if (auto d = both("cycle since reset", a_.cycle(), b_.cycle())) return d;
    if (auto d = both("interrupt", a_.interrupt(), b_.interrupt())) return d;
    const auto a = a_.debug();
    const auto b = b_.debug();
    if (auto d = both("busy", a.busy, b.busy)) return d;
    if (auto d = both("PROGRAM_COUNTER", a.program_counter, b.program_counter)) return d;
    if (auto d = both("CYCLES", a.cycles, b.cycles)) return d;
    if (auto d = both("MAC_CYCLES", a.mac_cycles, b.mac_cycles)) return d;
    if (a.busy && at_boundary && a.loops != b.loops)
      return fmt::format("loops: {} has {} open, {} has {}, or they differ in body or count", a_.name(),
                         a.loops.size(), b_.name(), b.loops.size());
    return std::nullopt;
  }

  /// Whatever else an action does to the states shows after the next one that takes long.
  static bool lets_time_pass(const Action& action) {
    using Kind = Action::Kind;
    return action.kind == Kind::run || action.kind == Kind::run_until_interrupt ||
           action.kind == Kind::run_instruction || action.kind == Kind::write_memory ||
           action.kind == Kind::reset;
  }
  /// Within an instruction nobody can see how far its writes are.
  bool state_settled(bool at_boundary) { return at_boundary || !a_.debug().busy; }

  std::optional<std::string> differs_in_state() {
    a_.peek_state(state_a_);
    b_.peek_state(state_b_);
    if (state_a_ == state_b_) return std::nullopt;
    const auto lanes = static_cast<std::size_t>(a_.config().lanes);
    for (std::size_t i = 0; i < state_a_.size(); ++i)
      if (auto d = both(fmt::format("state word {} lane {}", i / lanes, i % lanes), state_a_[i], state_b_[i]))
        return d;
    return std::nullopt;
  }

  /// After DONE: whether the stall counters explain the cycles.
  std::optional<std::string> unexplained(const Action& action, const Returned& returned) {
    if (!closed_form_ || action.kind != Action::Kind::run_until_interrupt || returned.values[0] == 0)
      return std::nullopt;
    const auto read = [&](std::uint32_t offset) {
      const std::int64_t value = a_.read(offset).value;
      b_.read(offset);
      return value;
    };
    if (((read(STOIC_REG_STATUS) >> STOIC_STATUS_DONE_LSB) & 1) == 0) return std::nullopt;
    const auto stalls =
        read(STOIC_REG_STALL_INPUT) + read(STOIC_REG_STALL_WEIGHTS) + read(STOIC_REG_STALL_OUTPUT);
    const auto cycles = read(STOIC_REG_CYCLES_LOW);
    const auto expected = *closed_form_;
    closed_form_.reset();
    if (cycles - stalls == expected) return std::nullopt;
    return fmt::format("CYCLES {} less {} stalls is not {}, which golden predicts", cycles, stalls, expected);
  }

  Device& a_;
  Device& b_;
  std::optional<std::int64_t> closed_form_;
  std::vector<std::int32_t> state_a_, state_b_;
};

/// Removes whole episodes, then single actions that no START needs.
Scenario shrink(Scenario best, const ScenarioCheck& check) {
  int attempts = 300;
  const auto take = [&](Scenario candidate) {
    if (attempts-- <= 0 || !check(candidate)) return false;
    best = std::move(candidate);
    return true;
  };
  for (std::size_t e = best.episodes.size(); e-- > 0 && best.episodes.size() > 1;) {
    auto candidate = best;
    candidate.episodes.erase(candidate.episodes.begin() + static_cast<std::ptrdiff_t>(e));
    take(std::move(candidate));
  }
  for (std::size_t e = 0; e < best.episodes.size(); ++e)
    for (std::size_t i = best.episodes[e].size(); i-- > 0;) {
      if (best.episodes[e][i].needed) continue;
      auto candidate = best;
      candidate.episodes[e].erase(candidate.episodes[e].begin() + static_cast<std::ptrdiff_t>(i));
      take(std::move(candidate));
    }
  return best;
}

}  // namespace

Action& Episode::add(Action::Kind kind) {
  actions.emplace_back();
  actions.back().kind = kind;
  return actions.back();
}

void Episode::write(std::uint32_t offset, std::int64_t value, bool needed) {
  auto& action = add(Action::Kind::write);
  action.place = offset;
  action.value = static_cast<std::uint32_t>(value);
  action.needed = action.when_idle = needed;
}

void Episode::fill(std::uint32_t memory, std::int64_t first, std::vector<std::int32_t> values,
                   std::size_t most) {
  auto& action = add(Action::Kind::write_memory);
  action.place = memory;
  action.first = first;
  action.values = std::move(values);
  if (action.values.size() > most) action.values.resize(most);
  action.when_idle = action.needed = true;
}

void Episode::program(std::int64_t origin, const std::vector<std::uint64_t>& words) {
  std::vector<std::int32_t> halves;
  for (const auto word : words) {
    halves.push_back(static_cast<std::int32_t>(word));
    halves.push_back(static_cast<std::int32_t>(word >> 32));
  }
  fill(STOIC_MEMORY_PROGRAM, 2 * origin, halves, halves.size());
}

void Episode::send(Stream stream, std::vector<Packet> packets) {
  if (packets.empty()) return;
  auto& action = add(Action::Kind::send);
  action.stream = stream;
  action.packets = std::move(packets);
  action.needed = true;
}

std::optional<std::string> compare_devices(Device& a, Device& b, const Scenario& scenario) {
  Pair pair(a, b);
  try {
    if (auto difference = pair({.kind = Action::Kind::reset})) return "after the first reset: " + *difference;
    for (std::size_t e = 0; e < scenario.episodes.size(); ++e)
      for (std::size_t i = 0; i < scenario.episodes[e].size(); ++i) {
        const auto& action = scenario.episodes[e][i];
        if (auto difference = pair(action))
          return fmt::format("episode {}, action {} ({}), cycle {}: {}", e, i, line(action), a.cycle(),
                             *difference);
      }
  } catch (const Error& error) {
    return fmt::format("a device gave up: {}", error.what());
  }
  return std::nullopt;
}

std::string failure_report(const Scenario& scenario, const ScenarioCheck& check, const std::string& command) {
  const auto first = check(scenario);
  if (!first) return "";
  const auto least = shrink(scenario, check);
  const auto failure = check(least);
  return fmt::format(
      "seed {}: {}\nthe shortest scenario found that fails: {}\n{}instance:\n{}repeat it with\n  {}\n",
      scenario.seed, *first, failure.value_or("(it fails no longer)"), text(least),
      hardware_config_text(scenario.config), command);
}

std::string text(const Scenario& scenario) {
  std::string result;
  for (std::size_t e = 0; e < scenario.episodes.size(); ++e)
    for (std::size_t i = 0; i < scenario.episodes[e].size(); ++i) {
      const auto& action = scenario.episodes[e][i];
      result += action.note + fmt::format("{:>3}.{:<3} {}\n", e, i, line(action));
    }
  return result;
}

}  // namespace stoic::cosim

#include "lockstep.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reference.hpp"
#include "stoic/sim/contract/assembler.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::cosim {
namespace {

using Difference = std::optional<std::string>;

/// "expected 3, got 4" when they differ.
template <class T, class U>
Difference differs(const char* what, const T& expected, const U& got) {
  if (static_cast<std::int64_t>(expected) == static_cast<std::int64_t>(got)) return std::nullopt;
  return fmt::format("{}: expected {}, got {}", what, expected, got);
}

class Run {
 public:
  Run(Device& device, const Case& c, const StallSchedule& stalls, Reference& reference)
      : device_(device), case_(c), stalls_(stalls), reference_(reference) {}

  Difference operator()() {
    prepare();
    if (auto difference = differs_in_state("before START")) return difference;
    start();
    if (auto difference = case_.abort_after > 0 ? abort() : step()) return difference;
    if (!device_.run_until_interrupt(limit()))
      return fmt::format("no interrupt within {} cycles after {}", limit(), place_);
    return at_end();
  }

 private:
  bool pauses() const { return stalls_.input > 0 || stalls_.weights > 0 || stalls_.output > 0; }
  /// Whether CYCLES is the closed form at every moment.
  bool exact() const { return !pauses() && keeps_up(case_.config); }
  std::int64_t limit() const { return 100 * reference_.cycles() + 100000; }

  void write(std::uint32_t offset, std::int64_t value) {
    if (device_.write(offset, static_cast<std::uint32_t>(value)).error)
      throw Error(fmt::format("the write of register 0x{:02x} answers SLVERR", offset));
  }

  /// A case that was drawn for another instance, or did not fit its own, would be written beyond the
  /// memories.
  void require_fitting() {
    const auto& config = case_.config;
    const auto fits = [](std::int64_t first, std::size_t count, std::int64_t room) {
      return first >= 0 && first + static_cast<std::int64_t>(count) <= room;
    };
    if (!fits(case_.origin, case_.program.size(), config.program_words) ||
        !fits(case_.weights.first, case_.weights.values.size(), config.weight_words * config.lanes) ||
        !fits(case_.tables.first, case_.tables.values.size(), config.table_words) ||
        !fits(case_.state.first, case_.state.values.size(), config.state_words_per_lane * config.lanes))
      throw Error("the case does not fit the memories of its instance");
  }

  void prepare() {
    require_fitting();
    reference_.drop_streams();
    device_.reset();
    device_.set_stalls(stalls_);
    device_.take_output();
    std::vector<std::int32_t> halves;
    for (const auto word : case_.program) {
      halves.push_back(static_cast<std::int32_t>(word));
      halves.push_back(static_cast<std::int32_t>(word >> 32));
    }
    auto& golden = reference_.machine();
    device_.peek_state(golden.state());
    const auto fill = [&](std::uint32_t memory, const Block& block, auto&& place) {
      device_.write_memory(memory, block.first, block.values);
      std::copy(block.values.begin(), block.values.end(), place.begin() + block.first);
    };
    fill(STOIC_MEMORY_WEIGHTS, case_.weights, golden.weights());
    fill(STOIC_MEMORY_TABLES, case_.tables, golden.tables());
    fill(STOIC_MEMORY_STATE, case_.state, golden.state());
    device_.write_memory(STOIC_MEMORY_PROGRAM, 2 * case_.origin, halves);
    std::copy(case_.program.begin(), case_.program.end(), golden.program().begin() + case_.origin);
    reference_.queue(case_.input, case_.weight_stream);
  }

  void start() {
    write(STOIC_REG_PROGRAM_START, start_slot(case_));
    write(STOIC_REG_SAMPLES, case_.samples);
    write(STOIC_REG_CYCLE_LIMIT, case_.cycle_limit);
    write(STOIC_REG_STREAM_TIMEOUT, case_.stream_timeout);
    write(STOIC_REG_IRQ_ENABLE, 1 << STOIC_IRQ_ENABLE_DONE_LSB | 1 << STOIC_IRQ_ENABLE_FAULT_LSB);
    device_.send(Stream::input, case_.input);
    device_.send(Stream::weights, case_.weight_stream);
    started_ = device_.cycle();  // the bus is idle, so START is accepted in this cycle
    write(STOIC_REG_CONTROL, 1 << STOIC_CONTROL_START_LSB);
    reference_.start(
        {.program_start = start_slot(case_),
         .samples = case_.samples,
         .stop_after = case_.abort_after > 0 ? case_.abort_after : case_.cycle_limit,
         .stop_status = case_.abort_after > 0 ? STOIC_STATUS_CODE_ABORTED : STOIC_STATUS_CODE_CYCLE_LIMIT,
         .stream_timeout = case_.stream_timeout});
  }

  Difference abort() {
    // Busy cycle n is the n-th after the one that accepted START.
    device_.run(std::max<std::int64_t>(started_ + case_.abort_after - device_.cycle(), 0));
    write(STOIC_REG_ABORT, 0);
    while (reference_.step()) {
    }
    place_ = "ABORT";
    return std::nullopt;
  }

  Difference step() {
    if (!device_.run_instruction(limit())) return "the engine does not reach its first fetch";
    if (auto difference = compare_now("before the first instruction")) return difference;
    for (bool running = true; running;) {
      const auto& golden = reference_.machine();
      const auto slot = golden.program_counter();
      place_ = instruction_text(slot);
      running = reference_.step();
      if (!device_.run_instruction(limit()))
        return fmt::format("{} does not end within {} cycles", place_, limit());
      if (auto difference = compare_now("after " + place_)) return difference;
    }
    return std::nullopt;
  }

  std::string instruction_text(std::int64_t slot) {
    const auto step = golden::decode_step(reference_.machine().program(), slot, case_.config);
    const auto what = step.words > 0 ? disassemble(step.instruction, {}, case_.config) : "(no instruction)";
    return fmt::format("instruction {} (from 0), word {}: {}", executed_++, slot, what);
  }

  Difference compare_now(const std::string& where) {
    const auto debug = device_.debug();
    const auto& golden = reference_.machine();
    // Ending has yet to come: CYCLES counts it from the next cycle on.
    const auto cycles = reference_.cycles() - (reference_.running() ? 0 : STOIC_START_CYCLES);
    auto difference = differs("PROGRAM_COUNTER", golden.program_counter(), debug.program_counter);
    if (!difference && exact()) difference = differs("CYCLES", cycles, debug.cycles);
    if (!difference) difference = differs("MAC_CYCLES", reference_.mac_cycles(), debug.mac_cycles);
    if (!difference && !debug.busy) difference = "the engine is idle";
    if (!difference && reference_.running()) difference = differs_in_loops(debug);
    if (difference) return where + ": " + *difference;
    return differs_in_state(where);
  }

  Difference differs_in_loops(const Device::Debug& debug) const {
    const auto loops = reference_.machine().loops();
    if (auto difference = differs("open loops", loops.size(), debug.loops.size())) return difference;
    for (std::size_t i = 0; i < loops.size(); ++i) {
      if (auto difference = differs("loop body", loops[i].body, debug.loops[i].body)) return difference;
      if (auto difference = differs("loop repetitions to come", loops[i].remaining, debug.loops[i].remaining))
        return difference;
    }
    return std::nullopt;
  }

  Difference differs_in_state(const std::string& where) {
    const auto expected = reference_.machine().state();
    got_.resize(expected.size());
    device_.peek_state(got_);
    if (std::equal(expected.begin(), expected.end(), got_.begin())) return std::nullopt;
    const auto first = std::mismatch(expected.begin(), expected.end(), got_.begin());
    const auto element = first.first - expected.begin();
    std::int64_t others = -1;
    for (std::size_t i = 0; i < expected.size(); ++i) others += expected[i] != got_[i];
    return fmt::format("{}: state word {} lane {}: expected {}, got {}; {} other elements differ", where,
                       element / case_.config.lanes, element % case_.config.lanes, *first.first,
                       *first.second, others);
  }

  std::uint32_t read(std::uint32_t offset) {
    const auto access = device_.read(offset);
    if (access.error) throw Error(fmt::format("the read of register 0x{:02x} answers SLVERR", offset));
    return access.value;
  }

  std::int64_t read_wide(std::uint32_t low) {
    const auto bits = read(low);
    return static_cast<std::int64_t>(bits | static_cast<std::uint64_t>(read(low + 4)) << 32);
  }

  Difference at_end() {
    auto difference = differs_in_status();
    if (!difference) difference = differs_in_counters();
    if (!difference) difference = differs_in_saturations();
    if (!difference) difference = differs_in_output();
    if (!difference) return differs_in_state("at the end");
    return "at the end: " + *difference;
  }

  Difference differs_in_status() {
    const auto status = reference_.status();
    const bool fault = status != STOIC_STATUS_CODE_OK;
    const std::uint32_t expected = static_cast<std::uint32_t>(status) << STOIC_STATUS_CODE_LSB |
                                   1u << (fault ? STOIC_STATUS_FAULT_LSB : STOIC_STATUS_DONE_LSB);
    const auto got = read(STOIC_REG_STATUS);
    if (got != expected) {
      const auto code = static_cast<std::size_t>(got >> STOIC_STATUS_CODE_LSB);
      return fmt::format("STATUS: expected 0x{:04x} ({}), got 0x{:04x} ({})", expected,
                         status_codes[status].name, got,
                         code < std::size(status_codes) ? status_codes[code].name : "no status code");
    }
    const std::uint32_t cause = 1u << (fault ? STOIC_IRQ_STATUS_FAULT_LSB : STOIC_IRQ_STATUS_DONE_LSB);
    return differs("IRQ_STATUS", cause, read(STOIC_REG_IRQ_STATUS));
  }

  Difference differs_in_counters() {
    const std::int64_t input = read(STOIC_REG_STALL_INPUT);
    const std::int64_t weights = read(STOIC_REG_STALL_WEIGHTS);
    const std::int64_t output = read(STOIC_REG_STALL_OUTPUT);
    const auto unforeseen = input + weights + output - reference_.timeout_stalls();
    if (exact()) {
      const auto timeout = reference_.timeout_stalls();
      const bool of_weights = reference_.timeout_of_weights();
      if (auto d = differs("STALL_INPUT", of_weights ? 0 : timeout, input)) return d;
      if (auto d = differs("STALL_WEIGHTS", of_weights ? timeout : 0, weights)) return d;
      if (auto d = differs("STALL_OUTPUT", 0, output)) return d;
    }
    if (auto d = differs("CYCLES without stalls", reference_.cycles(),
                         read_wide(STOIC_REG_CYCLES_LOW) - unforeseen))
      return d;
    if (auto d = differs("MAC_CYCLES", reference_.mac_cycles(), read_wide(STOIC_REG_MAC_CYCLES_LOW)))
      return d;
    const auto& golden = reference_.machine();
    if (auto d = differs("SAMPLES_DONE", golden.samples_done(), read(STOIC_REG_SAMPLES_DONE))) return d;
    // Beyond what the register holds the slot is cut.
    const auto slot = std::min<std::int64_t>(golden.program_counter(), STOIC_PROGRAM_SLOT_MAX);
    return differs("PROGRAM_COUNTER", slot, read(STOIC_REG_PROGRAM_COUNTER));
  }

  Difference differs_in_saturations() {
    if (auto d = differs("SATURATIONS", reference_.saturations(), read(STOIC_REG_SATURATIONS))) return d;
    const auto first = static_cast<std::uint32_t>(reference_.first_saturated());
    if (auto d = differs("FIRST_SATURATED", first, read(STOIC_REG_FIRST_SATURATED))) return d;
    const auto size = static_cast<std::int64_t>(case_.program.size());
    const auto counts = device_.read_memory(STOIC_MEMORY_SATURATIONS, case_.origin, size);
    for (std::int64_t i = 0; i < size; ++i) {
      const auto expected =
          std::min<std::int64_t>(reference_.saturations_at(case_.origin + i), STOIC_SLOT_SATURATIONS_MAX);
      if (auto d = differs("saturations", expected, counts[static_cast<std::size_t>(i)]))
        return fmt::format("word {}: {}", case_.origin + i, *d);
    }
    return std::nullopt;
  }

  Difference differs_in_output() {
    device_.run(4 + (pauses() ? 200 : 0));  // a beat that closes a vector may still be on its way
    const auto got = device_.take_output();
    const auto& beats = reference_.output();
    const auto lanes = static_cast<std::size_t>(case_.config.lanes);
    for (std::size_t b = 0; b < std::min(beats.size(), got.beats.size()) / lanes; ++b) {
      for (std::size_t lane = 0; lane < lanes; ++lane)
        if (auto d = differs("", beats[b * lanes + lane], got.beats[b * lanes + lane]))
          return fmt::format("output beat {} lane {}{}", b, lane, *d);
      if (auto d = differs("", reference_.output_last()[b], got.last[b]))
        return fmt::format("output beat {} TLAST{}", b, *d);
    }
    return differs("output beats", beats.size() / lanes, got.beats.size() / lanes);
  }

  Device& device_;
  const Case& case_;
  const StallSchedule& stalls_;
  Reference& reference_;
  std::int64_t started_ = 0;
  std::int64_t executed_ = 0;
  std::string place_ = "START";
  std::vector<std::int32_t> got_;
};

}  // namespace

bool keeps_up(const HardwareConfig& config) { return config.input_buffer_beats >= 3; }

std::optional<std::string> compare_in_lockstep(Device& device, const Case& c, const StallSchedule& stalls,
                                               Reference* kept) {
  const bool pauses = stalls.input > 0 || stalls.weights > 0 || stalls.output > 0;
  const bool stopped = c.cycle_limit > 0 || c.abort_after > 0 || c.stream_timeout > 0;
  if (stopped && (pauses || !keeps_up(c.config))) return std::nullopt;
  try {
    if (kept != nullptr) return Run(device, c, stalls, *kept)();
    Reference own(c.config);
    return Run(device, c, stalls, own)();
  } catch (const Error& error) {
    return fmt::format("the device gave up: {}", error.what());
  }
}

}  // namespace stoic::cosim

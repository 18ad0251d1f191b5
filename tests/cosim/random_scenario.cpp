#include <algorithm>

#include "draw.hpp"
#include "random_program.hpp"
#include "scenario.hpp"
#include "stoic/sim/golden/schedule.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::cosim {
namespace {

enum ScenarioPurpose : std::uint64_t { choose_scenario = 21 };

const std::vector<std::uint32_t> offsets{STOIC_REG_ID,
                                         STOIC_REG_CONFIG_HASH,
                                         STOIC_REG_CAPABILITY_UNITS,
                                         STOIC_REG_CONTROL,
                                         STOIC_REG_STATUS,
                                         STOIC_REG_STATUS,
                                         STOIC_REG_ABORT,
                                         STOIC_REG_IRQ_ENABLE,
                                         STOIC_REG_IRQ_STATUS,
                                         STOIC_REG_PROGRAM_START,
                                         STOIC_REG_SAMPLES,
                                         STOIC_REG_CYCLE_LIMIT,
                                         STOIC_REG_STREAM_TIMEOUT,
                                         STOIC_REG_PROGRAM_COUNTER,
                                         STOIC_REG_SAMPLES_DONE,
                                         STOIC_REG_CYCLES_LOW,
                                         STOIC_REG_CYCLES_HIGH,
                                         STOIC_REG_MAC_CYCLES_LOW,
                                         STOIC_REG_MAC_CYCLES_HIGH,
                                         STOIC_REG_STALL_INPUT,
                                         STOIC_REG_STALL_WEIGHTS,
                                         STOIC_REG_STALL_OUTPUT,
                                         STOIC_REG_SATURATIONS,
                                         STOIC_REG_FIRST_SATURATED,
                                         STOIC_REG_MEM_SELECT,
                                         STOIC_REG_MEM_ADDRESS,
                                         STOIC_REG_MEM_DATA};

class EpisodeWriter : Episode {
 public:
  EpisodeWriter(const HardwareConfig& config, Draw& draw) : config_(config), draw_(draw) {}

  std::vector<Action> compose() {
    const int status = draw_.once_in(2) ? STOIC_STATUS_CODE_OK
                                        : static_cast<int>(draw_.between(0, STOIC_STATUS_CODE_ABORTED));
    case_ = random_case(config_, draw_.bits(), {.least_cycles = 100, .most_cycles = 1500, .status = status});
    if (draw_.once_in(2)) stalls();
    fill_memories();
    set_registers();
    split_packets();
    send_part(false);
    start();
    while_busy();
    send_part(true);
    while_busy();
    finish();
    return std::move(actions);
  }

 private:
  void stalls() {
    const auto share = [&] { return draw_.of<double>({0, 0, 0.1, 0.5, 0.9}); };
    auto& action = add(Action::Kind::set_stalls);
    action.stalls = {draw_.bits(), share(), share(), draw_.once_in(30) ? 1.0 : share()};
  }

  void fill_memories() {
    program(case_.origin, case_.program);
    // Two devices hold the same whatever it is: the whole windows need not be written.
    fill(STOIC_MEMORY_WEIGHTS, case_.weights.first, case_.weights.values, 1024);
    fill(STOIC_MEMORY_TABLES, case_.tables.first, case_.tables.values, 512);
    fill(STOIC_MEMORY_STATE, case_.state.first, case_.state.values, 2048);
  }

  void set_registers() {
    write(STOIC_REG_PROGRAM_START, start_slot(case_), true);
    write(STOIC_REG_SAMPLES, case_.samples == 1 && draw_.once_in(2) ? 0 : case_.samples, true);
    write(STOIC_REG_CYCLE_LIMIT, limit(draw_.once_in(10) ? draw_.between(1, 2000) : case_.cycle_limit));
    write(STOIC_REG_STREAM_TIMEOUT, limit(draw_.once_in(4) ? draw_.between(1, 300) : case_.stream_timeout));
    write(STOIC_REG_IRQ_ENABLE, draw_.once_in(8) ? draw_.between(0, 3) : 3);
  }

  /// A limit, or in its place one of any size up to 32 bits, the large ones as often as the small ones.
  std::int64_t limit(std::int64_t usual) {
    return draw_.once_in(4) ? static_cast<std::int64_t>(draw_.bits() >> draw_.between(32, 60)) : usual;
  }

  /// Which packets come before START and which later; now and then one that does not fit.
  void split_packets() {
    for (auto* packets : {&case_.input, &case_.weight_stream}) {
      if (packets->empty() || !draw_.once_in(5)) continue;
      auto& packet = (*packets)[static_cast<std::size_t>(
          draw_.between(0, static_cast<std::int64_t>(packets->size()) - 1))];
      const auto lanes = static_cast<std::size_t>(config_.lanes);
      switch (draw_.between(0, 2)) {
        case 0:
          packet.last = false;
          break;
        case 1:
          if (packet.beats.size() > lanes) packet.beats.resize(packet.beats.size() - lanes);
          break;
        default:
          packet.beats.resize(packet.beats.size() + lanes * static_cast<std::size_t>(draw_.between(1, 4)));
      }
    }
    early_input_ = draw_.once_in(2) ? case_.input.size() : some(case_.input.size());
    early_weights_ = draw_.once_in(2) ? case_.weight_stream.size() : some(case_.weight_stream.size());
  }

  std::size_t some(std::size_t count) {
    return static_cast<std::size_t>(draw_.between(0, static_cast<std::int64_t>(count)));
  }

  void send_part(bool late) {
    const auto part = [&](Stream stream, const std::vector<Packet>& packets, std::size_t early) {
      const auto middle = packets.begin() + static_cast<std::ptrdiff_t>(early);
      send(stream, {late ? middle : packets.begin(), late ? packets.end() : middle});
    };
    part(Stream::input, case_.input, early_input_);
    part(Stream::weights, case_.weight_stream, early_weights_);
  }

  void start() {
    write(STOIC_REG_CONTROL, 1 << STOIC_CONTROL_START_LSB, true);
    auto& action = actions.back();
    action.note = text(case_);
    std::vector<std::uint64_t> memory(static_cast<std::size_t>(config_.program_words), 0);
    std::copy(case_.program.begin(), case_.program.end(), memory.begin() + case_.origin);
    try {
      const auto one = golden::schedule(memory, config_, start_slot(case_)).cycles;
      action.closed_form = 2 * STOIC_START_CYCLES + case_.samples * (one - 2 * STOIC_START_CYCLES);
    } catch (const Error&) {
      // A program that faults has no DONE.
    }
  }

  void while_busy() {
    for (auto left = draw_.between(0, 5); left > 0; --left) {
      switch (draw_.between(0, 15)) {
        case 0:
        case 1:
        case 2:
          cycles(Action::Kind::run, draw_.size(400));
          break;
        case 3:
        case 4:
        case 5:
          cycles(Action::Kind::run_instruction, draw_.once_in(4) ? draw_.between(1, 60) : 5000);
          break;
        case 6:
        case 7:
        case 8:
          read(draw_.of(offsets));
          break;
        case 9:
          bad_access();
          break;
        case 10:
          write(STOIC_REG_IRQ_STATUS, draw_.between(0, 3));
          break;
        case 11:
          if (draw_.once_in(3)) write(STOIC_REG_ABORT, 0);
          break;
        case 12:
          add(Action::Kind::take_output);
          break;
        case 13:
          stalls();
          break;
        case 14:
          if (draw_.once_in(3))
            add(Action::Kind::drop_unsent).stream = draw_.once_in(2) ? Stream::input : Stream::weights;
          break;
        default:
          if (draw_.once_in(6)) add(Action::Kind::reset);
      }
    }
  }

  /// Writes that a busy engine refuses, read-only registers, offsets that are no register. None of them
  /// changes what an idle engine would run.
  void bad_access() {
    const std::vector<std::uint32_t> harmless{STOIC_REG_ID, STOIC_REG_STATUS, STOIC_REG_CYCLES_LOW, 0x74,
                                              0xfc};
    if (draw_.once_in(3))
      read(draw_.of<std::uint32_t>({0x74, 0x7c, 0xfc}));
    else
      write(draw_.of(harmless), static_cast<std::int64_t>(draw_.bits() & 0xffffffff));
    if (draw_.once_in(3)) write(STOIC_REG_CONTROL, 1 << STOIC_CONTROL_RESET_LSB);
    if (draw_.once_in(3)) write(STOIC_REG_MEM_ADDRESS, draw_.between(0, 100));
  }

  void finish() {
    cycles(Action::Kind::run_until_interrupt, 6000);
    write(STOIC_REG_ABORT, 0);
    cycles(Action::Kind::run, 120);
    for (const auto offset : offsets) read(offset);
    const auto entries = std::min<std::int64_t>(config_.program_words, 40);
    auto& counts = add(Action::Kind::read_memory);
    counts.place = STOIC_MEMORY_SATURATIONS;
    counts.first = std::min(case_.origin, config_.program_words - entries);
    counts.count = entries;
    counts.when_idle = true;
    add(Action::Kind::take_output);
    if (draw_.once_in(2)) write(STOIC_REG_IRQ_STATUS, 3);
    if (draw_.once_in(3)) write(STOIC_REG_CONTROL, 1 << STOIC_CONTROL_RESET_LSB);
    if (draw_.once_in(2)) add(Action::Kind::drop_unsent).stream = Stream::input;
    if (draw_.once_in(2)) add(Action::Kind::drop_unsent).stream = Stream::weights;
    if (draw_.once_in(5)) cycles(Action::Kind::run, draw_.size(200));
  }

  const HardwareConfig& config_;
  Draw& draw_;
  Case case_;
  std::size_t early_input_ = 0;
  std::size_t early_weights_ = 0;
};

}  // namespace

Scenario random_scenario(const HardwareConfig& config, std::uint64_t seed) {
  Draw draw(seed, choose_scenario, 0);
  Scenario scenario{seed, config, {}};
  for (auto left = draw.between(1, 4); left > 0; --left)
    scenario.episodes.push_back(EpisodeWriter(config, draw).compose());
  return scenario;
}

}  // namespace stoic::cosim

#include "directed_scenarios.hpp"

#include <algorithm>

#include "stoic/generated/stoic_interface.h"
#include "stoic/sim/golden/schedule.hpp"

namespace stoic::cosim {
namespace {

constexpr auto run = Action::Kind::run;
constexpr auto run_until_interrupt = Action::Kind::run_until_interrupt;
constexpr std::int64_t start_bit = 1 << STOIC_CONTROL_START_LSB, reset_bit = 1 << STOIC_CONTROL_RESET_LSB;

/// Small codes of both signs, each different from its neighbours.
std::vector<std::int32_t> codes(std::int64_t count) {
  std::vector<std::int32_t> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int32_t>(i * 5 % 15) - 7;
  return values;
}

Packet packet(const HardwareConfig& config, std::int64_t beats) {
  return {codes(beats * config.lanes), true};
}

/// The memories of a case, and registers as every episode wants them.
Episode prepared(const Case& c) {
  Episode episode;
  episode.program(c.origin, c.program);
  episode.fill(STOIC_MEMORY_WEIGHTS, c.weights.first, c.weights.values, c.weights.values.size());
  episode.fill(STOIC_MEMORY_TABLES, c.tables.first, c.tables.values, c.tables.values.size());
  episode.fill(STOIC_MEMORY_STATE, c.state.first, c.state.values, c.state.values.size());
  episode.write(STOIC_REG_IRQ_ENABLE, 3, true);
  episode.write(STOIC_REG_STREAM_TIMEOUT, 400, true);
  return episode;
}

/// Everything that is left of a run: what it ended with, its counters, its output; and the streams empty
/// again.
void end(Episode& episode) {
  episode.add(Action::Kind::set_stalls).needed = true;
  episode.cycles(run_until_interrupt, 20000);
  episode.cycles(run, 20);
  for (const auto offset :
       {STOIC_REG_STATUS, STOIC_REG_IRQ_STATUS, STOIC_REG_PROGRAM_COUNTER, STOIC_REG_SAMPLES_DONE,
        STOIC_REG_CYCLES_LOW, STOIC_REG_MAC_CYCLES_LOW, STOIC_REG_STALL_INPUT, STOIC_REG_STALL_WEIGHTS,
        STOIC_REG_STALL_OUTPUT, STOIC_REG_SATURATIONS})
    episode.read(static_cast<std::uint32_t>(offset));
  episode.add(Action::Kind::take_output);
  episode.write(STOIC_REG_IRQ_STATUS, 3);
  for (const auto stream : {Stream::input, Stream::weights})
    episode.add(Action::Kind::drop_unsent).stream = stream;
  episode.write(STOIC_REG_CONTROL, reset_bit, true);
}

Episode one_run(const Case& c, const StallSchedule& stalls, std::int64_t abort_after,
                std::int64_t cycle_limit) {
  Episode episode;
  episode.add(Action::Kind::set_stalls).stalls = stalls;
  episode.write(STOIC_REG_IRQ_ENABLE, 3, true);
  episode.write(STOIC_REG_STREAM_TIMEOUT, 400, true);
  episode.write(STOIC_REG_CYCLE_LIMIT, cycle_limit, true);
  episode.send(Stream::input, c.input);
  episode.send(Stream::weights, c.weight_stream);
  episode.write(STOIC_REG_CONTROL, start_bit, true);
  episode.cycles(run, abort_after);
  episode.write(STOIC_REG_ABORT, 0);
  end(episode);
  return episode;
}

Case program_case(const HardwareConfig& config, const std::vector<Instruction>& program) {
  Case c;
  c.config = config;
  for (const auto& instruction : program) c.items.push_back({instruction, {}, c.items.size()});
  c.weights = {0, codes(std::min<std::int64_t>(config.weight_words, 8) * config.lanes)};
  c.tables = {0, codes(std::min<std::int64_t>(config.table_words, 16))};
  // Every entry is a write on the bus: of a large memory the beginning.
  c.state = {0, codes(std::min(config.state_words_per_lane * config.lanes, std::int64_t{16384}))};
  build(c);
  return c;
}

/// Instructions that stay together, LOOP with its END.
using Group = std::vector<Instruction>;

/// Every instruction, on vectors of two words where a vector can have them.
std::vector<Group> roomy_groups(const HardwareConfig& config) {
  const auto length = config.lanes + 1;  // two words, one of them with one element
  Matvec streamed{.stream = 1, .destination = 2, .source = 0, .rows = length, .columns = 2};
  Matvec local{.biased = 1, .destination = 4, .source = 0, .bias = 2, .rows = 1, .columns = 2};
  Bundle bundle{.destination = 2, .length = length, .terms = 3};
  for (auto& term : bundle.term) term = {.left = 4, .right = 0};
  const Function function{.destination = 4, .source = 2, .length = length, .segments = 1, .segment_shift = 2};
  const Normalise normalise{.destination = 6,
                            .source = 0,
                            .length = length,
                            .segments = 1,
                            .segment_shift = config.state_width - 1};
  const Rotate rotate{.destination = 2, .source = 0, .length = length, .amount = 1};
  return {{Load{0, length}},
          {streamed},
          {local},
          {Loop{2}, bundle, End{}},
          {function},
          {normalise},
          {Store{2, 2 * length}},
          {Copy{2 * config.lanes + 1, 1, config.lanes}},
          {rotate},
          {Store{2, 1}}};
}

/// The same in as few words as each instruction can do with.
std::vector<Group> narrow_groups(const HardwareConfig& config) {
  const auto last = config.state_words_per_lane - 1;
  const Matvec streamed{.stream = 1, .destination = last, .rows = config.lanes, .columns = 2};
  const Matvec local{.biased = 1, .destination = last, .bias = last, .rows = 1, .columns = 1};
  const Bundle bundle{.destination = last, .length = config.lanes, .terms = 1};
  const Function function{
      .destination = last, .source = last, .length = config.lanes, .segments = 1, .segment_shift = 2};
  const Normalise normalise{.length = 1, .segments = 1, .segment_shift = config.state_width - 1};
  const Rotate rotate{.destination = last, .length = config.lanes, .amount = 1};
  auto in_place = bundle;
  in_place.term[0] = {.left = last, .right = last};
  return {{Load{0, config.lanes}}, {streamed}, {local},         {Loop{2}, in_place, End{}},
          {Loop{2}, End{}},        {in_place}, {function},      {normalise},
          {Copy{1, 0, 1}},         {rotate},   {Store{last, 1}}};
}

std::int64_t words_of(const Group& group) {
  std::int64_t sum = 0;
  for (const auto& instruction : group) sum += words(instruction);
  return sum;
}

bool runs(const Group& group, const HardwareConfig& config) {
  return words_of(group) + 1 <= config.program_words &&
         std::all_of(group.begin(), group.end(), [&](const Instruction& instruction) {
           return check_operands(instruction, config) == STOIC_STATUS_CODE_OK;
         });
}

std::vector<Group> groups(const HardwareConfig& config) {
  auto roomy = roomy_groups(config);
  const bool all = std::all_of(roomy.begin(), roomy.end(), [&](const Group& g) { return runs(g, config); });
  if (all) return roomy;
  auto narrow = narrow_groups(config);
  std::erase_if(narrow, [&](const Group& g) { return !runs(g, config); });
  return narrow;
}

std::string name_of(const Instruction& instruction) {
  return std::visit([]<class T>(const T&) { return std::string(T::mnemonic); }, instruction);
}

}  // namespace

std::vector<Case> every_instruction(const HardwareConfig& config) {
  std::vector<Case> cases;
  std::vector<Instruction> program;
  std::int64_t size = 1;  // HALT
  const auto close = [&] {
    program.emplace_back(Halt{});
    cases.push_back(program_case(config, program));
    program.clear();
    size = 1;
  };
  for (const auto& group : groups(config)) {
    if (size + words_of(group) > config.program_words) close();
    program.insert(program.end(), group.begin(), group.end());
    size += words_of(group);
  }
  close();
  return cases;
}

std::vector<std::string> left_out_instructions(const HardwareConfig& config) {
  std::vector<std::string> names;
  for (const auto& group : roomy_groups(config))
    for (const auto& instruction : group) names.push_back(name_of(instruction));
  for (const auto& c : every_instruction(config))
    for (const auto& item : c.items) std::erase(names, name_of(item.instruction));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Needs needs_of_every_instruction() {
  return {.state_words_per_lane = 3, .program_words = 5};  // NORMALISE of one vector; LOOP, BUNDLE, END, HALT
}
Needs needs_of_first_beats() { return {.state_words_per_lane = 3, .program_words = 5}; }
Needs needs_of_resets() { return {.state_words_per_lane = 2, .program_words = 3}; }
Needs needs_of_closing() { return {.state_words_per_lane = 3, .program_words = 2}; }
Needs needs_of_saturations() { return {.state_words_per_lane = 2, .program_words = 4}; }

std::int64_t cycles_without_stalls(const Case& c) {
  std::vector<std::uint64_t> memory(static_cast<std::size_t>(c.config.program_words), 0);
  std::copy(c.program.begin(), c.program.end(), memory.begin() + c.origin);
  return golden::schedule(memory, c.config, start_slot(c)).cycles;
}

Scenario aborts_at_every_cycle(const Case& c, const StallSchedule& stalls) {
  Scenario scenario{stalls.seed, c.config, {prepared(c).actions}};
  // Streams that pause stretch the run; 1 never accepts, so that the last STORE waits for ever.
  const bool pauses = stalls.input > 0 || stalls.weights > 0 || stalls.output > 0;
  const auto last = cycles_without_stalls(c) * (pauses ? 3 : 2) / 2;
  for (std::int64_t n = 0; n <= last; ++n) scenario.episodes.push_back(one_run(c, stalls, n, 0).actions);
  return scenario;
}

Scenario aborts_near_the_cycle_limit(const Case& c) {
  Scenario scenario{0, c.config, {prepared(c).actions}};
  // Every third cycle: between two looks at a stop lie more than that, and within them both must have come.
  for (std::int64_t n = 4; n <= cycles_without_stalls(c); n += 3)
    for (const std::int64_t apart : {-2, 0, 1, 2, 4})
      scenario.episodes.push_back(one_run(c, {}, n, n + apart).actions);
  return scenario;
}

Scenario aresetn_in_every_cycle(const Case& c, const StallSchedule& stalls) {
  Scenario scenario{stalls.seed, c.config, {prepared(c).actions}};
  // A reset while an instruction runs has the whole state memory written again: the larger it is, the fewer cycles.
  const auto step = std::max<std::int64_t>(c.config.state_words_per_lane * c.config.lanes / 1024, 1);
  for (const bool aborts : {false, true})
    for (std::int64_t n = 0; n <= cycles_without_stalls(c); n += step) {
      Episode episode;
      episode.add(Action::Kind::set_stalls).stalls = stalls;
      episode.send(Stream::input, c.input);
      episode.send(Stream::weights, c.weight_stream);
      episode.write(STOIC_REG_CONTROL, start_bit, true);
      episode.cycles(run, n);
      if (aborts) episode.write(STOIC_REG_ABORT, 0);
      for (const auto stream : {Stream::input, Stream::weights})
        episode.add(Action::Kind::drop_unsent).stream = stream;
      episode.cycles(run, aborts ? 3 : 0);
      episode.add(Action::Kind::reset).needed = true;
      // What a run leaves for the next shows after one that ends before its first beat, or before its first instruction, and
      // without RESET.
      auto nothing = c;
      nothing.input.clear();
      nothing.weight_stream.clear();
      auto empty = one_run(nothing, stalls, 0, n % 2);
      empty.actions.pop_back();
      for (const auto& after : {empty, one_run(c, {}, 500, 0)})
        episode.actions.insert(episode.actions.end(), after.actions.begin(), after.actions.end());
      scenario.episodes.push_back(std::move(episode.actions));
    }
  return scenario;
}

Scenario aborted_twice(const Case& c) {
  Scenario scenario{0, c.config, {prepared(c).actions}};
  for (std::int64_t n = 0; n <= cycles_without_stalls(c); ++n) {
    auto episode = one_run(c, {}, n, 0);
    const auto first = std::find_if(episode.actions.begin(), episode.actions.end(),
                                    [](const Action& a) { return a.place == STOIC_REG_ABORT; });
    episode.actions.insert(first, *first);
    scenario.episodes.push_back(std::move(episode.actions));
  }
  return scenario;
}

Scenario acknowledged_in_every_cycle(const Case& c) {
  Scenario scenario{0, c.config, {prepared(c).actions}};
  for (std::int64_t n = 0; n <= cycles_without_stalls(c); ++n)
    for (const std::int64_t events : {1, 2, 3}) {
      auto episode = one_run(c, {}, n, 0);
      const auto abort = std::find_if(episode.actions.begin(), episode.actions.end(),
                                      [](const Action& a) { return a.place == STOIC_REG_ABORT; });
      abort->place = STOIC_REG_IRQ_STATUS;
      abort->value = static_cast<std::uint32_t>(events);
      scenario.episodes.push_back(std::move(episode.actions));
    }
  return scenario;
}

Scenario stops_while_a_packet_is_closed(const HardwareConfig& config) {
  const auto c = program_case(config, {Store{0, 3 * config.lanes}, Halt{}});
  Scenario scenario{0, config, {prepared(c).actions}};
  for (const double share : {0.5, 0.8, 0.95})
    for (std::int64_t n = 0; n <= 40; ++n) {
      Episode episode;
      episode.add(Action::Kind::set_stalls).stalls = {0, 0, 0, 1};
      episode.write(STOIC_REG_CONTROL, start_bit, true);
      episode.cycles(run, 8);
      episode.write(STOIC_REG_ABORT, 0);
      episode.cycles(run, 8);
      auto again = one_run(c, {static_cast<std::uint64_t>(n), 0, 0, share}, n % 20, 0);
      episode.actions.insert(episode.actions.end(), again.actions.begin(), again.actions.end());
      scenario.episodes.push_back(std::move(episode.actions));
    }
  return scenario;
}

Scenario first_beats_that_should_be_last(const HardwareConfig& config) {
  const Matvec matvec{.stream = 1, .destination = 2, .source = 0, .rows = 1, .columns = 1};
  auto c = program_case(config, {Load{0, 1}, matvec, Store{2, 1}, Halt{}});
  Scenario scenario{0, config, {prepared(c).actions}};
  for (std::int64_t input_beats = 1; input_beats <= 4; ++input_beats)
    for (std::int64_t weight_beats = 1; weight_beats <= 4; ++weight_beats) {
      // The packets after those that are too long must be the next ones.
      c.input = {packet(config, input_beats), packet(config, 1)};
      c.weight_stream = {packet(config, weight_beats), packet(config, 1)};
      auto first = one_run(c, {}, 500, 0);
      std::erase_if(first.actions, [](const Action& a) { return a.kind == Action::Kind::drop_unsent; });
      c.input = {packet(config, 1)};  // RESET has emptied the buffer
      c.weight_stream.clear();
      scenario.episodes.push_back(std::move(first.actions));
      scenario.episodes.push_back(one_run(c, {}, 500, 0).actions);
    }
  return scenario;
}

Scenario resets_between_beats(const HardwareConfig& config) {
  auto c = program_case(config, {Load{0, 2 * config.lanes}, Store{0, 2 * config.lanes}, Halt{}});
  Scenario scenario{0, config, {prepared(c).actions}};
  for (const double share : {0.0, 0.5})
    for (std::int64_t n = 0; n <= 24; ++n) {
      Episode episode;
      episode.add(Action::Kind::set_stalls).stalls = {static_cast<std::uint64_t>(n), share, 0, 0};
      episode.send(Stream::input,
                   {packet(config, 3), packet(config, 2), packet(config, 1), packet(config, 2)});
      episode.cycles(run, n);
      episode.write(STOIC_REG_CONTROL, reset_bit, true);
      episode.cycles(run, 30);
      c.input = {packet(config, 2)};
      auto after = one_run(c, {}, 500, 0);
      episode.actions.insert(episode.actions.end(), after.actions.begin(), after.actions.end());
      scenario.episodes.push_back(std::move(episode.actions));
    }
  return scenario;
}

Scenario saturations_while_they_are_cleared(const HardwareConfig& config) {
  // Word 0: HALT. Then a BUNDLE that saturates at each second word, up to the HALT that ends the memory.
  Bundle bundle{.destination = 1, .length = 1, .terms = 1, .result_shift = -64};
  bundle.term[0] = {.left = 0, .right = 0};
  std::vector<Instruction> program{Halt{}};
  auto size = std::int64_t{1};
  for (; size + words(bundle) < config.program_words; size += words(bundle)) program.emplace_back(bundle);
  while (size++ < config.program_words) program.emplace_back(Halt{});
  auto c = program_case(config, program);
  c.state.values[0] = 1;
  Scenario scenario{0, config, {prepared(c).actions}};
  const auto last = config.program_words - 1;
  // Clearing takes a cycle for each word: the larger the memory, the fewer places.
  const auto places = std::clamp<std::int64_t>(160000 / config.program_words, 3, 40);
  const auto step = std::max<std::int64_t>(config.program_words / places, 1);
  const auto start = [&](Episode& episode, std::int64_t slot, std::int64_t limit) {
    episode.write(STOIC_REG_PROGRAM_START, slot, true);
    episode.write(STOIC_REG_CYCLE_LIMIT, limit, true);
    episode.write(STOIC_REG_CONTROL, start_bit, true);
    episode.cycles(run_until_interrupt, 100000);
    episode.write(STOIC_REG_IRQ_STATUS, 3);
  };
  for (const auto from : {std::int64_t{0}, std::int64_t{1}, last / 2, last - 1, last, last + 5})
    for (std::int64_t slot = from % step; slot <= last; slot += step) {
      Episode episode;
      episode.write(STOIC_REG_IRQ_ENABLE, 3, true);
      start(episode, 1, 0);     // saturates at every second slot
      start(episode, from, 1);  // runs nothing, but clears from `from` on
      for (const bool waits : {false, true}) {
        if (waits) episode.cycles(run, 2 * config.program_words);
        auto& counts = episode.add(Action::Kind::read_memory);
        counts.place = STOIC_MEMORY_SATURATIONS;
        counts.first = slot;
        counts.count = std::min<std::int64_t>(2, last + 1 - slot);
        counts.when_idle = true;
      }
      scenario.episodes.push_back(std::move(episode.actions));
    }
  return scenario;
}

}  // namespace stoic::cosim

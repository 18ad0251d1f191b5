// When the cycle model asks to be woken: never later than what a register, a stream or the interrupt shows.
// Its module sleeps until then, so that a source which is told too late offers its next burst too late.
#include <gmock/gmock.h>

#include <array>
#include <utility>

#include "random_run.hpp"

namespace stoic::systemc {
namespace wake_test {

/// What the outside of the model sees besides the counters, with the cycle in which it happens.
struct Event {
  std::int64_t cycle;
  enum Kind { input_finished, weights_finished, output_offered, status, interrupt, program_counter } kind;
  std::uint64_t value;
  bool operator==(const Event&) const = default;
};

void PrintTo(const Event& event, std::ostream* out) {
  constexpr const char* names[] = {"input finished", "weights finished", "output offered",
                                   "status",         "interrupt",        "program counter"};
  *out << names[event.kind] << " " << event.value << " in cycle " << event.cycle;
}

/// A run with packets that end too early or too late, of which some are left over, and with an ABORT.
struct Disturbed {
  RandomRun run;
  std::uint64_t seed;
  std::int64_t gap, sink_delay, aborted;  ///< cycles after START; aborted: 0 for never
  std::uint32_t cycle_limit, stream_timeout;
  std::vector<std::pair<bool, Burst>> bursts;  ///< whether of the input
};

class Watched {
 public:
  explicit Watched(const Disturbed& disturbed) : driver(disturbed.run.config) {
    driver.sink_delay = disturbed.sink_delay;
    RandomRun memories = disturbed.run;
    memories.input.clear();
    memories.matrices.clear();
    prepare(driver, memories);
    if (disturbed.stream_timeout > 0) driver.write(STOIC_REG_STREAM_TIMEOUT, disturbed.stream_timeout);
    if (disturbed.cycle_limit > 0) driver.write(STOIC_REG_CYCLE_LIMIT, disturbed.cycle_limit);
    for (auto [input, burst] : disturbed.bursts) {
      for (auto& ready : burst.ready) ready += driver.model.now();
      (input ? driver.model.input_offers() : driver.model.weight_offers()).push(std::move(burst));
    }
    driver.model.input_offers().report = [this](const Accepted& accepted) {
      note(Event::input_finished, accepted);
    };
    driver.model.weight_offers().report = [this](const Accepted& accepted) {
      note(Event::weights_finished, accepted);
    };
    auto sink = std::exchange(driver.model.output().sink, {});
    driver.model.output().sink = [this, sink](const OutputOffer& beat) {
      events.push_back({beat.from, Event::output_offered, static_cast<std::uint64_t>(beat.last)});
      return sink(beat);
    };
    driver.begin();
    first = driver.model.now();
  }

  /// Goes to `cycle`, at most to that of the ABORT, which is then given.
  void advance_to(std::int64_t cycle, std::int64_t aborted) {
    const auto abort = aborted > 0 ? first + aborted : never;
    if (driver.model.now() < abort && cycle >= abort) cycle = abort;
    const auto before = shown();
    driver.model.advance_to(cycle);
    if (cycle == abort) {
      EXPECT_FALSE(driver.model.write(STOIC_REG_ABORT, 1).error);
    }
    const auto after = shown();
    constexpr Event::Kind kinds[] = {Event::status, Event::interrupt, Event::program_counter};
    for (std::size_t i = 0; i < std::size(kinds); ++i)
      if (before[i] != after[i]) events.push_back({cycle, kinds[i], after[i]});
  }

  /// Those by streams in the order of one stream, then by registers; each list is in order of time.
  std::vector<std::vector<Event>> sorted() const {
    std::vector<std::vector<Event>> lists(6);
    for (const auto& event : events) lists[event.kind].push_back(event);
    return lists;
  }

  ModelDriver driver;
  std::int64_t first = 0;
  std::vector<Event> events;

 private:
  std::array<std::uint32_t, 3> shown() const {
    return {driver.peek(STOIC_REG_STATUS), driver.peek(STOIC_REG_IRQ_STATUS),
            driver.peek(STOIC_REG_PROGRAM_COUNTER)};
  }
  /// It is known, and its source offers again, in the cycle after the acceptance.
  void note(Event::Kind kind, const Accepted& accepted) {
    if (accepted.finished) events.push_back({accepted.cycle + accepted.count, kind, accepted.tag});
  }
};

Disturbed disturbed_run(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::int64_t end) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(end));
  };
  Disturbed result{.run = random_run(small_instance(4, 2), seed, 8), .seed = seed};
  result.gap = std::max<std::int64_t>(below(8) - 3, 0);
  result.sink_delay = below(4);
  if (below(3) == 0) result.aborted = 1 + below(400);
  if (below(4) == 0) result.cycle_limit = static_cast<std::uint32_t>(1 + below(400));
  if (below(4) == 0) result.stream_timeout = static_cast<std::uint32_t>(1 + below(4));
  const auto lanes = static_cast<std::size_t>(result.run.config.lanes);
  std::uint64_t tag = 0;
  for (const bool input : {true, false}) {
    std::int64_t ready = 0;
    for (std::int64_t s = 0; s < result.run.samples; ++s)
      for (auto words : input ? result.run.input : result.run.matrices) {
        bool last = true;
        if (below(12) == 0)
          words.resize(lanes * static_cast<std::size_t>(1 + below(4)));  // too short, or too long
        if (below(12) == 0) last = false;
        Burst burst{.beats = std::make_shared<std::vector<std::int32_t>>(std::move(words)),
                    .last = last,
                    .tag = tag++};
        for (std::size_t b = 0; result.gap > 0 && b < burst.beats->size() / lanes; ++b)
          burst.ready.push_back(ready += 1 + below(result.gap));
        result.bursts.emplace_back(input, std::move(burst));
      }
  }
  return result;
}

TEST(Waking, IsNeverLaterThanWhatTheOutsideSees) {
  constexpr std::int64_t long_after = 1500;
  std::size_t ended_badly = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const auto disturbed = disturbed_run(seed);
    Watched slow(disturbed), woken(disturbed);
    const auto end = slow.first + long_after;
    while (slow.driver.model.now() < end) slow.advance_to(slow.driver.model.now() + 1, disturbed.aborted);
    while (woken.driver.model.now() < end) {
      const auto bound = std::min(woken.driver.model.change_bound(), end);
      const auto before = woken.events.size();
      woken.advance_to(bound, disturbed.aborted);
      for (auto event = woken.events.begin() + static_cast<std::ptrdiff_t>(before);
           event != woken.events.end(); ++event)
        EXPECT_GE(event->cycle, woken.driver.model.now())
            << testing::PrintToString(*event) << " was seen too late";
      if (testing::Test::HasFailure()) return;
    }
    ASSERT_EQ(woken.sorted(), slow.sorted());
    ended_badly += slow.driver.code() != STOIC_STATUS_CODE_OK;
  }
  EXPECT_GT(ended_badly, 100u);
}

}  // namespace wake_test
}  // namespace stoic::systemc

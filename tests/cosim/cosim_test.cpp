// Random programs on every body of the accelerator, against golden and against each other.
//
// STOIC_SEED=N begins with seed N (and runs that one alone); STOIC_INSTRUCTIONS=N runs until N instructions
// have been compared (20,000 if not set).
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "bodies.hpp"
#include "directed_scenarios.hpp"
#include "edges.hpp"
#include "lockstep.hpp"
#include "random_instructions.hpp"
#include "random_program.hpp"
#include "reference.hpp"
#include "scenario.hpp"
#include "seeds.hpp"
#include "sums.hpp"

namespace stoic::cosim {
namespace cosim_test {

struct Effort {
  std::uint64_t seed = 1;
  std::int64_t instructions = 0;  ///< to compare; one seed at least
};

Effort effort() {
  const char* seed = std::getenv("STOIC_SEED");
  const char* instructions = std::getenv("STOIC_INSTRUCTIONS");
  Effort result{1, 20000};
  if (seed != nullptr) result = {std::strtoull(seed, nullptr, 10), 1};
  if (instructions != nullptr) result.instructions = std::strtoll(instructions, nullptr, 10);
  return result;
}

std::string command(std::uint64_t seed) {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  return fmt::format("STOIC_SEED={} {} --gtest_filter={}.{}", seed,
                     std::filesystem::read_symlink("/proc/self/exe").string(), test->test_suite_name(),
                     test->name());
}

/// Says what a test that passes did not try, for the summary of ./dev test --hw.
void leave_out(const std::string& what) { fmt::print("left out: {}\n", what); }

void leave_out_instructions(const HardwareConfig& config) {
  if (const auto names = left_out_instructions(config); !names.empty())
    leave_out(fmt::format("{}: {}", fmt::join(names, ", "), lacking(config, needs_of_every_instruction())));
}

class Body : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (const auto lack = lacking_memory(configs_for(GetParam(), 0, 1).front()); !lack.empty())
      GTEST_SKIP() << lack;
  }
  void compare(const std::function<StallSchedule(std::uint64_t)>& stalls) {
    const auto planned = effort();
    SeedRun run(GetParam());
    std::uint64_t seed = planned.seed;
    for (; run.instructions() < planned.instructions; ++seed)
      if (const auto failure = run.compare(seed, stalls(seed), command(seed))) {
        ADD_FAILURE() << *failure;
        return;
      }
    RecordProperty("instructions", std::to_string(run.instructions()));
    RecordProperty("seeds", std::to_string(seed - planned.seed));
  }
};

TEST_P(Body, AgreesWithGoldenAfterEveryInstruction) {
  compare([](std::uint64_t) { return StallSchedule{}; });
}

TEST_P(Body, AgreesWithGoldenWhenStreamsStall) { compare(stalls_of); }

TEST_P(Body, ChecksEveryOperandAtItsEdge) {
  const auto config = configs_for(GetParam(), 0, 0).front();
  const auto device = make_body(GetParam(), config);
  Reference golden(config);
  const auto all = edges(config);
  for (const auto& what : all.left_out) leave_out(what);
  for (const auto& edge : all.edges) {
    const auto c = edge_case(config, edge);
    const int own = edge.status == STOIC_STATUS_CODE_LOOP_UNDERFLOW ? STOIC_STATUS_CODE_OK : edge.status;
    EXPECT_EQ(check_operands(edge.instruction, config), own) << edge.what;
    const auto failure = compare_in_lockstep(*device, c, {}, &golden);
    EXPECT_FALSE(failure) << edge.what << ": " << *failure << "\n" << cosim::text(c);
  }
}

TEST_P(Body, RefusesOperandsThatAreWrongByChance) {
  const auto config = configs_for(GetParam(), 0, 0).front();
  if (const auto lack = lacking(config, {.program_words = 2}); !lack.empty()) GTEST_SKIP() << lack;
  const auto device = make_body(GetParam(), config);
  Reference golden(config);
  const auto seed = effort().seed;
  Draw draw(seed);
  InstructionDraw instructions(config, draw, {0, config.weight_words}, {0, config.table_words},
                               {0, config.state_words_per_lane});
  std::int64_t refused = 0;
  for (int i = 0; i < 150; ++i)
    for (int status = STOIC_STATUS_CODE_ILLEGAL_OPERAND; status <= STOIC_STATUS_CODE_OPERAND_OVERLAP;
         ++status) {
      const auto item = instructions.faulty(status);
      if (!item || !item->words.empty() || words(item->instruction) >= config.program_words) continue;
      const Edge edge{fmt::format("seed {}, attempt {}", seed, i), item->instruction, status};
      const auto c = edge_case(config, edge);
      const auto failure = compare_in_lockstep(*device, c, {}, &golden);
      ASSERT_FALSE(failure) << edge.what << ": " << *failure << "\n" << cosim::text(c);
      ++refused;
    }
  EXPECT_GT(refused, 50);
}

TEST_P(Body, RefusesALoopOfNothingHoweverManyAreOpen) {
  const auto config = configs_for(GetParam(), 0, 0).front();
  const auto device = make_body(GetParam(), config);
  for (std::int64_t open = 0; open <= config.loop_depth && open + 2 <= config.program_words; ++open)
    for (const std::int64_t count : {0, 1}) {
      Case c;
      c.config = config;
      for (std::int64_t i = 0; i < open; ++i) c.items.push_back({Loop{2}, {}, c.items.size()});
      c.items.push_back({Loop{count}, {}, c.items.size()});
      c.items.push_back({Halt{}, {}, c.items.size()});
      build(c);
      c.status = count == 0                  ? STOIC_STATUS_CODE_ILLEGAL_OPERAND
                 : open == config.loop_depth ? STOIC_STATUS_CODE_LOOP_TOO_DEEP
                                             : STOIC_STATUS_CODE_OK;
      const auto failure = compare_in_lockstep(*device, c, {});
      EXPECT_FALSE(failure) << *failure << "\n" << cosim::text(c);
    }
}

TEST_P(Body, RoundsSumsAtTheEndsOfTheAccumulator) {
  const auto config = configs_for(GetParam(), 0, 0).front();
  if (const auto lack = lacking(config, needs_of_sums()); !lack.empty()) GTEST_SKIP() << lack;
  const auto device = make_body(GetParam(), config);
  for (const auto& c : sums_at_the_ends(config)) {
    const auto failure = compare_in_lockstep(*device, c, {});
    ASSERT_FALSE(failure) << *failure << "\n" << cosim::text(c);
  }
}

TEST_P(Body, StopsInAnyCycleAsGoldenSays) {
  const auto config = configs_for(GetParam(), 0, 0).front();
  // With fewer places LOAD waits for the input buffer, and a stop in its middle is no closed form.
  if (!keeps_up(config)) GTEST_SKIP() << lacking(config, {.input_buffer_beats = 3});
  const auto device = make_body(GetParam(), config);
  Reference golden(config);
  leave_out_instructions(config);
  for (auto c : every_instruction(config)) {
    const auto last = cycles_without_stalls(c) + 5;
    for (const auto stop : {&Case::cycle_limit, &Case::abort_after}) {
      for (c.*stop = stop == &Case::abort_after ? least_abort_after : 1; c.*stop <= last; ++(c.*stop)) {
        build(c);
        const auto failure = compare_in_lockstep(*device, c, {}, &golden);
        ASSERT_FALSE(failure) << *failure << "\n" << cosim::text(c);
      }
      c.*stop = 0;
    }
  }
}

class SystemcAndRtl : public testing::Test {
 protected:
  void SetUp() override {
    if (bodies().size() < 2) GTEST_SKIP() << "needs a build with cycle model and RTL of this instance";
    config = configs_for("rtl", 0, 0).front();
    if (const auto lack = lacking_memory(config); !lack.empty()) GTEST_SKIP() << lack;
    systemc = make_body("systemc", config);
    rtl = make_body("rtl", config);
  }
  void expect_equal(const Scenario& scenario) {
    if (const auto failure = compare_devices(*systemc, *rtl, scenario)) FAIL() << *failure;
  }
  void expect_equal_when_aborted(const StallSchedule& stalls) {
    leave_out_instructions(config);
    for (const auto& c : every_instruction(config)) expect_equal(aborts_at_every_cycle(c, stalls));
  }
  HardwareConfig config;
  std::unique_ptr<Device> systemc, rtl;
};

TEST_F(SystemcAndRtl, AgreeWhenAbortedInAnyCycle) { expect_equal_when_aborted({}); }

TEST_F(SystemcAndRtl, AgreeWhenAbortedWhileStreamsPause) { expect_equal_when_aborted({1, 0.5, 0.5, 0.5}); }

TEST_F(SystemcAndRtl, AgreeWhenAbortedWhileTheOutputHardlyMoves) {
  expect_equal_when_aborted({2, 0, 0, 0.9});
}

TEST_F(SystemcAndRtl, AgreeWhenAbortedWhileTheOutputIsClosed) { expect_equal_when_aborted({3, 0, 0, 1}); }

TEST_F(SystemcAndRtl, AgreeWhenAbortAndCycleLimitMeet) {
  leave_out_instructions(config);
  for (const auto& c : every_instruction(config)) expect_equal(aborts_near_the_cycle_limit(c));
}

TEST_F(SystemcAndRtl, DiscardWhatFollowsAFirstBeatThatShouldBeLast) {
  if (const auto lack = lacking(config, needs_of_first_beats()); !lack.empty()) GTEST_SKIP() << lack;
  expect_equal(first_beats_that_should_be_last(config));
}

TEST_F(SystemcAndRtl, AgreeWhenResetMeetsABeat) {
  if (const auto lack = lacking(config, needs_of_resets()); !lack.empty()) GTEST_SKIP() << lack;
  expect_equal(resets_between_beats(config));
}

TEST_F(SystemcAndRtl, BeginAnewAfterAresetnInAnyCycle) {
  leave_out_instructions(config);
  for (const auto& c : every_instruction(config))
    for (const auto& stalls : {StallSchedule{}, StallSchedule{4, 0.5, 0.5, 0.5}})
      expect_equal(aresetn_in_every_cycle(c, stalls));
}

TEST_F(SystemcAndRtl, AgreeWhenAbortedTwice) {
  leave_out_instructions(config);
  for (const auto& c : every_instruction(config)) expect_equal(aborted_twice(c));
}

TEST_F(SystemcAndRtl, AgreeWhenEventsAreAcknowledgedInAnyCycle) {
  const auto cases = every_instruction(config);
  expect_equal(acknowledged_in_every_cycle(cases.back()));
}

TEST_F(SystemcAndRtl, CloseAPacketOnceWhateverStopsMeanwhile) {
  if (const auto lack = lacking(config, needs_of_closing()); !lack.empty()) GTEST_SKIP() << lack;
  expect_equal(stops_while_a_packet_is_closed(config));
}

TEST_F(SystemcAndRtl, AgreeOnSaturationsWhileTheyAreCleared) {
  if (const auto lack = lacking(config, needs_of_saturations()); !lack.empty()) GTEST_SKIP() << lack;
  expect_equal(saturations_while_they_are_cleared(config));
}

TEST_F(SystemcAndRtl, AgreeInEveryCycleWhateverTheDriverDoes) {
  const auto planned = effort();
  // A scenario counts as some 200 instructions.
  for (std::int64_t i = 0; i * 200 < planned.instructions; ++i) {
    const auto scenario = random_scenario(config, planned.seed + static_cast<std::uint64_t>(i));
    const auto failure = compare_devices(*systemc, *rtl, scenario);
    if (!failure) continue;
    const ScenarioCheck check = [&](const Scenario& candidate) {
      return compare_devices(*make_body("systemc", config), *make_body("rtl", config), candidate);
    };
    const auto report = failure_report(scenario, check, command(scenario.seed));
    FAIL() << (report.empty()
                   ? fmt::format("seed {}: {}\n(only after the seeds before it)", scenario.seed, *failure)
                   : report);
  }
}

INSTANTIATE_TEST_SUITE_P(Bodies, Body, testing::ValuesIn(bodies()),
                         [](const auto& body) { return body.param; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Body);

}  // namespace cosim_test
}  // namespace stoic::cosim

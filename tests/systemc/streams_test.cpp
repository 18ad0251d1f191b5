// Waiting for streams, discarding and closing, cycle by cycle as the rules say it.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "model_driver.hpp"

namespace stoic::systemc {
namespace streams_test {

const HardwareConfig& compact() {
  static const auto config = load_hardware_config("compact");  // 4 lanes, 16 beats of input buffer
  return config;
}

constexpr std::int64_t one_word_fetch = 1 + STOIC_FETCH_CYCLES;
constexpr std::uint32_t ok = STOIC_STATUS_CODE_OK;

TEST(InputBuffer, TakesWhatFitsWithoutTheEngineAndGoesOnWhenPlacesGetFree) {
  ModelDriver driver(compact());
  driver.write_program("LOAD length=80\nHALT");
  std::vector<std::int64_t> accepted;
  driver.model.input_offers().report = [&](const Accepted& a) { accepted.push_back(a.cycle); };
  const auto sent = driver.model.now();
  driver.send_input(20);
  driver.model.advance_to(sent + 100);
  ASSERT_EQ(accepted.size(), 16u);
  for (std::size_t i = 0; i < 16; ++i) EXPECT_EQ(accepted[i], sent + static_cast<std::int64_t>(i));
  driver.begin();
  const auto first_issue = driver.model.now() + STOIC_START_CYCLES + one_word_fetch;
  driver.finish();
  EXPECT_EQ(driver.code(), ok);
  EXPECT_EQ(driver.stalls(), 0u);
  ASSERT_EQ(accepted.size(), 20u);
  // A place that is freed in a cycle counts from the next.
  for (std::size_t i = 16; i < 20; ++i)
    EXPECT_EQ(accepted[i], first_issue + 1 + static_cast<std::int64_t>(i - 16)) << i;
}

TEST(InputBuffer, GivesABeatTwoCyclesAfterItCame) {
  for (std::int64_t late = -4; late <= 4; ++late) {
    ModelDriver driver(compact());
    driver.write_program("LOAD length=4\nHALT");
    driver.begin();
    const auto issue = driver.model.now() + STOIC_START_CYCLES + one_word_fetch;
    auto burst = ModelDriver::burst(compact(), 1);
    burst.earliest = issue + late;
    driver.model.offer_input(std::move(burst));
    driver.finish();
    EXPECT_EQ(driver.peek(STOIC_REG_STALL_INPUT), std::max<std::int64_t>(0, late + 2)) << late;
  }
}

TEST(Weights, AreIssuedInTheCycleInWhichTheyAreOffered) {
  for (std::int64_t late = -2; late <= 4; ++late) {
    ModelDriver driver(compact());
    driver.write_program("MATVEC stream=1 destination=9 source=0 rows=4 columns=3\nHALT");
    driver.begin();
    const auto issue = driver.model.now() + STOIC_START_CYCLES + one_word_fetch + 1;
    auto burst = ModelDriver::burst(compact(), 3);
    burst.ready = {issue + late, issue + late, issue + late + 5};
    driver.model.offer_weights(std::move(burst));
    driver.finish();
    EXPECT_EQ(driver.code(), ok);
    EXPECT_EQ(driver.peek(STOIC_REG_STALL_WEIGHTS),
              late >= 0 ? late + 3 : std::max<std::int64_t>(0, late + 3));
    EXPECT_EQ(driver.peek(STOIC_REG_MAC_CYCLES_LOW), 3u);
  }
}

TEST(Output, StandsInItsRegisterFromTheSecondCycleAfterTheIssue) {
  ModelDriver driver(compact());
  driver.write_program("STORE source=0 length=10\nHALT");
  driver.begin();
  const auto issue = driver.model.now() + STOIC_START_CYCLES + one_word_fetch;
  driver.finish();
  ASSERT_EQ(driver.output.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(driver.output[i].offered, issue + 2 + static_cast<std::int64_t>(i));
    EXPECT_EQ(driver.output[i].last, i == 2);
  }
  EXPECT_EQ(driver.stalls(), 0u);
  ModelDriver slow(compact());
  slow.sink_delay = 3;
  slow.write_program("STORE source=0 length=10\nHALT");
  slow.run();
  EXPECT_EQ(slow.peek(STOIC_REG_STALL_OUTPUT), 9u);
  EXPECT_EQ(slow.cycles(), driver.cycles() + 9);
}

TEST(Output, AsksItsSinkAgain) {
  ModelDriver driver(compact());
  driver.sink_closed = true;
  driver.write_program("STORE source=0 length=4\nHALT");
  driver.begin();
  driver.finish();
  EXPECT_TRUE(driver.busy());  // for ever, and that costs nothing
  driver.model.advance_to(driver.model.now() + (std::int64_t{1} << 60));
  EXPECT_TRUE(driver.busy());
  driver.sink_closed = false;
  driver.model.output().ask_again(driver.model.now());
  driver.finish();
  EXPECT_EQ(driver.code(), ok);
  EXPECT_EQ(driver.output.size(), 1u);
}

TEST(Timeouts, EndAWaitInItsLastStallCycle) {
  const struct {
    const char* program;
    std::int64_t fetch, drain;
    std::uint32_t counter;
  } waits[] = {
      {"LOAD length=4\nHALT", one_word_fetch, STOIC_LOAD_LATENCY, STOIC_REG_STALL_INPUT},
      {"MATVEC stream=1 destination=9 rows=4 columns=3\nHALT", one_word_fetch + 1, STOIC_MAC_LATENCY,
       STOIC_REG_STALL_WEIGHTS},
      {"STORE length=4\nHALT", one_word_fetch + STOIC_STORE_LATENCY, 0, STOIC_REG_STALL_OUTPUT},
  };
  for (const auto& wait : waits)
    for (const std::uint32_t timeout : {1u, 2u, 100u}) {
      SCOPED_TRACE(fmt::format("{} with {}", wait.program, timeout));
      ModelDriver driver(compact());
      driver.sink_closed = true;
      driver.write_program(wait.program);
      driver.write(STOIC_REG_STREAM_TIMEOUT, timeout);
      driver.run();
      EXPECT_EQ(driver.code(), static_cast<std::uint32_t>(STOIC_STATUS_CODE_STREAM_TIMEOUT));
      EXPECT_EQ(driver.peek(wait.counter), timeout);
      EXPECT_EQ(driver.cycles(), around + wait.fetch + timeout + wait.drain);
    }
}

TEST(Timeouts, CountStallsInARowOnly) {
  ModelDriver driver(compact());
  driver.write_program("LOAD length=40\nHALT");
  driver.write(STOIC_REG_STREAM_TIMEOUT, 4);
  driver.begin();
  auto burst = ModelDriver::burst(compact(), 10);
  for (std::int64_t i = 0; i < 10; ++i)
    burst.ready.push_back(driver.model.now() + 4 * i);  // 3 stalls between
  driver.model.offer_input(std::move(burst));
  driver.finish();
  EXPECT_EQ(driver.code(), ok);
  EXPECT_GT(driver.peek(STOIC_REG_STALL_INPUT), 20u);
}

TEST(StreamFaults, WriteWhatWasTakenAndDiscardTheRest) {
  const auto short_one = static_cast<std::uint32_t>(STOIC_STATUS_CODE_STREAM_TOO_SHORT);
  const auto long_one = static_cast<std::uint32_t>(STOIC_STATUS_CODE_STREAM_TOO_LONG);
  for (const std::int64_t given : {1, 2, 4, 7}) {
    SCOPED_TRACE(given);
    ModelDriver driver(compact());
    driver.write_program("LOAD destination=0 length=12\nHALT");
    driver.send_input(given);
    driver.send_input(3, true, 50);
    driver.model.advance_to(driver.model.now() + 30);
    driver.run();
    EXPECT_EQ(driver.code(), given < 3 ? short_one : long_one);
    const auto taken = std::min<std::int64_t>(given, 3);
    EXPECT_EQ(driver.cycles(), around + one_word_fetch + taken + STOIC_LOAD_LATENCY);
    for (std::int64_t i = 0; i < 16; ++i)
      EXPECT_EQ(driver.model.state()[static_cast<std::size_t>(i)], i < 4 * taken ? i + 1 : 0) << i;
    driver.run();  // the next vector is whole again
    EXPECT_EQ(driver.code(), ok);
    EXPECT_EQ(driver.model.state()[0], 50);
  }
  for (const std::int64_t given : {2, 5, 9}) {
    SCOPED_TRACE(given);
    const auto text = "MATVEC stream=1 destination=9 source=0 rows=8 columns=3\nHALT";
    ModelDriver driver(compact());
    driver.write_program(text);
    driver.write_memory(STOIC_MEMORY_STATE, 0, std::vector<std::int32_t>{1, 2, 3});
    driver.send_weights(given);
    driver.send_weights(6);
    driver.run();
    EXPECT_EQ(driver.code(), given < 6 ? short_one : long_one);
    const auto taken = std::min<std::int64_t>(given, 6);
    EXPECT_EQ(driver.peek(STOIC_REG_MAC_CYCLES_LOW), taken);
    golden::Machine machine(compact());
    const auto program = assemble(text, compact(), "test").program;
    std::copy(program.begin(), program.end(), machine.program().begin());
    for (std::int32_t i = 0; i < 3; ++i) machine.state()[static_cast<std::size_t>(i)] = i + 1;
    machine.weight_stream() = {*ModelDriver::burst(compact(), given).beats};
    machine.start();
    machine.run();
    EXPECT_EQ(static_cast<std::uint32_t>(machine.status()), driver.code());
    EXPECT_EQ(machine.counters().mac_cycles, taken);
    EXPECT_TRUE(std::equal(machine.state().begin(), machine.state().end(), driver.model.state().begin()));
    driver.run();
    EXPECT_EQ(driver.code(), ok);
  }
}

TEST(Discarding, CountsAsStallOfTheNextRun) {
  ModelDriver driver(compact());
  driver.write_program("LOAD length=8\nHALT");
  driver.write(STOIC_REG_STREAM_TIMEOUT, 3);
  driver.send_input(1, false);  // the vector goes on
  driver.model.advance_to(driver.model.now() + 5);
  driver.run();
  EXPECT_EQ(driver.code(), static_cast<std::uint32_t>(STOIC_STATUS_CODE_STREAM_TIMEOUT));
  driver.write(STOIC_REG_STREAM_TIMEOUT, 0);
  driver.begin();
  driver.model.advance_to(driver.model.now() + 50);
  EXPECT_TRUE(driver.busy());
  const auto before = driver.model.now();
  driver.send_input(3);  // its end: accepted from now on, discarded two cycles later, one a cycle
  driver.send_input(2, true, 7);
  driver.finish();
  EXPECT_EQ(driver.code(), ok);
  EXPECT_EQ(driver.model.state()[0], 7);
  // The beats of the second vector are taken in cycles before + 5 and + 6, then drain and ending.
  const auto body = one_word_fetch + STOIC_CONTROL_CYCLES;
  EXPECT_EQ(driver.model.now(), before + 7 + STOIC_LOAD_LATENCY + body + STOIC_START_CYCLES);
}

TEST(Reset, EmptiesTheBufferAndDiscardsTheRestOfAVector) {
  for (const bool whole : {true, false}) {
    ModelDriver driver(compact());
    driver.write_program("LOAD length=8\nHALT");
    driver.send_input(2, whole);
    driver.model.advance_to(driver.model.now() + 10);
    driver.write(STOIC_REG_CONTROL, reset);
    EXPECT_EQ(driver.model.input_stored(), 0);
    driver.send_input(2, true, 20);
    driver.send_input(2, true, 30);
    driver.run();
    EXPECT_EQ(driver.code(), ok);
    EXPECT_EQ(driver.model.state()[0], whole ? 20 : 30);
  }
}

TEST(Reset, TakesTheBeatOfItsOwnCycleWithIt) {
  ModelDriver driver(compact());
  driver.write_program("LOAD length=4\nHALT");
  driver.send_input(1, true, 20);  // accepted in the cycle of the write
  driver.write(STOIC_REG_CONTROL, reset);
  driver.send_input(1, true, 30);
  driver.run();
  EXPECT_EQ(driver.model.state()[0], 30);
}

TEST(Closing, SendsZerosWithTlastAndHoldsTheNextStoreUp) {
  ModelDriver driver(compact());
  driver.write_program("STORE source=0 length=12\nHALT");
  driver.sink_delay = 10;
  driver.begin();
  const auto issue = driver.model.now() + STOIC_START_CYCLES + one_word_fetch;
  driver.model.advance_to(issue + 4);  // the first beat is offered from issue + 2 to issue + 12
  driver.write(STOIC_REG_ABORT, 0);
  driver.finish();
  EXPECT_EQ(driver.code(), static_cast<std::uint32_t>(STOIC_STATUS_CODE_ABORTED));
  driver.begin();
  driver.finish();
  EXPECT_EQ(driver.code(), ok);
  ASSERT_EQ(driver.output.size(), 5u);
  EXPECT_EQ(driver.output[0].offered, issue + 2);
  EXPECT_FALSE(driver.output[0].last);
  EXPECT_EQ(driver.output[1].offered, issue + 13);
  EXPECT_TRUE(driver.output[1].last);
  EXPECT_EQ(driver.output[1].values, std::vector<std::int32_t>(4));
  EXPECT_FALSE(driver.output[2].last);
  EXPECT_GT(driver.output[2].offered, driver.output[1].accepted);
  EXPECT_TRUE(driver.output[4].last);
}

}  // namespace streams_test
}  // namespace stoic::systemc

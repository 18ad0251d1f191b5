// ABORT and CYCLE_LIMIT in every cycle of small programs.
#include <gmock/gmock.h>

#include "random_run.hpp"

namespace stoic::systemc {
namespace stop_test {

/// One instruction, then HALT, with everything that it needs.
RandomRun run_of(const Instruction& instruction, const HardwareConfig& config, std::uint64_t seed) {
  auto run = random_run(config, seed, 1);
  run.samples = 1;
  run.input.clear();
  run.matrices.clear();
  run.program = encode(instruction);
  run.program.push_back(encode(Halt{})[0]);
  std::mt19937_64 random(seed);
  const auto words = static_cast<std::size_t>(golden::issues(instruction, config) * config.lanes);
  if (std::holds_alternative<Load>(instruction))
    run.input.push_back(golden::random_codes(words, config.state_min(), config.state_max(), random));
  if (const auto* matvec = std::get_if<Matvec>(&instruction); matvec != nullptr && matvec->stream != 0)
    run.matrices.push_back(golden::random_codes(words, -config.weight_max(), config.weight_max(), random));
  return run;
}

/// What the first `issued` issues leave, and what they saturate.
golden::Effect execute_part(golden::Datapath& datapath, const RandomRun& run, const Instruction& instruction,
                            std::int64_t issued) {
  datapath.writable_weights().assign(run.weights.begin(), run.weights.end());
  datapath.tables() = run.tables;
  std::copy(run.state.begin(), run.state.end(), datapath.state().begin());
  const auto lanes = static_cast<std::size_t>(run.config.lanes);
  if (const auto* load = std::get_if<Load>(&instruction)) {
    for (std::int64_t beat = 0; beat < issued; ++beat)
      datapath.load(*load, beat, std::span(run.input[0]).subspan(static_cast<std::size_t>(beat) * lanes));
    return {};
  }
  if (const auto* matvec = std::get_if<Matvec>(&instruction); matvec != nullptr && matvec->stream != 0)
    return datapath.execute_streamed(
        *matvec, std::make_shared<const std::vector<std::int32_t>>(run.matrices[0]), issued);
  return datapath.execute(instruction, issued);
}

/// Stops a run in busy cycle `stop` and holds it to the rules; then runs the program again, undisturbed.
void expect_stop(const RandomRun& run, const Instruction& instruction, std::int64_t stop, bool by_abort) {
  ModelDriver driver(run.config);
  prepare(driver, run);
  driver.model.advance_to(driver.model.now() + 50);
  if (!by_abort) driver.write(STOIC_REG_CYCLE_LIMIT, static_cast<std::uint32_t>(stop - 1));
  driver.begin();
  const auto first = driver.model.now();
  if (by_abort) {
    driver.model.advance_to(first + stop - 2);  // requested from the cycle after
    driver.write(STOIC_REG_ABORT, 0);
  }
  driver.finish();
  ASSERT_FALSE(driver.busy());
  const auto fetch = STOIC_START_CYCLES + words(instruction) + STOIC_FETCH_CYCLES;  // cycles before the body
  const auto total = golden::issues(instruction, run.config);
  const bool store = std::holds_alternative<Store>(instruction);
  const auto stride = std::holds_alternative<Normalise>(instruction)
                          ? STOIC_NORMALISE_BEAT_CYCLES + run.config.lanes / run.config.function_units
                          : 1;
  const auto looked_at = total * stride + (store ? STOIC_STORE_LATENCY : 0);  // cycles that look at requests
  const auto body = cycles(instruction, run.config) - words(instruction) - STOIC_FETCH_CYCLES;
  const auto drain = body - looked_at;
  std::int64_t issued = total;
  std::int64_t expected = 0;
  bool stopped = true;
  if (stop <= STOIC_START_CYCLES + 1) {
    issued = 0;
    expected = STOIC_START_CYCLES + 1;
  } else if (stop <= fetch + (looked_at - stride) + 1) {
    const auto cycle = std::max<std::int64_t>(0, stop - fetch - 1);  // of the body, from 0
    issued = (cycle + stride - 1) / stride;
    expected = fetch + issued * stride + 1 + drain;
  } else if (stop <= fetch + body + 1) {
    expected = fetch + body + 1;  // the first cycle of HALT's fetch
  } else {
    stopped = false;
    expected = fetch + body + 1 + STOIC_FETCH_CYCLES + STOIC_CONTROL_CYCLES;
  }
  EXPECT_EQ(driver.cycles(), expected + STOIC_START_CYCLES);
  EXPECT_EQ(driver.code(), static_cast<std::uint32_t>(!stopped   ? STOIC_STATUS_CODE_OK
                                                      : by_abort ? STOIC_STATUS_CODE_ABORTED
                                                                 : STOIC_STATUS_CODE_CYCLE_LIMIT));
  EXPECT_EQ(driver.stalls(), 0u);
  golden::Datapath datapath(run.config);
  const auto effect = execute_part(datapath, run, instruction, issued);
  const auto state = driver.model.state();
  ASSERT_TRUE(std::equal(state.begin(), state.end(), datapath.state().begin())) << issued << " issues";
  EXPECT_EQ(driver.peek(STOIC_REG_SATURATIONS), effect.saturations);
  EXPECT_EQ(driver.peek(STOIC_REG_MAC_CYCLES_LOW), mac_cycles(instruction, run.config) > 0 ? issued : 0);

  driver.model.advance_to(driver.model.now() + 60);  // what was begun is discarded and closed meanwhile
  EXPECT_TRUE(driver.output.empty() || driver.output.back().last);
  driver.output.clear();
  driver.write_memory(STOIC_MEMORY_STATE, 0, run.state);
  driver.write(STOIC_REG_CYCLE_LIMIT, 0);
  const bool taken = issued > 0;
  for (const auto& packet : run.input)
    if (taken) driver.model.offer_input({.beats = std::make_shared<std::vector<std::int32_t>>(packet)});
  for (const auto& packet : run.matrices)
    if (taken) driver.model.offer_weights({.beats = std::make_shared<std::vector<std::int32_t>>(packet)});
  driver.run();
  auto machine = golden_of(run);
  ASSERT_EQ(driver.code(), static_cast<std::uint32_t>(STOIC_STATUS_CODE_OK));
  ASSERT_TRUE(std::equal(state.begin(), state.end(), machine.state().begin()));
  EXPECT_EQ(driver.output.size(), store ? static_cast<std::size_t>(total) : 0u);
}

class Stops : public testing::TestWithParam<std::size_t> {};

TEST_P(Stops, InEveryCycleLeaveWhatWasIssued) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const auto config = small_instance(8, seed == 2 ? 8 : 2);
    std::mt19937_64 random(seed * 100 + GetParam());
    const auto instruction = random_legal(config, GetParam(), random);
    const auto run = run_of(instruction, config, seed);
    const auto last = around + cycles(instruction, config) + 8;
    const auto step = std::max<std::int64_t>(1, last / 60);
    for (std::int64_t stop = 2; stop < last; stop += step) {
      SCOPED_TRACE(testing::Message() << disassemble(instruction, {}, config) << ", stop in busy cycle "
                                      << stop << ", seed " << seed);
      ASSERT_NO_FATAL_FAILURE(expect_stop(run, instruction, stop, true));
      ASSERT_NO_FATAL_FAILURE(expect_stop(run, instruction, stop, false));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Systemc, Stops, testing::Range(std::size_t{3}, std::variant_size_v<Instruction>));

TEST(Stopping, IsForgottenWhenTheRunEndsFirstAndWithoutOne) {
  ModelDriver driver(load_hardware_config("compact"));
  driver.write_program("HALT");
  driver.write(STOIC_REG_ABORT, 0);  // idle: nothing to stop
  driver.begin();
  driver.model.advance_to(driver.model.now() + STOIC_START_CYCLES + 2);
  driver.write(STOIC_REG_ABORT, 0);  // HALT is fetched already
  driver.finish();
  EXPECT_EQ(driver.code(), static_cast<std::uint32_t>(STOIC_STATUS_CODE_OK));
  driver.run();
  EXPECT_EQ(driver.code(), static_cast<std::uint32_t>(STOIC_STATUS_CODE_OK));
}

TEST(Stopping, ByAbortWinsOverTheCycleLimit) {
  ModelDriver driver(load_hardware_config("compact"));
  driver.write_program("LOAD length=4\nHALT");
  driver.write(STOIC_REG_CYCLE_LIMIT, 30);
  driver.begin();
  driver.model.advance_to(driver.model.now() + 29);
  driver.write(STOIC_REG_ABORT, 0);  // both are requested from busy cycle 31 on
  driver.finish();
  EXPECT_EQ(driver.code(), static_cast<std::uint32_t>(STOIC_STATUS_CODE_ABORTED));
}

TEST(Stopping, BeforeTheFirstFetchTakesThatFetchsFirstCycle) {
  ModelDriver driver(load_hardware_config("compact"));
  driver.write_program("HALT");
  driver.write(STOIC_REG_CYCLE_LIMIT, 1);
  driver.run();
  EXPECT_EQ(driver.code(), static_cast<std::uint32_t>(STOIC_STATUS_CODE_CYCLE_LIMIT));
  EXPECT_EQ(driver.cycles(), around + 1);
  EXPECT_EQ(driver.peek(STOIC_REG_PROGRAM_COUNTER), 0u);
}

}  // namespace stop_test
}  // namespace stoic::systemc

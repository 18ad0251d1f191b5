#include <gmock/gmock.h>

#include "random_run.hpp"

namespace stoic::systemc {
namespace engine_test {

struct Size {
  std::int64_t lanes, function_units;
};
constexpr Size sizes[] = {{4, 1}, {8, 8}, {16, 4}};

std::vector<std::int32_t> sent(golden::Machine& machine) {
  std::vector<std::int32_t> beats;
  const auto lanes = static_cast<std::size_t>(machine.config().lanes);
  for (const auto& vector : machine.output()) {
    beats.insert(beats.end(), vector.begin(), vector.end());
    beats.resize((beats.size() + lanes - 1) / lanes * lanes);
  }
  return beats;
}

/// State, outputs and counters of a run that ended with DONE.
void expect_golden(ModelDriver& driver, golden::Machine& machine) {
  ASSERT_EQ(driver.code(), static_cast<std::uint32_t>(STOIC_STATUS_CODE_OK));
  const auto state = driver.model.state();
  ASSERT_TRUE(std::equal(state.begin(), state.end(), machine.state().begin()));
  std::vector<std::int32_t> beats;
  for (const auto& beat : driver.output) beats.insert(beats.end(), beat.values.begin(), beat.values.end());
  ASSERT_EQ(beats, sent(machine));
  const auto& counters = machine.counters();
  EXPECT_EQ(driver.cycles() - driver.stalls(), counters.cycles);
  EXPECT_EQ(driver.peek(STOIC_REG_MAC_CYCLES_LOW), counters.mac_cycles);
  EXPECT_EQ(driver.peek(STOIC_REG_SATURATIONS), counters.saturations);
  EXPECT_EQ(driver.peek(STOIC_REG_FIRST_SATURATED), static_cast<std::uint32_t>(counters.first_saturated));
  EXPECT_EQ(driver.peek(STOIC_REG_SAMPLES_DONE), machine.samples_done());
  EXPECT_EQ(driver.peek(STOIC_REG_PROGRAM_COUNTER), machine.program_counter());
  for (std::size_t slot = 0; slot < counters.saturations_by_slot.size(); ++slot)
    ASSERT_EQ(driver.model.engine().saturations_at(static_cast<std::int64_t>(slot)),
              counters.saturations_by_slot[slot])
        << "slot " << slot;
}

TEST(Engine, HasGoldensBitsAndClosedFormsWithEveryInstruction) {
  for (const auto& size : sizes)
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
      SCOPED_TRACE(testing::Message() << size.lanes << " lanes, seed " << seed);
      const auto run = random_run(small_instance(size.lanes, size.function_units), seed);
      ModelDriver driver(run.config);
      prepare(driver, run);
      driver.model.advance_to(driver.model.now() + 10);
      driver.run();
      auto machine = golden_of(run);
      expect_golden(driver, machine);
    }
}

TEST(Engine, ExplainsEveryStallByItsCounters) {
  std::uint32_t stalls = 0;
  for (const auto& size : sizes)
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
      SCOPED_TRACE(testing::Message() << size.lanes << " lanes, seed " << seed);
      const auto run = random_run(small_instance(size.lanes, size.function_units), seed);
      ModelDriver driver(run.config);
      driver.sink_delay = static_cast<std::int64_t>(seed % 3);
      prepare(driver, run, 1 + static_cast<std::int64_t>(seed % 5), seed);
      driver.run();
      auto machine = golden_of(run);
      expect_golden(driver, machine);
      stalls += driver.stalls();
    }
  EXPECT_GT(stalls, 0u);
}

constexpr std::uint32_t shown[] = {
    STOIC_REG_STATUS,       STOIC_REG_IRQ_STATUS,     STOIC_REG_PROGRAM_COUNTER, STOIC_REG_SAMPLES_DONE,
    STOIC_REG_CYCLES_LOW,   STOIC_REG_MAC_CYCLES_LOW, STOIC_REG_STALL_INPUT,     STOIC_REG_STALL_WEIGHTS,
    STOIC_REG_STALL_OUTPUT, STOIC_REG_SATURATIONS,    STOIC_REG_FIRST_SATURATED};

std::vector<std::uint32_t> registers_of(const ModelDriver& driver) {
  std::vector<std::uint32_t> values;
  for (const auto offset : shown) values.push_back(driver.peek(offset));
  return values;
}

TEST(Engine, ShowsTheSameRegistersHoweverFarItIsAdvancedAtOnce) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    const auto run = random_run(small_instance(8, 2), seed, 6);
    ModelDriver slow(run.config), fast(run.config), leaps(run.config);
    for (auto* driver : {&slow, &fast, &leaps}) {
      driver->sink_delay = static_cast<std::int64_t>(seed % 3);
      prepare(*driver, run, seed % 4 == 3 ? 6 : static_cast<std::int64_t>(seed % 4), seed);
      if (seed % 4 == 3) driver->write(STOIC_REG_STREAM_TIMEOUT, 3);
      if (seed % 5 == 4) driver->write(STOIC_REG_CYCLE_LIMIT, 150 + static_cast<std::uint32_t>(seed));
      driver->begin();
    }
    const auto first = slow.model.now();
    std::vector<std::vector<std::uint32_t>> history;
    while (slow.busy() && slow.model.now() < first + 20000) {
      history.push_back(registers_of(slow));
      slow.model.advance_to(slow.model.now() + 1);
    }
    ASSERT_FALSE(slow.busy());
    history.push_back(registers_of(slow));
    while (leaps.busy()) {
      const auto step = 1 + static_cast<std::int64_t>(random() % 40);
      const auto last = first + static_cast<std::int64_t>(history.size()) - 1;
      leaps.model.advance_to(std::min(leaps.model.now() + step, last));
      ASSERT_EQ(registers_of(leaps), history[static_cast<std::size_t>(leaps.model.now() - first)])
          << "busy cycle " << leaps.model.now() - first + 1;
    }
    // A bound is never later than the first cycle that shows something new of what it promises.
    while (fast.busy()) {
      const auto from = fast.model.now();
      const auto bound = fast.model.change_bound();
      ASSERT_GT(bound, from);
      ASSERT_LE(bound, first + static_cast<std::int64_t>(history.size()) - 1);
      for (auto c = from; c < bound; ++c) {
        const auto& then = history[static_cast<std::size_t>(c - first)];
        EXPECT_EQ(then[0], history[static_cast<std::size_t>(from - first)][0])
            << "STATUS in cycle " << c - first;
        EXPECT_EQ(then[1], history[static_cast<std::size_t>(from - first)][1]) << "IRQ_STATUS";
        EXPECT_EQ(then[2], history[static_cast<std::size_t>(from - first)][2]) << "PROGRAM_COUNTER";
      }
      fast.model.advance_to(bound);
      ASSERT_EQ(registers_of(fast), history[static_cast<std::size_t>(fast.model.now() - first)]);
    }
    EXPECT_EQ(fast.output, slow.output);
    EXPECT_EQ(leaps.output, slow.output);
  }
}

struct Fault {
  const char* program;  ///< after it the words are zeros, which are no instruction
  std::int64_t fetch;   ///< cycles of the instructions before, and of the fetch that faults
  int code;
};

TEST(Engine, EndsWithACodeForEveryFaultThatDecodingFinds) {
  const auto config = load_hardware_config("compact");
  constexpr auto one = STOIC_FETCH_CYCLES + 1;
  constexpr auto loop = one + STOIC_CONTROL_CYCLES;
  const Fault faults[] = {{"LOOP count=1", loop + one, STOIC_STATUS_CODE_ILLEGAL_OPCODE},
                          {"END\nHALT", one, STOIC_STATUS_CODE_LOOP_UNDERFLOW},
                          {"LOOP count=1\nLOOP count=1\nLOOP count=1\nLOOP count=1\nLOOP count=1",
                           4 * loop + one, STOIC_STATUS_CODE_LOOP_TOO_DEEP}};
  for (const auto& fault : faults) {
    ModelDriver driver(config);
    driver.write_program(fault.program);
    driver.run();
    EXPECT_EQ(driver.code(), static_cast<std::uint32_t>(fault.code)) << fault.program;
    EXPECT_EQ(driver.cycles(), around + fault.fetch) << fault.program;
    EXPECT_EQ(driver.peek(STOIC_REG_IRQ_STATUS), 1u << STOIC_IRQ_STATUS_FAULT_LSB);
  }
  const std::pair<Instruction, int> operands[] = {
      {Load{.destination = 0, .length = 0}, STOIC_STATUS_CODE_ILLEGAL_OPERAND},
      {Load{.destination = 511, .length = 5}, STOIC_STATUS_CODE_STATE_ADDRESS},
      {Matvec{.destination = 9, .rows = 4, .columns = 1, .weights = 32768}, STOIC_STATUS_CODE_WEIGHT_ADDRESS},
      {Function{.length = 1, .table = 511, .segments = 1}, STOIC_STATUS_CODE_TABLE_ADDRESS},
      {Rotate{.destination = 3, .source = 3, .length = 4}, STOIC_STATUS_CODE_OPERAND_OVERLAP}};
  for (const auto& [instruction, code] : operands) {
    ModelDriver driver(config);
    driver.write_program(encode(instruction));
    driver.run();
    EXPECT_EQ(driver.code(), static_cast<std::uint32_t>(code));
    EXPECT_EQ(driver.cycles(), around + words(instruction) + STOIC_FETCH_CYCLES) << code;
  }
}

TEST(Engine, FetchesTheWordsOfAnInstructionThatRunsOverTheEnd) {
  const auto config = load_hardware_config("compact");
  Bundle bundle{.length = 4, .terms = 5};
  for (const auto& [instruction, before] :
       {std::pair<Instruction, std::int64_t>{Matvec{.rows = 1, .columns = 1}, 1}, {bundle, 1}, {bundle, 3}}) {
    ModelDriver driver(config);
    auto words = encode(instruction);
    const auto size = static_cast<std::int64_t>(words.size());
    words.resize(static_cast<std::size_t>(before));
    std::vector<std::uint64_t> program(static_cast<std::size_t>(config.program_words - before));
    program.insert(program.end(), words.begin(), words.end());
    driver.write_program(std::span<const std::uint64_t>(program));
    driver.write(STOIC_REG_PROGRAM_START, static_cast<std::uint32_t>(config.program_words - before));
    driver.run();
    EXPECT_EQ(driver.code(), static_cast<std::uint32_t>(STOIC_STATUS_CODE_PROGRAM_ADDRESS));
    EXPECT_EQ(driver.cycles(), around + size + STOIC_FETCH_CYCLES);
  }
  ModelDriver driver(config);
  driver.write(STOIC_REG_PROGRAM_START, static_cast<std::uint32_t>(config.program_words));
  driver.run();
  EXPECT_EQ(driver.code(), static_cast<std::uint32_t>(STOIC_STATUS_CODE_PROGRAM_ADDRESS));
  EXPECT_EQ(driver.cycles(), around + 1 + STOIC_FETCH_CYCLES);
  EXPECT_EQ(driver.peek(STOIC_REG_PROGRAM_COUNTER), static_cast<std::uint32_t>(config.program_words));
}

TEST(Engine, ShowsSaturationsFromTheSecondCycleAfterTheBody) {
  ModelDriver driver(load_hardware_config("compact"));
  driver.write_program(
      ".vector x 4\n.constant big 32767\nBUNDLE destination=x length=4 : + [big]*[big]\nHALT");
  driver.begin();
  const auto after = driver.model.now() + STOIC_START_CYCLES + 2 + STOIC_FETCH_CYCLES + 1 + STOIC_MAC_LATENCY;
  driver.model.advance_to(after);
  EXPECT_EQ(driver.peek(STOIC_REG_SATURATIONS), 0u);
  EXPECT_EQ(driver.peek(STOIC_REG_PROGRAM_COUNTER), 2u);
  driver.model.advance_to(after + 1);
  EXPECT_EQ(driver.peek(STOIC_REG_SATURATIONS), 4u);
  EXPECT_EQ(driver.peek(STOIC_REG_FIRST_SATURATED), 0u);
  driver.finish();
  driver.write(STOIC_REG_CONTROL, reset);
  EXPECT_EQ(driver.peek(STOIC_REG_FIRST_SATURATED), 0xffffffffu);
  driver.write(STOIC_REG_MEM_SELECT, STOIC_MEMORY_SATURATIONS);
  EXPECT_EQ(driver.read(STOIC_REG_MEM_DATA), 4u);
  driver.model.reset();  // the other reset clears them
  driver.write(STOIC_REG_MEM_SELECT, STOIC_MEMORY_SATURATIONS);
  EXPECT_EQ(driver.read(STOIC_REG_MEM_DATA), 0u);
}

}  // namespace engine_test
}  // namespace stoic::systemc

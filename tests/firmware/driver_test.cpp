// The driver, compiled natively, against a bus that records: the accesses are what the programmer's guide
// says, and every one of them may fail.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <functional>
#include <map>

#include "stoic.h"
#include "stoic_interface.h"
#include "stoic_platform.h"

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uintptr_t engine = 0x1000, dma = 0x2000;
constexpr std::uint32_t hash = 0x12345678;

std::string name_of(std::uintptr_t address) {
  static const std::map<std::uintptr_t, std::string> names{
      {engine + STOIC_REG_ID, "ID"},
      {engine + STOIC_REG_INTERFACE_VERSION, "INTERFACE_VERSION"},
      {engine + STOIC_REG_CONFIG_HASH, "CONFIG_HASH"},
      {engine + STOIC_REG_CONTROL, "CONTROL"},
      {engine + STOIC_REG_STATUS, "STATUS"},
      {engine + STOIC_REG_ABORT, "ABORT"},
      {engine + STOIC_REG_IRQ_ENABLE, "IRQ_ENABLE"},
      {engine + STOIC_REG_IRQ_STATUS, "IRQ_STATUS"},
      {engine + STOIC_REG_PROGRAM_START, "PROGRAM_START"},
      {engine + STOIC_REG_SAMPLES, "SAMPLES"},
      {engine + STOIC_REG_STREAM_TIMEOUT, "STREAM_TIMEOUT"},
      {engine + STOIC_REG_PROGRAM_COUNTER, "PROGRAM_COUNTER"},
      {engine + STOIC_REG_MEM_SELECT, "MEM_SELECT"},
      {engine + STOIC_REG_MEM_ADDRESS, "MEM_ADDRESS"},
      {engine + STOIC_REG_MEM_DATA, "MEM_DATA"},
      {dma + STOIC_DMA_REG_RESET, "DMA.RESET"},
      {dma + STOIC_DMA_REG_IRQ_ENABLE, "DMA.IRQ_ENABLE"},
      {dma + STOIC_DMA_REG_IRQ_STATUS, "DMA.IRQ_STATUS"}};
  if (const auto found = names.find(address); found != names.end()) return found->second;
  constexpr const char* channels[] = {"input", "weights", "output"};
  constexpr const char* registers[] = {"CONTROL", "STATUS", "BASE",   "DESCRIPTORS",
                                       "COUNT",   "ROUNDS", "STRIDE", "BEATS"};
  const auto offset = address - dma;
  if (address >= dma && offset < 0x60)
    return fmt::format("{}.{}", channels[offset / STOIC_DMA_CHANNEL_STRIDE],
                       registers[offset % STOIC_DMA_CHANNEL_STRIDE / 4]);
  return fmt::format("{:#x}", address);
}

/// Answers reads with registers that a test sets, notes writes, and fails when it is told to.
struct RecordingBus {
  std::map<std::uintptr_t, std::uint32_t> registers{
      {engine + STOIC_REG_ID, STOIC_ID},
      {engine + STOIC_REG_INTERFACE_VERSION, STOIC_INTERFACE_VERSION},
      {engine + STOIC_REG_CONFIG_HASH, hash}};
  std::vector<std::string> writes;
  int accesses = 0;
  int fails_at = -1;  ///< number of the access that the bus refuses
  std::uint64_t time = 0;
  int waits = 0;
  std::function<void()> while_waiting;

  stoic_port port{this, read, write, now, wait, bus_address};

  static RecordingBus& self(void* context) { return *static_cast<RecordingBus*>(context); }
  static bool read(void* context, std::uintptr_t address, std::uint32_t* value) {
    auto& bus = self(context);
    if (bus.accesses++ == bus.fails_at) return false;
    *value = bus.registers[address];
    return true;
  }
  static bool write(void* context, std::uintptr_t address, std::uint32_t value) {
    auto& bus = self(context);
    if (bus.accesses++ == bus.fails_at) return false;
    bus.writes.push_back(fmt::format("{}={:#x}", name_of(address), value));
    return true;
  }
  static std::uint64_t now(void* context) { return self(context).time; }
  static void wait(void* context, const volatile std::uint32_t*, std::uint64_t deadline) {
    auto& bus = self(context);
    ++bus.waits;
    bus.time = deadline;  // as if nothing had woken it
    if (bus.while_waiting) bus.while_waiting();
  }
  /// Numbers that a person can read instead of this machine's addresses.
  static std::uintptr_t bus_address(void*, const void* pointer) { return pointer == nullptr ? 0 : 0x8000; }

  std::vector<std::string> take_writes() { return std::exchange(writes, {}); }
};

/// A model of a few words: LOAD, STORE, HALT would be its program.
struct SmallModel {
  std::uint32_t program[2] = {0x11, 0x22};
  std::uint8_t weights[3] = {1, 0xff, 0x80};
  std::int32_t tables[1] = {-7};
  std::uint8_t states[4] = {0x34, 0x12, 0xfe, 0xff};
  stoic_state_block blocks[1] = {{5, 2, 0}};
  stoic_state_block restored[1] = {{6, 1, 1}};
  std::uint8_t stream[4] = {};
  stoic_vector matrices[1] = {{0, 4}};
  stoic_vector vectors[1] = {{0, 4}};
  stoic_model model{};

  SmallModel() {
    model.config_hash = hash;
    model.lanes = 2;
    model.state_bits = 16;
    model.weight_bits = 8;
    model.classes = 2;
    model.program = program;
    model.program_halves = 2;
    model.weights = weights;
    model.weight_count = 3;
    model.tables = tables;
    model.table_count = 1;
    model.state_count = 1;
    model.states = states;
    model.states_stored = 2;
    model.state_blocks = blocks;
    model.state_block_count = 1;
    model.restored = restored;
    model.restored_count = 1;
    model.stream_weights = stream;
    model.stream_weight_bytes = 4;
    model.matrices = matrices;
    model.matrix_count = 1;
    model.inputs = model.outputs = vectors;
    model.input_count = model.output_count = 1;
    model.input_bytes = model.output_bytes = 4;
    model.crc = stoic_model_crc(&model);
  }
};

struct Driver : testing::Test {
  RecordingBus bus;
  SmallModel small;
  stoic_device device{};
  std::uint8_t inputs[8] = {}, outputs[8] = {};

  stoic_status init(bool interrupts = false) {
    return stoic_init(&device, &bus.port, engine, dma, interrupts);
  }
  void load() {
    ASSERT_EQ(init(), STOIC_OK);
    ASSERT_EQ(stoic_load(&device, &small.model), STOIC_OK);
    bus.take_writes();
  }
  void start() {
    load();
    ASSERT_EQ(stoic_run(&device, inputs, outputs, 1, 100), STOIC_OK);
    bus.take_writes();
  }
  void set_status(std::uint32_t bits, std::uint32_t code = 0) {
    bus.registers[engine + STOIC_REG_STATUS] = bits | code << STOIC_STATUS_CODE_LSB;
  }
};

constexpr std::uint32_t busy = 1u << STOIC_STATUS_BUSY_LSB, done = 1u << STOIC_STATUS_DONE_LSB,
                        fault = 1u << STOIC_STATUS_FAULT_LSB;

TEST_F(Driver, FindsTheAcceleratorAndResetsIt) {
  EXPECT_EQ(init(true), STOIC_OK);
  EXPECT_THAT(bus.take_writes(), ElementsAre("DMA.RESET=0x1", "IRQ_ENABLE=0x3", "DMA.IRQ_ENABLE=0x7"));
  EXPECT_EQ(init(false), STOIC_OK);
  EXPECT_THAT(bus.take_writes(), ElementsAre("DMA.RESET=0x1", "IRQ_ENABLE=0x0", "DMA.IRQ_ENABLE=0x0"));
}

TEST_F(Driver, WritesNothingToWhatIsNoAccelerator) {
  bus.registers[engine + STOIC_REG_ID] = 0xffffffff;
  EXPECT_EQ(init(), STOIC_NO_DEVICE);
  bus.registers[engine + STOIC_REG_ID] = STOIC_ID;
  bus.registers[engine + STOIC_REG_INTERFACE_VERSION] = STOIC_INTERFACE_VERSION + 1;
  EXPECT_EQ(init(), STOIC_WRONG_INTERFACE);
  EXPECT_THAT(bus.writes, IsEmpty());
}

TEST_F(Driver, LoadsEveryMemoryWithSignExtendedWords) {
  ASSERT_EQ(init(), STOIC_OK);
  bus.take_writes();
  EXPECT_EQ(stoic_load(&device, &small.model), STOIC_OK);
  EXPECT_THAT(
      bus.take_writes(),
      ElementsAre("MEM_SELECT=0x0", "MEM_ADDRESS=0x0", "MEM_DATA=0x11", "MEM_DATA=0x22",  //
                  "MEM_SELECT=0x1", "MEM_ADDRESS=0x0", "MEM_DATA=0x1", "MEM_DATA=0xffffffff",
                  "MEM_DATA=0xffffff80", "MEM_SELECT=0x2", "MEM_ADDRESS=0x0", "MEM_DATA=0xfffffff9",  //
                  "MEM_SELECT=0x3", "MEM_ADDRESS=0x0", "MEM_DATA=0x0",                                //
                  "MEM_SELECT=0x3", "MEM_ADDRESS=0x5", "MEM_DATA=0x1234", "MEM_DATA=0xfffffffe"));
}

TEST_F(Driver, WritesNothingOfAModelThatIsCorruptOrForAnotherInstance) {
  ASSERT_EQ(init(), STOIC_OK);
  bus.take_writes();
  small.weights[1] ^= 1;
  EXPECT_EQ(stoic_load(&device, &small.model), STOIC_CORRUPT_MODEL);
  small.weights[1] ^= 1;
  small.model.config_hash ^= 1;
  EXPECT_EQ(stoic_load(&device, &small.model), STOIC_CORRUPT_MODEL);
  small.model.crc = stoic_model_crc(&small.model);
  EXPECT_EQ(stoic_load(&device, &small.model), STOIC_WRONG_INSTANCE);
  EXPECT_THAT(bus.writes, IsEmpty());
  EXPECT_EQ(stoic_run(&device, inputs, outputs, 1, 0), STOIC_NOT_LOADED);
}

TEST_F(Driver, StartsTheStreamsBeforeTheEngine) {
  load();
  EXPECT_EQ(stoic_run(&device, inputs, outputs, 2, 100), STOIC_OK);
  EXPECT_THAT(
      bus.take_writes(),
      ElementsAre("MEM_SELECT=0x3", "MEM_ADDRESS=0x6", "MEM_DATA=0xfffffffe",  // what a sample left behind
                  "PROGRAM_START=0x0", "SAMPLES=0x2", "STREAM_TIMEOUT=0x64",   //
                  "output.BASE=0x8000", "output.DESCRIPTORS=0x8000", "output.COUNT=0x1", "output.STRIDE=0x4",
                  "output.ROUNDS=0x2", "output.CONTROL=0x1",  //
                  "input.BASE=0x8000", "input.DESCRIPTORS=0x8000", "input.COUNT=0x1", "input.STRIDE=0x4",
                  "input.ROUNDS=0x2", "input.CONTROL=0x1",  //
                  "weights.BASE=0x8000", "weights.DESCRIPTORS=0x8000", "weights.COUNT=0x1",
                  "weights.STRIDE=0x0", "weights.ROUNDS=0x2", "weights.CONTROL=0x1", "CONTROL=0x1"));
  EXPECT_EQ(stoic_run(&device, inputs, outputs, 1, 100), STOIC_BUSY);
  EXPECT_EQ(stoic_load(&device, &small.model), STOIC_BUSY);
  EXPECT_THAT(bus.writes, IsEmpty());
}

TEST_F(Driver, RefusesMoreSamplesThanAStartMayHave) {
  small.model.samples_per_start_max = 1;
  small.model.crc = stoic_model_crc(&small.model);
  load();
  EXPECT_EQ(stoic_run(&device, inputs, outputs, 2, 100), STOIC_BAD_ARGUMENT);
  EXPECT_EQ(stoic_run(&device, inputs, outputs, 0, 100), STOIC_BAD_ARGUMENT);
  EXPECT_THAT(bus.writes, IsEmpty());
}

TEST_F(Driver, IsDoneWhenEngineAndStreamsAre) {
  start();
  set_status(busy);
  EXPECT_EQ(stoic_poll(&device), STOIC_RUNNING);
  set_status(done);
  bus.registers[dma + STOIC_DMA_CHANNEL_STRIDE * STOIC_DMA_OUTPUT + STOIC_DMA_REG_STATUS] = 1;
  EXPECT_EQ(stoic_poll(&device), STOIC_RUNNING);
  bus.registers[dma + STOIC_DMA_CHANNEL_STRIDE * STOIC_DMA_OUTPUT + STOIC_DMA_REG_STATUS] = 2;
  EXPECT_EQ(stoic_poll(&device), STOIC_OK);
  EXPECT_EQ(stoic_poll(&device), STOIC_BAD_ARGUMENT);  // nothing runs any more
}

TEST_F(Driver, NamesTheFaultOfTheEngineAndItsProgramWord) {
  for (std::uint32_t code = 1; code <= STOIC_STATUS_CODE_ABORTED; ++code) {
    start();
    set_status(fault, code);
    bus.registers[engine + STOIC_REG_PROGRAM_COUNTER] = 40 + code;
    EXPECT_EQ(stoic_poll(&device), STOIC_ENGINE_FAULT);
    EXPECT_EQ(device.fault_code, code);
    EXPECT_EQ(device.fault_place, 40 + code);
  }
}

TEST_F(Driver, TellsTheFaultOfTheDmaBeforeThatOfTheEngine) {
  start();
  set_status(fault, STOIC_STATUS_CODE_STREAM_TIMEOUT);
  bus.registers[dma + STOIC_DMA_CHANNEL_STRIDE * STOIC_DMA_WEIGHTS + STOIC_DMA_REG_STATUS] =
      4 | STOIC_DMA_ERROR_ADDRESS << 8;
  EXPECT_EQ(stoic_poll(&device), STOIC_DMA_FAULT);
  EXPECT_EQ(device.fault_code, static_cast<std::uint32_t>(STOIC_DMA_ERROR_ADDRESS));
  EXPECT_EQ(device.fault_place, static_cast<std::uint32_t>(STOIC_DMA_WEIGHTS));
}

TEST_F(Driver, GivesUpAtTheDeadlineAndAborts) {
  start();
  set_status(busy);
  bus.registers[engine + STOIC_REG_PROGRAM_COUNTER] = 17;
  EXPECT_EQ(stoic_wait(&device, 5000), STOIC_TIMED_OUT);
  EXPECT_EQ(bus.time, 5000u);
  EXPECT_EQ(device.fault_place, 17u);
  EXPECT_THAT(bus.take_writes(), ElementsAre("ABORT=0x1"));
}

TEST_F(Driver, SeesAnInterruptThatComesBetweenTheLookAndTheSleep) {
  start();
  set_status(busy);
  bus.while_waiting = [&] {
    bus.time = 1;
    set_status(done);
    bus.registers[engine + STOIC_REG_IRQ_STATUS] = 1;
    stoic_interrupt(&device);
  };
  EXPECT_EQ(stoic_wait(&device, 5000), STOIC_OK);
  EXPECT_EQ(bus.waits, 1);
  EXPECT_NE(device.events, 1u);  // looked at, and forgotten
  EXPECT_THAT(bus.take_writes(), ElementsAre("IRQ_STATUS=0x1"));
}

TEST_F(Driver, ReadsOutputsAndTheFirstLargestClass) {
  start();
  set_status(done);
  ASSERT_EQ(stoic_poll(&device), STOIC_OK);
  outputs[0] = 0xff, outputs[1] = 0xff, outputs[2] = 3, outputs[3] = 0;
  EXPECT_EQ(stoic_output(&small.model, outputs, 0, 0), -1);
  std::uint32_t result = 9;
  EXPECT_EQ(stoic_result(&device, outputs, 0, &result), STOIC_OK);
  EXPECT_EQ(result, 1u);
  outputs[0] = 3, outputs[1] = 0;
  EXPECT_EQ(stoic_class(&small.model, outputs, 0), 0u);
  EXPECT_EQ(stoic_result(&device, outputs, 1, &result), STOIC_BAD_ARGUMENT);
}

TEST_F(Driver, ReportsEveryAccessThatFails) {
  const auto everything = [&] {
    auto status = init();
    if (status == STOIC_OK) status = stoic_load(&device, &small.model);
    if (status == STOIC_OK) status = stoic_run(&device, inputs, outputs, 1, 0);
    if (status == STOIC_OK) status = stoic_wait(&device, 10);
    stoic_counters counters;
    return status == STOIC_OK ? stoic_read_counters(&device, &counters) : status;
  };
  set_status(done);
  ASSERT_EQ(everything(), STOIC_OK);
  const int count = std::exchange(bus.accesses, 0);
  ASSERT_GT(count, 50);
  for (bus.fails_at = 0; bus.fails_at < count; ++bus.fails_at) {
    bus.accesses = 0;
    EXPECT_EQ(everything(), STOIC_BUS_ERROR) << "access " << bus.fails_at;
    EXPECT_EQ(bus.accesses, bus.fails_at + 1) << "goes on after the access that failed";
    EXPECT_NE(device.fault_address, 0u);
  }
}

TEST_F(Driver, HasATextForEveryStatus) {
  for (int status = STOIC_OK; status <= STOIC_TIMED_OUT; ++status)
    EXPECT_STRNE(stoic_status_text(static_cast<stoic_status>(status)), "unknown status");
  EXPECT_STREQ(stoic_status_text(static_cast<stoic_status>(STOIC_TIMED_OUT + 1)), "unknown status");
}

}  // namespace

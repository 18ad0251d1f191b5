// The driver, compiled natively, against a bus that records: the accesses are what the programmer's guide
// says, and every one of them may fail.
#include <gmock/gmock.h>

#include "recording_bus.hpp"

namespace stoic_driver {
namespace driver_test {

using testing::ElementsAre;
using testing::IsEmpty;

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
  for (int status = STOIC_OK; status <= STOIC_NO_RESULT; ++status)
    EXPECT_STRNE(stoic_status_text(static_cast<stoic_status>(status)), "unknown status");
  EXPECT_STREQ(stoic_status_text(static_cast<stoic_status>(STOIC_NO_RESULT + 1)), "unknown status");
}

}  // namespace driver_test
}  // namespace stoic_driver

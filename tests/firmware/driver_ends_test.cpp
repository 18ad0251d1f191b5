// How runs end: what the driver says of them afterwards, and what it asks the engine in which order.
#include <gtest/gtest.h>

#include <utility>

#include "recording_bus.hpp"

namespace stoic_driver {
namespace driver_ends_test {

TEST_F(Driver, ARunIsOverWhenTheBusFails) {
  start();
  set_status(busy);
  bus.accesses = 0;
  bus.fails_at = 0;
  EXPECT_EQ(stoic_poll(&device), STOIC_BUS_ERROR);
  EXPECT_EQ(device.fault_address, engine + STOIC_REG_STATUS);
  EXPECT_EQ(stoic_poll(&device), STOIC_BAD_ARGUMENT) << "nothing runs any more";
}

TEST_F(Driver, AnAccessThatFailsKeepsItsPlaceWhateverInterruptsIt) {
  for (int access = 0; access < 4; ++access) {  // STATUS of the engine and of the channels
    const auto fails = [&](bool interrupted) {
      device = {};
      start();
      set_status(done);
      const int failing = bus.fails_at = bus.accesses + access;
      bus.while_reading = [&] {
        if (!interrupted || bus.accesses - 1 != failing) return;
        interrupted = false;
        bus.fails_at = -1;  // what it is in is refused already
        stoic_interrupt(&device);
      };
      const auto status = stoic_poll(&device);
      bus.while_reading = nullptr;
      bus.fails_at = -1;
      EXPECT_EQ(status, STOIC_BUS_ERROR) << access;
      return device.fault_address;
    };
    const auto place = fails(false);
    EXPECT_EQ(fails(true), place) << access;
  }
}

/// A bus on which ABORT moves the engine on, as it does when an instruction drains.
struct MovingBus {
  std::uint32_t word = 40;
  stoic_port port{this, read, write, now, nullptr, nullptr};

  static bool read(void* context, std::uintptr_t address, std::uint32_t* value) {
    *value = address == engine + STOIC_REG_STATUS            ? busy
             : address == engine + STOIC_REG_PROGRAM_COUNTER ? static_cast<MovingBus*>(context)->word
                                                             : 0;
    return true;
  }
  static bool write(void* context, std::uintptr_t address, std::uint32_t) {
    if (address == engine + STOIC_REG_ABORT) static_cast<MovingBus*>(context)->word = 41;
    return true;
  }
  static std::uint64_t now(void*) { return 0; }
};

TEST(DriverTimeouts, NameTheProgramWordAtWhichTheEngineStoodBeforeItWasAborted) {
  MovingBus bus;
  stoic_device device{};
  device.port = &bus.port;
  device.accelerator = engine;
  device.dma = dma;
  device.running = true;
  EXPECT_EQ(stoic_wait(&device, 0), STOIC_TIMED_OUT);
  EXPECT_EQ(bus.word, 41u) << "aborted";
  EXPECT_EQ(device.fault_place, 40u);
}

TEST_F(Driver, WaitsLongerThanACounterOf32Bits) {
  start();
  set_status(busy);
  bus.time = 5;
  const auto cycles = (std::uint64_t{3} << 32) + 1;
  EXPECT_EQ(stoic_wait(&device, cycles), STOIC_TIMED_OUT);
  EXPECT_EQ(bus.time, cycles + 5);
}

TEST_F(Driver, HasNoResultsOfTheRunBefore) {
  std::uint32_t result = 0;
  for (const std::uint32_t samples : {2u, 1u, 2u}) {
    load();
    ASSERT_EQ(stoic_run(&device, inputs, outputs, samples, 0), STOIC_OK);
    set_status(done);
    ASSERT_EQ(stoic_poll(&device), STOIC_OK);
    EXPECT_EQ(stoic_result(&device, outputs, samples - 1, &result), STOIC_OK);
    EXPECT_EQ(stoic_result(&device, outputs, samples, &result), STOIC_BAD_ARGUMENT);
    bus.take_writes();
  }
  // Without loading in between
  ASSERT_EQ(stoic_run(&device, inputs, outputs, 1, 0), STOIC_OK);
  ASSERT_EQ(stoic_poll(&device), STOIC_OK);
  EXPECT_EQ(stoic_result(&device, outputs, 1, &result), STOIC_BAD_ARGUMENT);
}

TEST_F(Driver, GivesUpWhenTheTimeHasCome) {
  // Time goes on by 10 with every look at the clock.
  static RecordingBus* clocked;
  clocked = &bus;
  bus.port.now = [](void*) { return std::exchange(clocked->time, clocked->time + 10); };
  bus.port.wait = nullptr;
  for (const auto& [cycles, polls] : {std::pair{0u, 1}, {10u, 1}, {11u, 2}, {20u, 2}, {21u, 3}}) {
    start();
    set_status(busy);
    bus.time = std::uint64_t{1} << 40;
    bus.accesses = 0;
    EXPECT_EQ(stoic_wait(&device, cycles), STOIC_TIMED_OUT);
    EXPECT_EQ(bus.accesses, 4 * polls + 2) << cycles;  // STATUS and three channels; PROGRAM_COUNTER and ABORT
    EXPECT_EQ(device.fault_code, static_cast<std::uint32_t>(STOIC_STATUS_CODE_ABORTED));
    EXPECT_EQ(stoic_poll(&device), STOIC_BAD_ARGUMENT) << "nothing runs any more";
  }
}

TEST_F(Driver, IsNotDoneBeforeEveryChannelIs) {
  for (std::uint32_t c = 0; c < STOIC_DMA_CHANNELS; ++c) {
    start();
    set_status(done);
    auto& status = bus.registers[dma + STOIC_DMA_CHANNEL_STRIDE * c + STOIC_DMA_REG_STATUS];
    status = STOIC_DMA_STATUS_BUSY;
    EXPECT_EQ(stoic_poll(&device), STOIC_RUNNING) << c;
    status = 0xabu << STOIC_DMA_STATUS_CODE_LSB | STOIC_DMA_STATUS_ERROR;
    EXPECT_EQ(stoic_poll(&device), STOIC_DMA_FAULT) << c;
    EXPECT_EQ(device.fault_code, 0xabu);
    EXPECT_EQ(device.fault_place, c);
    EXPECT_EQ(stoic_poll(&device), STOIC_BAD_ARGUMENT) << "nothing runs any more";
    status = 0;
    start();
    EXPECT_EQ(stoic_poll(&device), STOIC_OK);
  }
}

TEST_F(Driver, GivesResultsOfARunThatIsDone) {
  std::uint32_t result = 0;
  ASSERT_EQ(init(), STOIC_OK);
  EXPECT_EQ(stoic_result(&device, outputs, 0, &result), STOIC_NOT_LOADED);
  load();
  ASSERT_EQ(stoic_run(&device, inputs, outputs, 2, 0), STOIC_OK);
  EXPECT_EQ(stoic_result(&device, outputs, 0, &result), STOIC_BUSY);
  set_status(done);
  ASSERT_EQ(stoic_poll(&device), STOIC_OK);
  outputs[4] = 1, outputs[6] = 2;
  EXPECT_EQ(stoic_result(&device, outputs, 1, &result), STOIC_OK);
  EXPECT_EQ(result, 1u);
  EXPECT_EQ(stoic_result(&device, outputs, 2, &result), STOIC_BAD_ARGUMENT);
}

}  // namespace driver_ends_test
}  // namespace stoic_driver

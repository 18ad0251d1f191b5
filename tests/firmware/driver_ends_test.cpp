// How runs end: what the driver says of them afterwards, and what it asks the engine in which order.
#include <gtest/gtest.h>

#include "recording_bus.hpp"

namespace stoic_driver {
namespace {

TEST_F(Driver, ARunIsOverWhenTheBusFails) {
  start();
  set_status(busy);
  bus.accesses = 0;
  bus.fails_at = 0;
  EXPECT_EQ(stoic_poll(&device), STOIC_BUS_ERROR);
  EXPECT_EQ(device.fault_address, engine + STOIC_REG_STATUS);
  EXPECT_EQ(stoic_poll(&device), STOIC_BAD_ARGUMENT) << "nothing runs any more";
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

}  // namespace
}  // namespace stoic_driver

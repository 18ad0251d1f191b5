#pragma once
// A bus that records what the driver does, and a model of a few words.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "stoic.h"
#include "stoic_interface.h"
#include "stoic_platform.h"

namespace stoic_driver {

constexpr std::uintptr_t engine = 0x1000, dma = 0x2000;
constexpr std::uint32_t hash = 0x12345678;

inline std::string name_of(std::uintptr_t address) {
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
  std::function<void()> while_reading;
  std::map<const void*, std::uintptr_t> places;  ///< what the DMA calls some pointers; 0x8000 all others

  stoic_port port{this, read, write, now, wait, bus_address};

  static RecordingBus& self(void* context) { return *static_cast<RecordingBus*>(context); }
  static bool read(void* context, std::uintptr_t address, std::uint32_t* value) {
    auto& bus = self(context);
    const bool refused = bus.accesses++ == bus.fails_at;
    if (bus.while_reading) bus.while_reading();
    if (refused) return false;
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
  static std::uintptr_t bus_address(void* context, const void* pointer) {
    if (pointer == nullptr) return 0;
    const auto& places = self(context).places;
    const auto found = places.find(pointer);
    return found == places.end() ? 0x8000 : found->second;
  }

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

constexpr std::uint32_t busy = 1u << STOIC_STATUS_BUSY_LSB, done = 1u << STOIC_STATUS_DONE_LSB,
                        fault = 1u << STOIC_STATUS_FAULT_LSB;

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

}  // namespace stoic_driver

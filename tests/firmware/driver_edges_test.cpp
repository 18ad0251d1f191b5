// The driver at its edges: interrupts at every moment, numbers of every width, limits to the last one.
#include <gmock/gmock.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <limits>

#include "recording_bus.hpp"

namespace stoic_driver {
namespace driver_edges_test {

using testing::HasSubstr;
using testing::IsSupersetOf;

/// An accelerator that ends its run at one moment, and raises an interrupt, which runs the handler at once.
/// Moments are the calls of the port, before and after what they do. Who sleeps without an event sleeps to
/// the deadline.
struct InterruptingBus {
  int moment = 0;
  int ends_at = 0;
  bool ended = false;
  bool in_handler = false;
  std::uint64_t time = 1000, ended_time = 0;
  stoic_device* device = nullptr;
  std::uint32_t engine_irq = 0, dma_irq = 0;

  stoic_port port{this, read, write, now, wait, nullptr};

  void pass() {
    if (in_handler || moment++ != ends_at) return;
    ended = in_handler = true;
    ended_time = time;
    engine_irq = 1;
    dma_irq = 4;
    stoic_interrupt(device);
    in_handler = false;
  }
  static InterruptingBus& self(void* context) { return *static_cast<InterruptingBus*>(context); }
  static bool read(void* context, std::uintptr_t address, std::uint32_t* value) {
    auto& bus = self(context);
    bus.pass();
    *value = 0;
    if (address == engine + STOIC_REG_STATUS) *value = bus.ended ? done : busy;
    if (address == engine + STOIC_REG_IRQ_STATUS) *value = bus.engine_irq;
    if (address == dma + STOIC_DMA_REG_IRQ_STATUS) *value = bus.dma_irq;
    bus.pass();
    return true;
  }
  static bool write(void* context, std::uintptr_t address, std::uint32_t value) {
    auto& bus = self(context);
    bus.pass();
    if (address == engine + STOIC_REG_IRQ_STATUS) bus.engine_irq &= ~value;
    if (address == dma + STOIC_DMA_REG_IRQ_STATUS) bus.dma_irq &= ~value;
    bus.pass();
    return true;
  }
  static std::uint64_t now(void* context) {
    auto& bus = self(context);
    bus.pass();
    const auto time = bus.time;
    bus.pass();
    return time;
  }
  static void wait(void* context, const volatile std::uint32_t* events, std::uint64_t deadline) {
    auto& bus = self(context);
    bus.pass();
    if (*events == 0) bus.pass();  // while it sleeps
    if (*events == 0) bus.time = deadline;
  }
};

TEST(DriverInterrupts, AreSeenAtWhateverMomentTheyCome) {
  constexpr int moments = 40;  // more than one turn of the loop has
  int in_wait = 0;
  for (int moment = 0; moment < moments; ++moment) {
    SCOPED_TRACE(moment);
    InterruptingBus bus;
    stoic_device device{};
    device.port = &bus.port;
    device.accelerator = engine;
    device.dma = dma;
    device.interrupts = device.running = true;
    bus.device = &device;
    bus.ends_at = moment;
    const auto status = stoic_wait(&device, 5000);
    if (!bus.ended ||
        bus.ended_time > 1000) {  // after all looks of the first turn, and the sleep that followed
      EXPECT_TRUE(status == STOIC_TIMED_OUT || bus.time == 6000u);
      continue;
    }
    EXPECT_EQ(status, STOIC_OK);
    ++in_wait;
    EXPECT_EQ(bus.time, bus.ended_time) << "slept to the deadline with an event that nobody saw";
    EXPECT_EQ(bus.engine_irq | bus.dma_irq, 0u) << "not acknowledged";
  }
  EXPECT_GT(in_wait, 12);
}

TEST_F(Driver, AcknowledgesWhatItSawAndNothingElse) {
  start();
  for (const auto& [engine_irq, dma_irq] : {std::pair{1u, 0u}, {2u, 5u}, {0u, 2u}, {3u, 7u}, {0u, 0u}}) {
    bus.registers[engine + STOIC_REG_IRQ_STATUS] = engine_irq;
    bus.registers[dma + STOIC_DMA_REG_IRQ_STATUS] = dma_irq;
    device.events = 0;
    stoic_interrupt(&device);
    std::vector<std::string> expected;
    if (engine_irq != 0) expected.push_back(fmt::format("IRQ_STATUS={:#x}", engine_irq));
    if (dma_irq != 0) expected.push_back(fmt::format("DMA.IRQ_STATUS={:#x}", dma_irq));
    EXPECT_EQ(bus.take_writes(), expected);
    EXPECT_EQ(device.events, engine_irq | dma_irq << 8);
  }
  device.events = 0x10;
  bus.registers[engine + STOIC_REG_IRQ_STATUS] = 1;
  bus.registers[dma + STOIC_DMA_REG_IRQ_STATUS] = 0;
  stoic_interrupt(&device);
  EXPECT_EQ(device.events, 0x11u) << "an event that nobody has looked at stays";
}

TEST_F(Driver, ReadsBothWordsOfTheWideCounters) {
  start();
  std::uint32_t number = 0x81234567;
  for (const auto offset : {STOIC_REG_CYCLES_LOW, STOIC_REG_CYCLES_HIGH, STOIC_REG_MAC_CYCLES_LOW,
                            STOIC_REG_MAC_CYCLES_HIGH, STOIC_REG_STALL_INPUT, STOIC_REG_STALL_WEIGHTS,
                            STOIC_REG_STALL_OUTPUT, STOIC_REG_SATURATIONS, STOIC_REG_SAMPLES_DONE})
    bus.registers[engine + static_cast<std::uintptr_t>(offset)] = number++;
  stoic_counters counters;
  ASSERT_EQ(stoic_read_counters(&device, &counters), STOIC_OK);
  EXPECT_EQ(counters.cycles, 0x8123456881234567u);
  EXPECT_EQ(counters.mac_cycles, 0x8123456a81234569u);
  EXPECT_EQ(counters.stall_input, 0x8123456bu);
  EXPECT_EQ(counters.stall_weights, 0x8123456cu);
  EXPECT_EQ(counters.stall_output, 0x8123456du);
  EXPECT_EQ(counters.saturations, 0x8123456eu);
  EXPECT_EQ(counters.samples_done, 0x8123456fu);
}

/// Two counters of 64 bits that go on by some steps with every access of the bus.
struct CountingBus {
  std::uint64_t cycles = 0, mac_cycles = 0;
  std::uint32_t step = 1;
  stoic_port port{this, read, nullptr, nullptr, nullptr, nullptr};

  static bool read(void* context, std::uintptr_t address, std::uint32_t* value) {
    auto& bus = *static_cast<CountingBus*>(context);
    *value = 0;
    if (address == engine + STOIC_REG_CYCLES_LOW) *value = static_cast<std::uint32_t>(bus.cycles);
    if (address == engine + STOIC_REG_CYCLES_HIGH) *value = static_cast<std::uint32_t>(bus.cycles >> 32);
    if (address == engine + STOIC_REG_MAC_CYCLES_LOW) *value = static_cast<std::uint32_t>(bus.mac_cycles);
    if (address == engine + STOIC_REG_MAC_CYCLES_HIGH)
      *value = static_cast<std::uint32_t>(bus.mac_cycles >> 32);
    bus.cycles += bus.step;
    bus.mac_cycles += bus.step;
    return true;
  }
};

TEST(DriverCounters, OfARunUnderWayAreWholeWhereverTheyCarry) {
  for (const std::uint32_t step : {1u, 3u, 0x10000u})
    for (std::uint64_t before = 0; before < 12; ++before) {
      CountingBus bus;
      bus.step = step;
      bus.cycles = (std::uint64_t{7} << 32) - before * step;
      bus.mac_cycles = (std::uint64_t{3} << 32) - before * step;
      stoic_device device{};
      device.port = &bus.port;
      device.accelerator = engine;
      const auto first = bus;
      stoic_counters counters;
      ASSERT_EQ(stoic_read_counters(&device, &counters), STOIC_OK);
      EXPECT_GE(counters.cycles, first.cycles) << before;
      EXPECT_LE(counters.cycles, bus.cycles) << before;
      EXPECT_GE(counters.mac_cycles, first.mac_cycles) << before;
      EXPECT_LE(counters.mac_cycles, bus.mac_cycles) << before;
    }
}

TEST_F(Driver, SignExtendsWordsOfEveryWidth) {
  const stoic_vector vectors[] = {{0, 4}, {4, 12}};
  for (std::uint32_t bits = 4; bits <= 24; ++bits) {
    SCOPED_TRACE(bits);
    const auto bytes = (bits + 7) / 8;
    const auto most = static_cast<std::int32_t>((1u << (bits - 1)) - 1);
    const std::array<std::int32_t, 4> values{most, -most - 1, -1, 1};
    std::vector<std::uint8_t> packed;
    for (const auto value : values)
      for (std::uint32_t b = 0; b < bytes; ++b)
        packed.push_back(static_cast<std::uint8_t>(static_cast<std::uint32_t>(value) >> (8 * b)));
    small.model.state_bits = small.model.weight_bits = static_cast<std::uint16_t>(bits);
    small.model.weights = small.model.states = packed.data();
    small.model.weight_count = small.model.states_stored = 4;
    small.blocks[0] = {7, 3, 1};
    small.model.restored_count = 0;
    small.model.crc = stoic_model_crc(&small.model);
    ASSERT_EQ(init(), STOIC_OK);
    bus.take_writes();
    ASSERT_EQ(stoic_load(&device, &small.model), STOIC_OK);
    std::vector<std::string> expected{"MEM_SELECT=0x1", "MEM_ADDRESS=0x0"};
    const auto data = [&](std::int32_t value) {
      expected.push_back(fmt::format("MEM_DATA={:#x}", static_cast<std::uint32_t>(value)));
    };
    for (const auto value : values) data(value);
    expected.insert(expected.end(),
                    {"MEM_SELECT=0x2", "MEM_ADDRESS=0x0", "MEM_DATA=0xfffffff9", "MEM_SELECT=0x3",
                     "MEM_ADDRESS=0x0", "MEM_DATA=0x0", "MEM_SELECT=0x3", "MEM_ADDRESS=0x7"});
    for (std::size_t i = 1; i < 4; ++i) data(values[i]);
    const auto writes = bus.take_writes();
    ASSERT_GT(writes.size(), 4u);
    EXPECT_EQ(std::vector(writes.begin() + 4, writes.end()), expected);
    // Outputs are words of the same kind; their vector lies behind another, and samples behind one another.
    small.model.outputs = vectors;
    small.model.output_count = 2;
    small.model.output_bytes = 16;
    small.model.classes = 4;
    std::vector<std::uint8_t> results(32, 0x55);
    std::copy(packed.begin(), packed.end(), results.begin() + 16 + 4);
    for (std::uint32_t i = 0; i < 4; ++i)
      EXPECT_EQ(stoic_output(&small.model, results.data(), 1, i), values[i]) << i;
    EXPECT_EQ(stoic_class(&small.model, results.data(), 1), 0u);
    EXPECT_EQ(stoic_class(&small.model, results.data(), 0), 0u) << "the first of four that are equal";
  }
}

TEST_F(Driver, WritesEveryTableEveryStateAndEveryBlock) {
  const std::int32_t tables[] = {5, -6, 7};
  const stoic_state_block blocks[] = {{5, 2, 0}, {9, 1, 1}};
  small.model.tables = tables;
  small.model.table_count = small.model.state_count = 3;
  small.model.state_blocks = blocks;
  small.model.state_block_count = 2;
  small.model.crc = stoic_model_crc(&small.model);
  ASSERT_EQ(init(), STOIC_OK);
  bus.take_writes();
  ASSERT_EQ(stoic_load(&device, &small.model), STOIC_OK);
  const auto writes = bus.take_writes();
  const std::vector<std::string> expected{
      "MEM_SELECT=0x2",  "MEM_ADDRESS=0x0",    "MEM_DATA=0x5",    "MEM_DATA=0xfffffffa", "MEM_DATA=0x7",
      "MEM_SELECT=0x3",  "MEM_ADDRESS=0x0",    "MEM_DATA=0x0",    "MEM_DATA=0x0",        "MEM_DATA=0x0",
      "MEM_SELECT=0x3",  "MEM_ADDRESS=0x5",    "MEM_DATA=0x1234", "MEM_DATA=0xfffffffe", "MEM_SELECT=0x3",
      "MEM_ADDRESS=0x9", "MEM_DATA=0xfffffffe"};
  ASSERT_GT(writes.size(), expected.size());
  EXPECT_EQ(std::vector(writes.end() - static_cast<std::ptrdiff_t>(expected.size()), writes.end()), expected);
}

TEST_F(Driver, ClassesAreThoseOfTheModelAndNoMore) {
  // Four outputs, of which the model has three.
  const std::array<std::uint8_t, 8> results{1, 0, 0xfe, 0xff, 2, 0, 9, 0};
  small.model.output_bytes = 8;
  for (const std::uint32_t classes : {1u, 2u, 3u, 4u}) {
    small.model.classes = static_cast<std::uint16_t>(classes);
    EXPECT_EQ(stoic_class(&small.model, results.data(), 0), classes < 3 ? 0 : classes - 1) << classes;
  }
}

TEST_F(Driver, TellsTheDmaWhichDataIsWhose) {
  bus.places = {{inputs, 0x100},
                {outputs, 0x200},
                {small.stream, 0x300},
                {small.vectors, 0x400},
                {small.matrices, 0x500}};
  stoic_vector output_vectors[1] = {{0, 6}};
  bus.places[output_vectors] = 0x600;
  small.model.outputs = output_vectors;
  small.model.output_bytes = 6;
  small.model.crc = stoic_model_crc(&small.model);
  load();
  ASSERT_EQ(stoic_run(&device, inputs, outputs, 0x10203, 0x80000001), STOIC_OK);
  EXPECT_THAT(bus.take_writes(),
              IsSupersetOf({"input.BASE=0x100", "input.DESCRIPTORS=0x400", "input.STRIDE=0x4",
                            "output.BASE=0x200", "output.DESCRIPTORS=0x600", "output.STRIDE=0x6",
                            "weights.BASE=0x300", "weights.DESCRIPTORS=0x500", "input.ROUNDS=0x10203",
                            "SAMPLES=0x10203", "STREAM_TIMEOUT=0x80000001"}));
}

TEST_F(Driver, TellsTheDmaThePointerItselfWhereThePortHasNoOtherNames) {
  // Memory whose addresses have 32 bits on this machine, too
  constexpr std::size_t bytes = 4096;
  void* page = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  ASSERT_NE(page, MAP_FAILED);
  auto* vectors = static_cast<stoic_vector*>(page);
  auto* data = static_cast<std::uint8_t*>(page) + bytes / 2;
  vectors[0] = {0, 4};
  small.model.inputs = small.model.outputs = vectors;
  small.model.matrix_count = 0;
  small.model.crc = stoic_model_crc(&small.model);
  load();
  bus.port.bus_address = nullptr;
  ASSERT_EQ(stoic_run(&device, data, data + 8, 1, 0), STOIC_OK);
  const auto name = [](const void* pointer) {
    return fmt::format("{:#x}", static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(pointer)));
  };
  EXPECT_THAT(bus.take_writes(), IsSupersetOf({"input.BASE=" + name(data), "output.BASE=" + name(data + 8),
                                               "input.DESCRIPTORS=" + name(vectors)}));
  ::munmap(page, bytes);
}

TEST_F(Driver, LeavesAChannelAloneThatHasNothingToMove) {
  small.model.matrix_count = small.model.output_count = 0;
  small.model.crc = stoic_model_crc(&small.model);
  load();
  ASSERT_EQ(stoic_run(&device, inputs, outputs, 1, 0), STOIC_OK);
  for (const auto& write : bus.take_writes()) {
    EXPECT_THAT(write, testing::Not(HasSubstr("weights.")));
    EXPECT_THAT(write, testing::Not(HasSubstr("output.")));
  }
}

TEST_F(Driver, TakesAsManySamplesAsAStartMayHave) {
  for (const std::uint32_t most : {1u, 5u, 0u}) {
    small.model.samples_per_start_max = static_cast<std::uint16_t>(most);
    small.model.crc = stoic_model_crc(&small.model);
    const auto fits = most > 0 ? most : 1000000000u;  // with four bytes each, what the DMA reaches
    load();
    EXPECT_EQ(stoic_run(&device, inputs, outputs, fits, 0), STOIC_OK) << most;
    load();
    if (most == 0) continue;
    EXPECT_EQ(stoic_run(&device, inputs, outputs, fits + 1, 0), STOIC_BAD_ARGUMENT) << most;
  }
}

TEST_F(Driver, ReadsTheFaultCodeWithoutItsNeighbours) {
  start();
  bus.registers[engine + STOIC_REG_STATUS] =
      ~busy & ~(((1u << STOIC_STATUS_CODE_WIDTH) - 1) << STOIC_STATUS_CODE_LSB);
  EXPECT_EQ(stoic_poll(&device), STOIC_ENGINE_FAULT);
  EXPECT_EQ(device.fault_code, 0u);
  start();
  set_status(fault, (1u << STOIC_STATUS_CODE_WIDTH) - 1);
  EXPECT_EQ(stoic_poll(&device), STOIC_ENGINE_FAULT);
  EXPECT_EQ(device.fault_code, (1u << STOIC_STATUS_CODE_WIDTH) - 1);
}

TEST_F(Driver, IsAsNewAfterAReset) {
  start();
  device.events = 5;
  ASSERT_EQ(stoic_reset(&device), STOIC_OK);
  EXPECT_EQ(device.events, 0u);
  EXPECT_EQ(stoic_poll(&device), STOIC_BAD_ARGUMENT);
  EXPECT_EQ(stoic_wait(&device, 1), STOIC_BAD_ARGUMENT);
  device.events = 5;
  EXPECT_EQ(stoic_run(&device, inputs, outputs, 1, 0), STOIC_OK) << "what was loaded stays";
  EXPECT_EQ(device.events, 0u) << "events of the run before are none of this one";
}

TEST_F(Driver, RefusesToBeCalledWithoutItsArguments) {
  std::uint32_t result = 0;
  stoic_counters counters;
  EXPECT_EQ(stoic_init(nullptr, &bus.port, engine, dma, false), STOIC_BAD_ARGUMENT);
  EXPECT_EQ(stoic_init(&device, nullptr, engine, dma, false), STOIC_BAD_ARGUMENT);
  EXPECT_EQ(stoic_load(nullptr, &small.model), STOIC_BAD_ARGUMENT);
  ASSERT_EQ(init(), STOIC_OK);
  EXPECT_EQ(stoic_load(&device, nullptr), STOIC_BAD_ARGUMENT);
  EXPECT_EQ(stoic_run(nullptr, inputs, outputs, 1, 0), STOIC_BAD_ARGUMENT);
  EXPECT_EQ(stoic_poll(nullptr), STOIC_BAD_ARGUMENT);
  EXPECT_EQ(stoic_wait(nullptr, 1), STOIC_BAD_ARGUMENT);
  EXPECT_EQ(stoic_result(nullptr, outputs, 0, &result), STOIC_BAD_ARGUMENT);
  EXPECT_EQ(stoic_result(&device, nullptr, 0, &result), STOIC_BAD_ARGUMENT);
  EXPECT_EQ(stoic_result(&device, outputs, 0, nullptr), STOIC_BAD_ARGUMENT);
  EXPECT_EQ(stoic_read_counters(nullptr, &counters), STOIC_BAD_ARGUMENT);
  EXPECT_EQ(stoic_read_counters(&device, nullptr), STOIC_BAD_ARGUMENT);
}

TEST_F(Driver, LosesItsModelWhenLoadingAnotherFails) {
  load();
  bus.accesses = 0;
  bus.fails_at = 5;
  EXPECT_EQ(stoic_load(&device, &small.model), STOIC_BUS_ERROR);
  EXPECT_EQ(stoic_run(&device, inputs, outputs, 1, 0), STOIC_NOT_LOADED) << "the memories hold half of it";
}

TEST(DriverStatus, IsNamedByItsOwnWords) {
  const std::pair<stoic_status, const char*> words[] = {{STOIC_OK, "ok"},
                                                        {STOIC_RUNNING, "running"},
                                                        {STOIC_BAD_ARGUMENT, "argument"},
                                                        {STOIC_NO_DEVICE, "no accelerator"},
                                                        {STOIC_WRONG_INTERFACE, "interface"},
                                                        {STOIC_CORRUPT_MODEL, "corrupt"},
                                                        {STOIC_WRONG_INSTANCE, "another instance"},
                                                        {STOIC_NOT_LOADED, "loaded"},
                                                        {STOIC_BUSY, "busy"},
                                                        {STOIC_BUS_ERROR, "bus"},
                                                        {STOIC_ENGINE_FAULT, "engine"},
                                                        {STOIC_DMA_FAULT, "DMA"},
                                                        {STOIC_TIMED_OUT, "timed out"}};
  EXPECT_EQ(std::size(words), STOIC_TIMED_OUT + 1u);
  for (const auto& [status, word] : words) EXPECT_THAT(stoic_status_text(status), HasSubstr(word));
}

}  // namespace driver_edges_test
}  // namespace stoic_driver

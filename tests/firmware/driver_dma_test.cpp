// The driver with a DMA that has a loader and starts its channels together.
#include <gmock/gmock.h>

#include <algorithm>
#include <vector>

#include "recording_bus.hpp"

namespace stoic_driver {
namespace driver_dma_test {

using testing::Contains;
using testing::Each;
using testing::IsSupersetOf;
using testing::Not;

std::string written(std::uint32_t offset, std::uint32_t value) {
  return fmt::format("{}={:#x}", name_of(dma + offset), value);
}

/// A model with enough weights for the loader.
struct WithFeatures : Driver {
  std::vector<std::uint8_t> weights = std::vector<std::uint8_t>(100, 7);
  void SetUp() override {
    bus.registers[dma + STOIC_DMA_REG_FEATURES] = STOIC_DMA_FEATURE_LOADER | STOIC_DMA_FEATURE_TOGETHER;
    bus.registers[dma + STOIC_DMA_REG_LOAD_STATUS] = STOIC_DMA_STATUS_DONE;
    small.model.weights = weights.data();
    small.model.weight_count = 100;
    small.model.crc = stoic_model_crc(&small.model);
    small.model.checked = 1;  // its CRC is not what is tested
  }
  stoic_status run(std::uint32_t samples = 1) { return stoic_run(&device, inputs, outputs, samples, 100); }
  void end_run() {
    set_status(done);
    ASSERT_EQ(stoic_wait(&device, 100), STOIC_OK);
    bus.take_writes();
  }
};

TEST_F(WithFeatures, LargeArraysAreLoadedByTheLoaderAndSmallOnesWordByWord) {
  ASSERT_EQ(init(), STOIC_OK);
  bus.take_writes();
  ASSERT_EQ(stoic_load(&device, &small.model), STOIC_OK);
  const auto writes = bus.take_writes();
  EXPECT_THAT(writes,
              IsSupersetOf({written(STOIC_DMA_REG_LOAD_SOURCE, 0x8000),
                            written(STOIC_DMA_REG_LOAD_COUNT, 100), written(STOIC_DMA_REG_LOAD_FORMAT, 1),
                            written(STOIC_DMA_REG_LOAD_TARGET, STOIC_REG_MEM_DATA),
                            written(STOIC_DMA_REG_LOAD_CONTROL, 1)}));
  EXPECT_EQ(std::ranges::count(writes, written(STOIC_DMA_REG_LOAD_CONTROL, 1)), 1);
  EXPECT_THAT(writes, Contains("MEM_DATA=0xfffffff9")) << "the table has one word";
}

TEST_F(WithFeatures, ALoaderThatStopsIsAFaultThatIsNamed) {
  ASSERT_EQ(init(), STOIC_OK);
  bus.registers[dma + STOIC_DMA_REG_LOAD_STATUS] = STOIC_DMA_STATUS_ERROR | STOIC_DMA_ERROR_ADDRESS
                                                                                << STOIC_DMA_STATUS_CODE_LSB;
  EXPECT_EQ(stoic_load(&device, &small.model), STOIC_DMA_FAULT);
  EXPECT_EQ(device.fault_code, std::uint32_t{STOIC_DMA_ERROR_ADDRESS});
  EXPECT_EQ(device.fault_place, std::uint32_t{STOIC_DMA_LOADER});
  EXPECT_EQ(run(), STOIC_NOT_LOADED);
}

TEST_F(WithFeatures, ALoaderThatNeverEndsIsGivenUp) {
  ASSERT_EQ(init(), STOIC_OK);
  bus.registers[dma + STOIC_DMA_REG_LOAD_STATUS] = STOIC_DMA_STATUS_BUSY;
  bus.while_reading = [this] { bus.time += 100; };
  EXPECT_EQ(stoic_load(&device, &small.model), STOIC_DMA_FAULT);
  EXPECT_LT(bus.time, 100'000u);
}

TEST_F(WithFeatures, ALoaderThatFailsAtAnyAccessLeavesTheCrcToTheProcessor) {
  // What the loader answers when it works: the sum up to the end of the weights
  std::uint32_t answer = 0;
  const auto step = [](void* context, std::uint32_t crc, const void* data, std::size_t size) {
    const auto sum = stoic_crc32(crc, data, size);
    if (size == 100) *static_cast<std::uint32_t*>(context) = sum;
    return sum;
  };
  small.model.checked = 0;
  ASSERT_EQ(stoic_model_crc_by(&small.model, step, &answer), small.model.crc);
  bus.registers[dma + STOIC_DMA_REG_LOAD_CRC] = answer;
  int failed = 0;
  for (int access = 0;; ++access) {
    ASSERT_EQ(init(), STOIC_OK);
    bus.fails_at = bus.accesses + access;
    const auto status = stoic_load(&device, &small.model);
    const bool all = bus.accesses <= bus.fails_at;
    bus.fails_at = -1;
    if (all) {
      EXPECT_EQ(status, STOIC_OK);
      break;
    }
    ASSERT_TRUE(status == STOIC_OK || status == STOIC_BUS_ERROR)
        << access << ": " << stoic_status_text(status);
    failed += status == STOIC_OK;
  }
  EXPECT_EQ(failed, 7) << "source, count, format, sum, start, status, sum";
}

TEST_F(WithFeatures, StatesAreClearedThroughTheSameRegisterWhateverWasLoadedBefore) {
  small.model.weight_count = 3;
  small.model.state_count = small.model.state_size = 100;
  ASSERT_EQ(init(), STOIC_OK);
  bus.take_writes();
  ASSERT_EQ(stoic_load(&device, &small.model), STOIC_OK);
  const auto writes = bus.take_writes();
  const auto target = std::ranges::find(writes, written(STOIC_DMA_REG_LOAD_TARGET, STOIC_REG_MEM_DATA));
  const auto begun = std::ranges::find(writes, written(STOIC_DMA_REG_LOAD_CONTROL, 1));
  ASSERT_NE(begun, writes.end());
  EXPECT_LT(target, begun);
}

TEST_F(WithFeatures, WhatTheLoaderDoesNotReachIsWrittenWordByWord) {
  ASSERT_EQ(init(), STOIC_OK);
  bus.places = {{weights.data(), (std::uint64_t{1} << 32) - 99}};
  ASSERT_EQ(stoic_load(&device, &small.model), STOIC_OK);
  EXPECT_EQ(std::ranges::count(bus.take_writes(), "MEM_DATA=0x7"), 100);
}

TEST_F(WithFeatures, ChannelsStartWithOneWriteAfterAllIsSet) {
  load();
  ASSERT_EQ(run(), STOIC_OK);
  const auto writes = bus.take_writes();
  const auto go = std::ranges::find(writes, written(STOIC_DMA_REG_GO, 7));
  ASSERT_NE(go, writes.end());
  EXPECT_EQ(go + 2, writes.end()) << "then the engine";
  EXPECT_THAT(writes, Each(Not(testing::EndsWith(".CONTROL=0x1"))));
}

TEST_F(WithFeatures, TheSameAgainIsToldOfItsBuffersAlone) {
  load();
  ASSERT_EQ(run(), STOIC_OK);
  end_run();
  ASSERT_EQ(run(), STOIC_OK);
  EXPECT_THAT(bus.take_writes(), Contains(written(STOIC_DMA_REG_GO, 7)));
  end_run();
  std::uint8_t other[8] = {};
  bus.places = {{other, 0x9000}};
  ASSERT_EQ(stoic_run(&device, other, outputs, 1, 100), STOIC_OK);
  EXPECT_THAT(bus.take_writes(), Contains("input.BASE=0x9000"));
  end_run();
  for (const auto& [samples, timeout] : {std::pair{2u, 100u}, {2u, 101u}}) {
    ASSERT_EQ(stoic_run(&device, other, outputs, samples, timeout), STOIC_OK);
    EXPECT_THAT(bus.take_writes(), IsSupersetOf({fmt::format("SAMPLES={:#x}", samples),
                                                 fmt::format("STREAM_TIMEOUT={:#x}", timeout)}));
    end_run();
  }
}

TEST_F(WithFeatures, TheSameAgainReachesItsBuffersWhicheverOfThemChanged) {
  load();
  ASSERT_EQ(run(), STOIC_OK);
  end_run();
  std::uint8_t beyond[8] = {};
  bus.places = {{beyond, (std::uint64_t{1} << 32) - 3}};
  for (const auto& [in, out] :
       {std::pair<std::uint8_t*, std::uint8_t*>{inputs, beyond}, {beyond, outputs}, {beyond, beyond}}) {
    EXPECT_EQ(stoic_run(&device, in, out, 1, 100), STOIC_BAD_ARGUMENT);
    EXPECT_THAT(bus.take_writes(), testing::IsEmpty());
  }
  bus.places[beyond] = (std::uint64_t{1} << 32) - 4;
  EXPECT_EQ(stoic_run(&device, beyond, beyond, 1, 100), STOIC_OK);
}

TEST_F(WithFeatures, TheSameAgainThatFailsHasNoResultsAndIsToldAllOnceMore) {
  std::uint8_t other_in[8] = {}, other_out[8] = {};
  for (int access = 0;; ++access) {
    load();
    ASSERT_EQ(run(), STOIC_OK);
    end_run();
    std::uint32_t class_ = 0;
    ASSERT_EQ(stoic_result(&device, outputs, 0, &class_), STOIC_OK);
    bus.places = {{other_in, 0x9000}, {other_out, 0xa000}};
    bus.fails_at = bus.accesses + access;
    if (stoic_run(&device, other_in, other_out, 1, 100) == STOIC_OK) {
      EXPECT_GT(access, 3) << "a block of states, two buffers, GO and START";
      break;
    }
    EXPECT_EQ(stoic_result(&device, outputs, 0, &class_), device.running ? STOIC_BUSY : STOIC_NO_RESULT)
        << access;
    bus.fails_at = -1;
    bus.take_writes();
    set_status(0);
    if (!device.running) {  // whether the write that failed came through is not known: both are told again
      ASSERT_EQ(stoic_run(&device, other_in, other_out, 1, 100), STOIC_OK);
      EXPECT_THAT(bus.take_writes(),
                  IsSupersetOf({std::string("input.BASE=0x9000"), std::string("output.BASE=0xa000")}))
          << access;
    }
    device = {};
    bus.places.clear();
  }
}

TEST_F(WithFeatures, OtherBuffersOfTheSameRunAreLookedAtToo) {
  load();
  ASSERT_EQ(run(), STOIC_OK);
  end_run();
  std::uint8_t other[8] = {};
  for (const std::uint64_t place : {std::uint64_t{0x9001}, std::uint64_t{0x9002}, std::uint64_t{1} << 32}) {
    bus.places = {{other, place}};
    EXPECT_EQ(stoic_run(&device, other, outputs, 1, 100), STOIC_BAD_ARGUMENT) << place;
    EXPECT_EQ(stoic_run(&device, inputs, other, 1, 100), STOIC_BAD_ARGUMENT) << place;
    EXPECT_TRUE(bus.writes.empty()) << bus.writes.front();
  }
  EXPECT_EQ(run(), STOIC_OK);
}

TEST_F(WithFeatures, AnotherModelAResetAndAFaultHaveAllToldAgain) {
  SmallModel second;
  second.model.program_start = 1;
  second.model.weight_start = 100;
  second.model.table_start = 1;
  second.model.state_start = 8;
  second.model.state_size = 8;
  second.model.checked = 1;
  small.model.state_size = 8;
  load();
  ASSERT_EQ(stoic_load(&device, &second.model), STOIC_OK);
  ASSERT_EQ(stoic_select(&device, &small.model), STOIC_OK);
  ASSERT_EQ(run(), STOIC_OK);
  end_run();
  ASSERT_EQ(stoic_select(&device, &second.model), STOIC_OK);
  ASSERT_EQ(run(), STOIC_OK);
  EXPECT_THAT(bus.take_writes(),
              IsSupersetOf({std::string("PROGRAM_START=0x1"), std::string("input.COUNT=0x1")}));
  end_run();
  ASSERT_EQ(stoic_reset(&device), STOIC_OK);
  ASSERT_EQ(run(), STOIC_OK);
  EXPECT_THAT(bus.take_writes(), Contains("PROGRAM_START=0x1"));
}

TEST_F(WithFeatures, ErrorsOfAnyChannelAreTold) {
  for (const std::uint32_t channel : {STOIC_DMA_INPUT, STOIC_DMA_WEIGHTS, STOIC_DMA_OUTPUT}) {
    load();
    ASSERT_EQ(run(), STOIC_OK);
    set_status(busy);
    bus.registers[dma + STOIC_DMA_REG_ACTIVE] = 1u << (STOIC_DMA_ERRORS_LSB + channel);
    const auto status = dma + channel * STOIC_DMA_CHANNEL_STRIDE + STOIC_DMA_REG_STATUS;
    bus.registers[status] = STOIC_DMA_STATUS_ERROR | STOIC_DMA_ERROR_LENGTH << STOIC_DMA_STATUS_CODE_LSB;
    EXPECT_EQ(stoic_poll(&device), STOIC_DMA_FAULT);
    EXPECT_EQ(device.fault_place, channel);
    EXPECT_EQ(device.fault_code, std::uint32_t{STOIC_DMA_ERROR_LENGTH});
    bus.registers[dma + STOIC_DMA_REG_ACTIVE] = bus.registers[status] = 0;
  }
}

TEST_F(WithFeatures, AChannelThatMovesKeepsARunThatTheEngineHasEnded) {
  load();
  ASSERT_EQ(run(), STOIC_OK);
  set_status(done);
  bus.registers[dma + STOIC_DMA_REG_ACTIVE] = 1u << STOIC_DMA_OUTPUT;
  EXPECT_EQ(stoic_poll(&device), STOIC_RUNNING);
  bus.registers[dma + STOIC_DMA_REG_ACTIVE] = 0;
  EXPECT_EQ(stoic_poll(&device), STOIC_OK);
}

TEST_F(WithFeatures, InterruptsComeOfTheOutputAndOfErrors) {
  ASSERT_EQ(init(true), STOIC_OK);
  EXPECT_THAT(bus.take_writes(), Contains(fmt::format("DMA.IRQ_ENABLE={:#x}",
                                                      1u << STOIC_DMA_OUTPUT | 7u << STOIC_DMA_ERRORS_LSB)));
}

/// Of rounds that together leave the 32 bits of the DMA, whatever the low bits of their product are.
TEST_F(Driver, ManySamplesReachNoFurtherThanTheDmaDoes) {
  constexpr std::uint64_t limit = std::uint64_t{1} << 32;
  small.model.input_bytes = small.model.output_bytes = 0x10000;
  small.vectors[0].bytes = 4;
  small.model.crc = stoic_model_crc(&small.model);
  for (const std::uint32_t samples : {0xffffu, 0x10000u, 0x10001u, 0x20001u, 0xffffffffu}) {
    load();
    const bool fits = 0x8000 + std::uint64_t{samples} * 0x10000 <= limit;
    EXPECT_EQ(stoic_run(&device, inputs, outputs, samples, 100), fits ? STOIC_OK : STOIC_BAD_ARGUMENT)
        << samples;
    EXPECT_EQ(bus.writes.empty(), !fits);
  }
}

}  // namespace driver_dma_test
}  // namespace stoic_driver

// Several models in one accelerator: where the driver writes them, which stay, and which one runs.
#include <gmock/gmock.h>

#include <algorithm>
#include <array>

#include "recording_bus.hpp"

namespace stoic_driver {
namespace several_networks_test {

using testing::Contains;
using testing::IsSupersetOf;

/// A model like another, further on in every memory.
SmallModel behind(std::uint32_t program, std::uint32_t weights, std::uint32_t states, std::uint32_t tables) {
  SmallModel small;
  auto& model = small.model;
  model.program_start = program;
  model.weight_start = weights;
  model.state_start = states;
  model.table_start = tables;
  model.state_size = 8;
  return small;
}

/// Its arrays are members, so its pointers are right only where it stays.
void settle(SmallModel& small) {
  auto& model = small.model;
  model.program = small.program;
  model.weights = small.weights;
  model.tables = small.tables;
  model.states = small.states;
  model.state_blocks = small.blocks;
  model.restored = small.restored;
  model.stream_weights = small.stream;
  model.matrices = small.matrices;
  model.inputs = model.outputs = small.vectors;
  model.crc = stoic_model_crc(&model);
}

struct Several : Driver {
  SmallModel first = behind(0, 0, 0, 0), second = behind(1, 4, 8, 1), third = behind(2, 8, 16, 2);
  void SetUp() override {
    for (auto* one : {&first, &second, &third}) settle(*one);
    ASSERT_EQ(stoic_init(&device, &bus.port, engine, dma, false), STOIC_OK);
    bus.take_writes();
  }
  void end_run() {
    bus.registers[engine + STOIC_REG_STATUS] = done;
    ASSERT_EQ(stoic_wait(&device, 100), STOIC_OK);
  }
};

TEST_F(Several, EachIsWrittenWhereItLiesAndRunsFromThere) {
  ASSERT_EQ(stoic_load(&device, &second.model), STOIC_OK);
  const auto writes = bus.take_writes();
  std::vector<std::string> addresses;
  std::copy_if(writes.begin(), writes.end(), std::back_inserter(addresses),
               [](const auto& write) { return write.starts_with("MEM_ADDRESS"); });
  // Two halves a program word; the block of states says itself where it goes.
  EXPECT_EQ(addresses, (std::vector<std::string>{"MEM_ADDRESS=0x2", "MEM_ADDRESS=0x4", "MEM_ADDRESS=0x1",
                                                 "MEM_ADDRESS=0x8", "MEM_ADDRESS=0x5"}));
  ASSERT_EQ(stoic_run(&device, inputs, outputs, 1, 0), STOIC_OK);
  EXPECT_THAT(bus.take_writes(), Contains("PROGRAM_START=0x1"));
}

TEST_F(Several, AllThatDoNotMeetStayAndAreSelectedWithoutLoading) {
  for (auto* one : {&first, &second, &third}) ASSERT_EQ(stoic_load(&device, &one->model), STOIC_OK);
  bus.take_writes();
  std::uint32_t start = 0;
  for (const auto* one : {&first, &second, &third, &second}) {
    ASSERT_EQ(stoic_select(&device, &one->model), STOIC_OK);
    EXPECT_TRUE(bus.take_writes().empty());
    std::uint32_t result = 0;
    EXPECT_EQ(stoic_result(&device, outputs, 0, &result), STOIC_NO_RESULT) << "of the one before";
    ASSERT_EQ(stoic_run(&device, inputs, outputs, 1, 0), STOIC_OK);
    EXPECT_EQ(stoic_select(&device, &first.model), STOIC_BUSY);
    start = one->model.program_start;
    EXPECT_THAT(bus.take_writes(), Contains(fmt::format("PROGRAM_START={:#x}", start)));
    end_run();
    EXPECT_EQ(stoic_result(&device, outputs, 0, &result), STOIC_OK);
  }
  bus.take_writes();
  ASSERT_EQ(stoic_reset(&device), STOIC_OK);
  EXPECT_EQ(stoic_select(&device, &first.model), STOIC_OK) << "a reset keeps the memories";
}

TEST_F(Several, WhatIsOverwrittenCannotBeSelected) {
  using Move = void (*)(stoic_model&);
  // One after the other meets the second in one memory alone.
  for (const Move move : std::array<Move, 4>{
           [](stoic_model& m) { m.program_start = 1; }, [](stoic_model& m) { m.weight_start = 6; },
           [](stoic_model& m) { m.state_start = 15; }, [](stoic_model& m) { m.table_start = 1; }}) {
    ASSERT_EQ(stoic_load(&device, &second.model), STOIC_OK);
    ASSERT_EQ(stoic_load(&device, &first.model), STOIC_OK);
    SmallModel other = behind(2, 8, 16, 2);
    other.tables[0] = 99;
    settle(other);
    move(other.model);
    other.model.crc = stoic_model_crc(&other.model);
    ASSERT_EQ(stoic_load(&device, &other.model), STOIC_OK);
    EXPECT_EQ(stoic_select(&device, &second.model), STOIC_NOT_LOADED);
    EXPECT_EQ(stoic_select(&device, &first.model), STOIC_OK);
    ASSERT_EQ(stoic_load(&device, &third.model), STOIC_OK);  // where other was: nothing refers to it
  }
}

TEST_F(Several, TablesWithTheSameWordsAreShared) {
  second.model.table_start = first.model.table_start;
  second.model.crc = stoic_model_crc(&second.model);
  ASSERT_EQ(stoic_load(&device, &first.model), STOIC_OK);
  ASSERT_EQ(stoic_load(&device, &second.model), STOIC_OK);
  EXPECT_EQ(stoic_select(&device, &first.model), STOIC_OK);
}

/// Words that both have are compared where they lie for each, whichever of the two begins earlier.
TEST_F(Several, TablesThatMeetInPartAreSharedWhereTheirWordsAreTheSame) {
  for (const bool same : {true, false}) {
    std::int32_t earlier[] = {1, 2, 3}, later[] = {2, 3, 4};
    if (!same) later[1] = 9;
    for (const bool later_first : {false, true}) {
      SCOPED_TRACE(testing::Message() << same << later_first);
      auto& a = first.model;
      auto& b = second.model;
      a.tables = earlier;
      b.tables = later;
      a.table_count = b.table_count = 3;
      a.table_start = 10;
      b.table_start = 11;
      for (auto* model : {&a, &b}) model->crc = stoic_model_crc(model);
      ASSERT_EQ(stoic_init(&device, &bus.port, engine, dma, false), STOIC_OK);
      ASSERT_EQ(stoic_load(&device, later_first ? &b : &a), STOIC_OK);
      ASSERT_EQ(stoic_load(&device, later_first ? &a : &b), STOIC_OK);
      EXPECT_EQ(stoic_select(&device, later_first ? &b : &a), same ? STOIC_OK : STOIC_NOT_LOADED);
    }
  }
}

TEST_F(Several, WhatFailsToLoadIsNotSelectedAndWhatItOverwroteNeither) {
  ASSERT_EQ(stoic_load(&device, &first.model), STOIC_OK);
  ASSERT_EQ(stoic_load(&device, &second.model), STOIC_OK);
  SmallModel other = behind(1, 4, 8, 1);
  settle(other);
  bus.fails_at = bus.accesses + 5;
  EXPECT_EQ(stoic_load(&device, &other.model), STOIC_BUS_ERROR);
  EXPECT_EQ(stoic_run(&device, inputs, outputs, 1, 0), STOIC_NOT_LOADED);
  EXPECT_EQ(stoic_select(&device, &other.model), STOIC_NOT_LOADED);
  EXPECT_EQ(stoic_select(&device, &second.model), STOIC_NOT_LOADED);
  EXPECT_EQ(stoic_select(&device, &first.model), STOIC_OK);
}

TEST_F(Several, MoreThanThereIsRoomForAreRefusedAndChangeNothing) {
  std::array<SmallModel, STOIC_RESIDENT_MAX + 1> all;
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    all[i] = behind(i, 4 * i, 8 * i, i);
    settle(all[i]);
    EXPECT_EQ(stoic_load(&device, &all[i].model), i < STOIC_RESIDENT_MAX ? STOIC_OK : STOIC_BAD_ARGUMENT);
  }
  EXPECT_EQ(device.model, &all[STOIC_RESIDENT_MAX - 1].model);
  for (std::uint32_t i = 0; i < STOIC_RESIDENT_MAX; ++i)
    EXPECT_EQ(stoic_select(&device, &all[i].model), STOIC_OK);
  EXPECT_EQ(stoic_load(&device, &all[3].model), STOIC_OK) << "in its own place";
}

TEST_F(Several, OneForAnotherInstanceIsRefusedAndDrivesNobodyOut) {
  ASSERT_EQ(stoic_load(&device, &first.model), STOIC_OK);
  auto foreign = behind(0, 0, 0, 0);
  foreign.model.config_hash = hash + 1;
  settle(foreign);
  bus.take_writes();
  EXPECT_EQ(stoic_load(&device, &foreign.model), STOIC_WRONG_INSTANCE);
  EXPECT_TRUE(bus.take_writes().empty());
  EXPECT_EQ(stoic_select(&device, &first.model), STOIC_OK);
  EXPECT_EQ(stoic_run(&device, inputs, outputs, 1, 100), STOIC_OK);
}

TEST_F(Several, SelectingNothingIsABadArgument) {
  EXPECT_EQ(stoic_select(nullptr, &first.model), STOIC_BAD_ARGUMENT);
  EXPECT_EQ(stoic_select(&device, nullptr), STOIC_BAD_ARGUMENT);
  EXPECT_EQ(stoic_select(&device, &first.model), STOIC_NOT_LOADED);
}

}  // namespace several_networks_test
}  // namespace stoic_driver

// The counters of saturations by themselves, with the lanes and states of the largest instance.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "Vsaturation_counters.h"
#include "stoic/generated/stoic_interface.h"

namespace stoic {
namespace saturation_counters_test {

constexpr std::uint32_t lanes = 64, elements = 64 * 4096, slots = 8;

class SaturationCounters : public testing::Test {
 protected:
  SaturationCounters() {
    counters_.rst_ni = 0;
    clock();
    counters_.rst_ni = 1;
    start();
  }
  void clock() {
    counters_.clk_i = 0;
    counters_.eval();
    counters_.clk_i = 1;
    counters_.eval();
  }
  void pulse(CData& signal) {
    signal = 1;
    clock();
    signal = 0;
  }
  void start_at(std::uint32_t slot) {
    counters_.program_start_i = slot;
    pulse(counters_.start_i);
  }
  void start() {
    start_at(0);
    for (std::uint32_t c = 0; c < slots; ++c) clock();  // the counts are cleared one a cycle
  }
  /// An instruction of which `saturated` elements were cut off.
  void run(std::uint32_t slot, std::uint32_t saturated) {
    while (saturated > 0) {
      const auto now = std::min(saturated, lanes);
      counters_.elements_i = static_cast<CData>(now);
      pulse(counters_.add_i);
      saturated -= now;
    }
    counters_.commit_slot_i = static_cast<CData>(slot);
    pulse(counters_.commit_i);
    clock();
  }
  std::uint32_t total() { return counters_.total_o; }
  std::uint32_t first() { return counters_.first_o; }
  std::uint32_t at(std::uint32_t slot) {
    counters_.read_address_i = static_cast<CData>(slot);
    pulse(counters_.read_i);
    return counters_.read_data_o;
  }

 private:
  Vsaturation_counters counters_;
};

TEST_F(SaturationCounters, CountAnInstructionThatSaturatesEveryElementOfTheStates) {
  run(3, elements);
  EXPECT_EQ(total(), elements);
  EXPECT_EQ(first(), 3u);
  EXPECT_EQ(at(3), static_cast<std::uint32_t>(STOIC_SLOT_SATURATIONS_MAX));
  run(5, 1);
  EXPECT_EQ(total(), elements + 1);
  EXPECT_EQ(at(5), 1u);
  start();
  for (std::uint32_t saturated = elements; saturated > 0; saturated /= 2) {
    const auto before = total();
    run(4, saturated);
    EXPECT_EQ(total() - before, saturated);
  }
}

TEST_F(SaturationCounters, StopAtTheLargestCountOfASlotWhateverItsSteps) {
  constexpr std::uint32_t most = STOIC_SLOT_SATURATIONS_MAX;
  std::mt19937 random(1);
  for (int round = 0; round < 20; ++round) {
    start();
    std::map<std::uint32_t, std::uint32_t> expected;
    std::uint32_t sum = 0, began = ~0u;
    for (const auto saturated :
         {most - 1, 1u, 1u, 0u, static_cast<std::uint32_t>(random() % elements), most, 77u}) {
      const auto slot = static_cast<std::uint32_t>(random() % 3);
      run(slot, saturated);
      expected[slot] = std::min(expected[slot] + saturated, most);
      sum += saturated;
      if (began == ~0u) began = slot;
    }
    EXPECT_EQ(total(), sum);
    EXPECT_EQ(first(), began);
    for (std::uint32_t slot = 0; slot < slots; ++slot) EXPECT_EQ(at(slot), expected[slot]) << slot;
  }
}

TEST_F(SaturationCounters, ForgetEverySlotWhateverIsCountedWhileTheyDo) {
  for (std::uint32_t first = 0; first < slots; ++first)
    for (std::uint32_t passed = 0; passed <= slots; ++passed) {
      SCOPED_TRACE(testing::Message()
                   << "program from " << first << ", counted after " << passed << " cycles");
      start();
      for (std::uint32_t slot = 0; slot < slots; ++slot) run(slot, 10 + slot);
      start_at(first);
      for (std::uint32_t c = 0; c < passed; ++c) clock();
      run(first, 1);
      for (std::uint32_t c = 0; c < slots; ++c) clock();
      for (std::uint32_t slot = 0; slot < slots; ++slot) EXPECT_EQ(at(slot), slot == first ? 1u : 0u) << slot;
    }
}

}  // namespace saturation_counters_test
}  // namespace stoic

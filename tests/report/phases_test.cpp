#include "stoic/host/compare/phases.hpp"

#include <gmock/gmock.h>

#include "stoic/host/compiler/program_builder.hpp"
#include "stoic/sim/contract/assembler.hpp"
#include "stoic/sim/contract/instruction.hpp"
#include "stoic/sim/golden/schedule.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace phases_test {

/// LOAD at program word 0, LOOP at 1, BUNDLE with two terms at 2; compact has 4 lanes.
Image looping_image() {
  Image image;
  image.config = load_hardware_config("compact");
  image.program = assemble(
                      ".vector x 9\nLOAD destination=x length=9\nLOOP count=5\n"
                      "BUNDLE destination=x length=9 result_shift=1 : + x*x - x*x\nEND\n"
                      "STORE source=x length=9\nHALT\n",
                      image.config, "test program")
                      .program;
  return image;
}

/// First program word of each instruction, in order.
std::vector<std::int64_t> slots(const Image& image) {
  std::vector<std::int64_t> result;
  for (const auto& step : golden::schedule(image.program, image.config).steps) result.push_back(step.slot);
  return result;
}

TEST(PhaseCosts, AddUpToTheCyclesOfTheSchedule) {
  auto image = looping_image();
  const auto at = slots(image);
  image.metadata = R"({"phases": [{"slot": 0, "name": "in"}, {"slot": )" + std::to_string(at[1]) +
                   R"(, "name": "work"}, {"slot": )" + std::to_string(at[4]) + R"(, "name": "out"}]})";
  const auto phases = phase_costs(image);
  ASSERT_EQ(phases.size(), 4u);
  EXPECT_EQ(phases[0].name, "START and DONE");
  EXPECT_EQ(phases[1].name, "in");
  EXPECT_EQ(phases[2].name, "work");
  EXPECT_EQ(phases[3].name, "out");
  const auto schedule = golden::schedule(image.program, image.config);
  const auto total = total_cost(phases);
  EXPECT_EQ(total.cycles, schedule.cycles);
  EXPECT_EQ(total.ideal_mac_cycles, schedule.mac_cycles);
}

TEST(PhaseCosts, CountEveryRunOfALoop) {
  auto image = looping_image();
  image.metadata = R"({"phases": [{"slot": 1, "name": "rest"}]})";
  const auto phases = phase_costs(image);
  ASSERT_EQ(phases.size(), 3u);
  EXPECT_EQ(phases[1].name, "program");  // the LOAD comes before any phase
  const auto& rest = phases[2];
  EXPECT_EQ(rest.ideal_mac_cycles, 5 * 3 * 2);  // runs, ceil(9/4) beats, terms
  const auto bundle = std::find_if(rest.instructions.begin(), rest.instructions.end(),
                                   [](const InstructionCost& cost) { return cost.mnemonic == "BUNDLE"; });
  ASSERT_NE(bundle, rest.instructions.end());
  EXPECT_EQ(bundle->runs, 5);
  EXPECT_EQ(bundle->other_cycles(), bundle->cycles - 30);
  EXPECT_DOUBLE_EQ(rest.mac_utilisation(), 30.0 / static_cast<double>(rest.cycles));
}

TEST(PhaseCosts, AnImageWithoutPhasesIsOnePhase) {
  const auto phases = phase_costs(looping_image());
  ASSERT_EQ(phases.size(), 2u);
  EXPECT_EQ(phases[1].name, "program");
}

TEST(PhaseCosts, MetadataThatCannotBeReadIsNamed) {
  auto image = looping_image();
  image.metadata = R"({"phases": [{"slot": -1, "name": "x"}]})";
  EXPECT_THAT([&] { phase_costs(image); }, testing::ThrowsMessage<Error>(testing::HasSubstr("phases[0]")));
}

TEST(ProgramBuilder, PhasesBeginAtTheNextInstruction) {
  ProgramBuilder builder(load_hardware_config("compact"));
  builder.phase("first");
  builder.emit(Loop{.count = 2}, "loop");
  builder.phase("second");
  builder.emit(End{}, "end");
  const auto& phases = builder.phases();
  ASSERT_EQ(phases.size(), 2u);
  EXPECT_EQ(phases[0].slot, 0);
  EXPECT_EQ(phases[1].slot, words(Loop{.count = 2}));
  EXPECT_EQ(phases[1].name, "second");
}

}  // namespace phases_test
}  // namespace stoic

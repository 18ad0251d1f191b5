// Small programs that ask for everything: work and memory of one inference are bounded.
#include <gmock/gmock.h>

#include "random_state.hpp"
#include "stoic/sim/contract/assembler.hpp"
#include "stoic/sim/golden/batch.hpp"
#include "stoic/sim/golden/schedule.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::golden {
namespace hostile_program_test {

using testing::HasSubstr;

Image image_of(const HardwareConfig& config, const std::string& program) {
  Image image;
  image.config = config;
  image.program = assemble(program, config, "test").program;
  return image;
}

template <class Act>
std::string message_of(Act&& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(HostileProgram, WorkIsBoundedInCyclesAndNotOnlyInInstructions) {
  auto config = instance(4, 16, 8);
  config.weight_words = 1 << 20;
  const auto image = image_of(config, R"(
.vector x 512
.vector y 512
LOOP count=1000
LOOP count=2000
MATVEC destination=y source=x rows=512 columns=512 weights=0
END
END
HALT)");
  EXPECT_THAT(
      message_of([&] { schedule(image.program, config); }),
      HasSubstr("program word 2: one sample takes more than 68719476736 cycles; check the LOOP counts"));
  EXPECT_THAT(message_of([&] { run_batch(image, 1, [](auto, auto) {}); }),
              HasSubstr("check the LOOP counts"));
}

TEST(HostileProgram, MatricesThatOverlapAreNotMultipliedIntoAnyAmountOfMemory) {
  auto config = instance(4, 16, 8);
  config.weight_words = 1 << 20;
  config.program_words = 4096;
  std::string program = ".vector x 512\n.vector y 512\n";
  for (int i = 0; i < 600; ++i)
    program += "MATVEC destination=y source=x rows=512 columns=512 weights=" + std::to_string(i) + "\n";
  const auto image = image_of(config, program + "HALT");
  EXPECT_THAT(message_of([&] { run_batch(image, 1, [](auto, auto) {}); }),
              HasSubstr("matrices of the program overlap"));
}

TEST(HostileProgram, OneMatrixOfManyInstructionsIsPreparedOnce) {
  auto config = instance(4, 16, 8);
  config.weight_words = 1 << 20;
  config.program_words = 4096;
  std::string program = ".vector x 512\n.vector y 512\n";
  for (int i = 0; i < 70; ++i) program += "MATVEC destination=y source=x rows=512 columns=512 weights=0\n";
  const auto image = image_of(config, program + "HALT");
  EXPECT_EQ(message_of([&] { run_batch(image, 1, [](auto, auto) {}); }), "accepted");
}

}  // namespace hostile_program_test
}  // namespace stoic::golden

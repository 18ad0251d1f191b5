// What instructions and memories cost.
#include "stoic/sim/platform/timing.hpp"

#include <gmock/gmock.h>

#include <cstring>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/platform/hart.hpp"

namespace stoic::platform {
namespace timing_test {

using testing::HasSubstr;

/// Cycles of instructions that lie one behind the other in ROM, or at the beginning of RAM.
double cycles_of(const std::vector<std::uint32_t>& program, const Timing& timing, bool in_ram = false,
                 std::int64_t instructions = 0) {
  std::vector<Memory> memory;
  for (const auto& region : memory_regions) memory.emplace_back(region);
  std::memcpy((in_ram ? memory.back() : memory.front()).bytes.data(), program.data(), 4 * program.size());
  Hart hart(memory);
  hart.set_timing(timing, 1);
  hart.set_pc(in_ram ? STOIC_RAM_BASE : STOIC_ROM_BASE);
  hart.set_reg(10, STOIC_RAM_BASE + 0x100);
  hart.set_reg(11, STOIC_ROM_BASE);
  hart.set_reg(12, STOIC_MODEL_BASE);
  const auto count = instructions > 0 ? instructions : std::ssize(program);
  EXPECT_EQ(hart.run(std::int64_t{1} << 40, count), Stop::time);
  return static_cast<double>(hart.time()) / Hart::milli;
}

TEST(Timing, EachClassOfInstructionsTakesItsOwn) {
  const Timing timing{.alu = 1,
                      .mul = 3,
                      .mulh = 4,
                      .div = 38,
                      .load = 2,
                      .store = 2.5,
                      .branch = 1.25,
                      .taken = 7,
                      .jump = 5,
                      .system = 6};
  const auto one = [&](std::uint32_t instruction) { return cycles_of({instruction}, timing); };
  EXPECT_EQ(one(0x00150513), 1);     // addi a0, a0, 1
  EXPECT_EQ(one(0x02b502b3), 3);     // mul t0, a0, a1
  EXPECT_EQ(one(0x02b532b3), 4);     // mulhu t0, a0, a1
  EXPECT_EQ(one(0x02b552b3), 38);    // divu t0, a0, a1
  EXPECT_EQ(one(0x02b572b3), 38);    // remu t0, a0, a1
  EXPECT_EQ(one(0x00052283), 2);     // lw t0, 0(a0)
  EXPECT_EQ(one(0x00552023), 2.5);   // sw t0, 0(a0)
  EXPECT_EQ(one(0x00b50463), 1.25);  // beq a0, a1, 8
  EXPECT_EQ(one(0x00b51463), 7);     // bne a0, a1, 8
  EXPECT_EQ(one(0x008000ef), 5);     // jal ra, 8
  EXPECT_EQ(one(0x340512f3), 6);     // csrrw t0, mscratch, a0
}

TEST(Timing, MemoriesWaitForEveryWordThatIsFetchedLoadedOrStored) {
  const Timing timing{.rom = 3, .model = 5, .ram = 0.5};
  const std::uint32_t add = 0x00150513, load = 0x00052283, store = 0x00552023, load_rom = 0x0005a283,
                      load_model = 0x00062283, two_compressed = 0x05050505;  // c.addi a0, 1
  EXPECT_EQ(cycles_of({add}, timing), 1 + 3);
  EXPECT_EQ(cycles_of({add}, timing, true), 1 + 0.5);
  EXPECT_EQ(cycles_of({two_compressed}, timing, false, 2), 2 + 3) << "both lie in one word";
  EXPECT_EQ(cycles_of({load}, timing), 1 + 3 + 0.5);
  EXPECT_EQ(cycles_of({store}, timing), 1 + 3 + 0.5);
  EXPECT_EQ(cycles_of({load_rom}, timing), 1 + 3 + 3);
  EXPECT_EQ(cycles_of({load_model}, timing), 1 + 3 + 5);
}

TEST(Timing, IsAPresetAndWhatDiffersFromIt) {
  EXPECT_EQ(parse_timing("ideal"), Timing{});
  EXPECT_EQ(parse_timing("div=20"), Timing{.div = 20});
  auto expected = parse_timing("ibex");
  EXPECT_EQ(expected.div, 38);
  expected.div = 1;
  expected.rom = 2.5;
  EXPECT_EQ(parse_timing("ibex,div=1,rom=2.5"), expected);
  EXPECT_EQ(parse_timing("shared=1"), Timing{.shared = 1});
  for (const auto* wrong : {"pentium", "ideal,ibex", "div", "div=", "div=0", "div=1001", "div=nan", "div=2x",
                            "ram=-1", "shared=2", "shared=0.5", "speed=2", "ibex,", ","}) {
    try {
      (void)parse_timing(wrong);
      ADD_FAILURE() << wrong;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("is no timing: name one of ideal, ibex, ibex-flash"));
    }
  }
}

}  // namespace timing_test
}  // namespace stoic::platform

// Parts of the platform by themselves.
#include <gmock/gmock.h>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/platform/elf.hpp"
#include "stoic/sim/platform/instruction_trace.hpp"
#include "stoic/sim/platform/load_store.hpp"
#include "stoic/sim/platform/unicorn.hpp"

namespace stoic::platform {
namespace platform_test {

using testing::HasSubstr;

/// Encodings by the GNU assembler, for x registers and offsets at their ends.
TEST(LoadStore, IsDecodedAsTheAssemblerEncodesIt) {
  struct Case {
    std::uint32_t bits;
    LoadStore expected;
  };
  const Case cases[] = {
      {0x80052583, {false, 4, true, 10, 11, -2048, 4}},  // lw a1, -2048(a0)
      {0x7ff54503, {false, 1, false, 10, 10, 2047, 4}},  // lbu a0, 2047(a0)
      {0x00050503, {false, 1, true, 10, 10, 0, 4}},      // lb a0, 0(a0)
      {0x00251503, {false, 2, true, 10, 10, 2, 4}},      // lh a0, 2(a0)
      {0x00255503, {false, 2, false, 10, 10, 2, 4}},     // lhu a0, 2(a0)
      {0x80b52023, {true, 4, true, 10, 11, -2048, 4}},   // sw a1, -2048(a0)
      {0x7eb50fa3, {true, 1, true, 10, 11, 2047, 4}},    // sb a1, 2047(a0)
      {0x01f49123, {true, 2, true, 9, 31, 2, 4}},        // sh t6, 2(s1)
      {0x5d7c, {false, 4, true, 10, 15, 124, 2}},        // c.lw a5, 124(a0)
      {0xdd7c, {true, 4, true, 10, 15, 124, 2}},         // c.sw a5, 124(a0)
      {0x50fe, {false, 4, true, 2, 1, 252, 2}},          // c.lwsp ra, 252(sp)
      {0xdf86, {true, 4, true, 2, 1, 252, 2}},           // c.swsp ra, 252(sp)
  };
  for (const auto& [bits, expected] : cases) {
    const auto got = decode_load_store(bits);
    ASSERT_TRUE(got.has_value()) << std::hex << bits;
    EXPECT_EQ(got->store, expected.store) << std::hex << bits;
    EXPECT_EQ(got->size, expected.size) << std::hex << bits;
    if (!got->store && got->size < 4) {
      EXPECT_EQ(got->sign_extend, expected.sign_extend) << std::hex << bits;
    }
    EXPECT_EQ(got->base, expected.base) << std::hex << bits;
    EXPECT_EQ(got->value, expected.value) << std::hex << bits;
    EXPECT_EQ(got->offset, expected.offset) << std::hex << bits;
    EXPECT_EQ(got->length, expected.length) << std::hex << bits;
  }
  for (const std::uint32_t other :
       {0x00000013u, 0x00053503u, 0x00b53023u, 0x0000u, 0x4501u, 0x2108u, 0xffffffffu})
    EXPECT_FALSE(decode_load_store(other))
        << std::hex << other;  // addi, ld, sd, illegal, c.li, c.fld, illegal
}

/// A hart with a program of its own in ROM.
struct Hart {
  explicit Hart(std::initializer_list<std::uint32_t> program) {
    for (const auto& region : memory_regions) memories.emplace_back(region);
    std::copy(program.begin(), program.end(), reinterpret_cast<std::uint32_t*>(memories[0].bytes.data()));
    unicorn = std::make_unique<Unicorn>(memories);
  }
  std::vector<Memory> memories;
  std::unique_ptr<Unicorn> unicorn;
};

TEST(UnicornHart, StopsBeforeAnAccessThatNoMemoryServesAndCountsWhatRan) {
  Hart hart{0x00100513,   // li a0, 1
            0x100005b7,   // lui a1, 0x10000
            0x0005a603,   // lw a2, 0(a1)
            0x00150513};  // addi a0, a0, 1
  auto& cpu = *hart.unicorn;
  EXPECT_EQ(cpu.run(1000), Stop::data_access);
  EXPECT_EQ(cpu.instructions(), 2);
  EXPECT_EQ(cpu.pc(), STOIC_ROM_BASE + 8);
  EXPECT_EQ(cpu.reg(11), 0x10000000u);
  cpu.set_reg(12, 77);
  cpu.skip(4);
  EXPECT_EQ(cpu.instructions(), 3);
  EXPECT_EQ(cpu.pc(), STOIC_ROM_BASE + 12);
}

TEST(UnicornHart, EndsAQuantumAtABlockAndGoesOnThere) {
  Hart hart{0x00150513,   // loop: addi a0, a0, 1
            0xffdff06f};  // j loop
  auto& cpu = *hart.unicorn;
  for (int i = 1; i <= 100; ++i) {
    EXPECT_EQ(cpu.run(10), Stop::quantum);
    EXPECT_EQ(cpu.instructions(), 10 * i);
    EXPECT_EQ(cpu.reg(10), 5u * static_cast<unsigned>(i));
  }
}

TEST(UnicornHart, NamesExceptionsWithThePcOfTheirInstruction) {
  struct Case {
    std::uint32_t instruction;
    std::uint32_t cause;
  };
  for (const auto& [instruction, cause] : {Case{0x00000073, 11}, Case{0x00100073, 3}, Case{0xffffffff, 2},
                                           Case{0x00009002, 3}, Case{0x00000000, 2}}) {
    Hart hart{0x00150513, 0x00150513, instruction, 0x00150513};
    auto& cpu = *hart.unicorn;
    EXPECT_EQ(cpu.run(1000), Stop::exception) << std::hex << instruction;
    EXPECT_EQ(cpu.cause(), cause) << std::hex << instruction;
    EXPECT_EQ(cpu.pc(), STOIC_ROM_BASE + 8) << std::hex << instruction;
    EXPECT_EQ(cpu.instructions(), 2) << std::hex << instruction;
  }
}

TEST(UnicornHart, FaultsWhereNoCodeIs) {
  Hart hart{0x700002b7,   // lui t0, 0x70000
            0x00028067};  // jr t0
  auto& cpu = *hart.unicorn;
  EXPECT_EQ(cpu.run(1000), Stop::exception);
  EXPECT_EQ(cpu.cause(), 1u);
  EXPECT_EQ(cpu.pc(), 0x70000000u);
  EXPECT_EQ(cpu.instructions(), 2);
}

TEST(UnicornHart, EntersAHandlerAndReturns) {
  Hart hart{0x200002b7,   // lui t0, 0x20000
            0x02028293,   // addi t0, t0, 32
            0x30529073,   // csrw mtvec, t0
            0x30046073,   // csrsi mstatus, 8
            0x10500073,   // wfi
            0x00150513,   // addi a0, a0, 1
            0x10500073,   // wfi
            0x00000013,   // nop
            0x30200073};  // handler: mret
  auto& cpu = *hart.unicorn;
  EXPECT_EQ(cpu.run(1000), Stop::wfi);
  EXPECT_EQ(cpu.pc(), STOIC_ROM_BASE + 20);
  EXPECT_EQ(cpu.instructions(), 5);
  EXPECT_TRUE(cpu.interrupts_enabled());
  cpu.take_trap(1u << 31 | 11, 0);
  EXPECT_FALSE(cpu.interrupts_enabled());
  EXPECT_EQ(cpu.pc(), STOIC_ROM_BASE + 32);
  EXPECT_EQ(cpu.run(1000), Stop::wfi);
  EXPECT_TRUE(cpu.interrupts_enabled());
  EXPECT_EQ(cpu.reg(10), 1u);
  EXPECT_EQ(cpu.instructions(), 8);
}

TEST(Elf, IsRefusedForWhatItIsNot) {
  EXPECT_THROW(parse_elf("", "x"), Error);
  EXPECT_THROW(parse_elf(std::string(100, '\0'), "x"), Error);
  std::string truncated(
      "\x7f"
      "ELF\x01\x01\x01",
      7);
  truncated.resize(52, '\0');
  EXPECT_THROW(parse_elf(truncated, "x"), Error);
}

TEST(Disassembly, IsReadFromObjdump) {
  const auto lines = parse_disassembly(
      "\nreplay.elf:     file format elf32-littleriscv\n\n20000000 <_start>:\n20000000:\tauipc\tgp,0x60000\n"
      "   2000000c:\tcsrw\tmtvec,t0\n");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines.at(0x20000000), "auipc gp,0x60000");
  EXPECT_EQ(lines.at(0x2000000c), "csrw mtvec,t0");
}

}  // namespace platform_test
}  // namespace stoic::platform

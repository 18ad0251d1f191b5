// Parts of the platform by themselves.
#include <gmock/gmock.h>

#include <cstring>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/platform/elf.hpp"
#include "stoic/sim/platform/hart.hpp"
#include "stoic/sim/platform/instruction_trace.hpp"

namespace stoic::platform {
namespace platform_test {

using testing::HasSubstr;

/// Encodings by the GNU assembler, for x registers and immediates at their ends.
TEST(Decoder, KnowsWhatTheAssemblerEncodes) {
  struct Case {
    std::uint32_t bits;
    Instruction expected;
  };
  constexpr std::uint32_t pc = 0x20000000;
  const Case cases[] = {
      {0x80052583, {Op::lw, 11, 10, 0, 4, -2048}},       // lw a1, -2048(a0)
      {0x7ff54503, {Op::lbu, 10, 10, 0, 4, 2047}},       // lbu a0, 2047(a0)
      {0x00251503, {Op::lh, 10, 10, 0, 4, 2}},           // lh a0, 2(a0)
      {0x80b52023, {Op::sw, 32, 10, 11, 4, -2048}},      // sw a1, -2048(a0)
      {0x7eb50fa3, {Op::sb, 32, 10, 11, 4, 2047}},       // sb a1, 2047(a0)
      {0x5d7c, {Op::lw, 15, 10, 0, 2, 124}},             // c.lw a5, 124(a0)
      {0xdd7c, {Op::sw, 32, 10, 15, 2, 124}},            // c.sw a5, 124(a0)
      {0x50fe, {Op::lw, 1, 2, 0, 2, 252}},               // c.lwsp ra, 252(sp)
      {0xdf86, {Op::sw, 32, 2, 1, 2, 252}},              // c.swsp ra, 252(sp)
      {0x7139, {Op::add_sp, 2, 2, 0, 2, -64}},           // c.addi16sp sp, -64
      {0xfc010113, {Op::add_sp, 2, 2, 0, 4, -64}},       // addi sp, sp, -64
      {0xfffff517, {Op::add, 10, 0, 0, 4, 0x1ffff000}},  // auipc a0, 0xfffff
      {0x4055d513, {Op::sra, 10, 11, 0, 4, 5}},          // srai a0, a1, 5
      {0x80000fef, {Op::jal, 31, 0, 0, 4, -1048576}},    // jal t6, .-1048576
      {0xb001, {Op::jal, 32, 0, 0, 2, -2048}},           // c.j .-2048
      {0x80b50063, {Op::beq, 32, 10, 11, 4, -4096}},     // beq a0, a1, .-4096
      {0xd101, {Op::beq, 32, 10, 0, 2, -256}},           // c.beqz a0, .-256
      {0x30529073, {Op::csrrw, 32, 5, 0, 4, 0x305}},     // csrw mtvec, t0
  };
  for (const auto& [bits, expected] : cases) {
    const auto got = decode(bits, pc);
    EXPECT_EQ(got.op, expected.op) << std::hex << bits;
    EXPECT_EQ(got.rd, expected.rd) << std::hex << bits;
    EXPECT_EQ(got.rs1, expected.rs1) << std::hex << bits;
    EXPECT_EQ(got.rs2, expected.rs2) << std::hex << bits;
    EXPECT_EQ(got.length, expected.length) << std::hex << bits;
    EXPECT_EQ(got.imm, expected.imm) << std::hex << bits;
  }
}

/// Words that are reserved, or belong to the extensions A, F, D, to RV64 or to supervisor mode.
TEST(Decoder, RefusesWhatIsNotRv32imcInMachineMode) {
  for (const std::uint32_t bits :
       {0x00000000u, 0xffffffffu, 0x00053503u, 0x00b53023u, 0x2108u, 0x6108u, 0x1005252fu, 0x00052507u,
        0x00b57553u, 0x10200073u, 0x12000073u, 0x7b200073u, 0x02051513u, 0x6101u, 0x8002u, 0x4002u, 0x9c0du})
    EXPECT_EQ(decode(bits, 0).op, Op::illegal) << std::hex << bits;
}

/// A hart with a program of its own in ROM.
struct Machine {
  explicit Machine(std::initializer_list<std::uint32_t> program) {
    for (const auto& region : memory_regions) memories.emplace_back(region);
    std::copy(program.begin(), program.end(), reinterpret_cast<std::uint32_t*>(memories[0].bytes.data()));
    hart = std::make_unique<Hart>(memories);
  }
  /// For `instructions`, a cycle each.
  Stop run(std::int64_t instructions) {
    return hart->run(hart->time() + instructions * Hart::milli, instructions);
  }
  std::vector<Memory> memories;
  std::unique_ptr<Hart> hart;
};

TEST(HartModel, StopsBeforeAnAccessThatNoMemoryServesAndCountsWhatRan) {
  Machine machine{0x00100513,   // li a0, 1
                  0x100005b7,   // lui a1, 0x10000
                  0x0005a603,   // lw a2, 0(a1)
                  0x00150513};  // addi a0, a0, 1
  auto& cpu = *machine.hart;
  EXPECT_EQ(machine.run(1000), Stop::data_access);
  EXPECT_EQ(cpu.instructions(), 2);
  EXPECT_EQ(cpu.pc(), STOIC_ROM_BASE + 8);
  EXPECT_EQ(cpu.reg(11), 0x10000000u);
  EXPECT_EQ(cpu.access().address, 0x10000000u);
  EXPECT_FALSE(cpu.access().store);
  cpu.finish_access(77);
  EXPECT_EQ(cpu.reg(12), 77u);
  EXPECT_EQ(cpu.instructions(), 3);
  EXPECT_EQ(cpu.pc(), STOIC_ROM_BASE + 12);
}

TEST(HartModel, EndsAStretchAnywhereAndGoesOnThere) {
  Machine machine{0x00150513,   // loop: addi a0, a0, 1
                  0xffdff06f};  // j loop
  auto& cpu = *machine.hart;
  for (int i = 1; i <= 100; ++i) {
    EXPECT_EQ(machine.run(7), Stop::time);
    EXPECT_EQ(cpu.instructions(), 7 * i);
    EXPECT_EQ(cpu.reg(10), (7u * static_cast<unsigned>(i) + 1) / 2);
  }
}

TEST(HartModel, NamesExceptionsWithThePcOfTheirInstruction) {
  struct Case {
    std::uint32_t instruction;
    std::uint32_t cause;
  };
  for (const auto& [instruction, cause] : {Case{0x00000073, 11}, Case{0x00100073, 3}, Case{0xffffffff, 2},
                                           Case{0x00009002, 3}, Case{0x00000000, 2}}) {
    Machine machine{0x00150513, 0x00150513, instruction, 0x00150513};
    auto& cpu = *machine.hart;
    EXPECT_EQ(machine.run(1000), Stop::exception) << std::hex << instruction;
    EXPECT_EQ(cpu.cause(), cause) << std::hex << instruction;
    EXPECT_EQ(cpu.pc(), STOIC_ROM_BASE + 8) << std::hex << instruction;
    EXPECT_EQ(cpu.instructions(), 2) << std::hex << instruction;
  }
}

TEST(HartModel, FaultsWhereNoCodeIs) {
  Machine machine{0x700002b7,   // lui t0, 0x70000
                  0x00028067};  // jr t0
  auto& cpu = *machine.hart;
  EXPECT_EQ(machine.run(1000), Stop::exception);
  EXPECT_EQ(cpu.cause(), 1u);
  EXPECT_EQ(cpu.pc(), 0x70000000u);
  EXPECT_EQ(cpu.instructions(), 2);
}

TEST(HartModel, EntersAHandlerAndReturns) {
  Machine machine{0x200002b7,   // lui t0, 0x20000
                  0x02028293,   // addi t0, t0, 32
                  0x30529073,   // csrw mtvec, t0
                  0x30046073,   // csrsi mstatus, 8
                  0x10500073,   // wfi
                  0x00150513,   // addi a0, a0, 1
                  0x10500073,   // wfi
                  0x00000013,   // nop
                  0x00000013,   // handler: nop
                  0x30200073};  // mret
  auto& cpu = *machine.hart;
  EXPECT_EQ(machine.run(1000), Stop::wfi);
  EXPECT_EQ(cpu.pc(), STOIC_ROM_BASE + 20);
  EXPECT_EQ(cpu.instructions(), 5);
  EXPECT_NE(cpu.csr().mstatus & mstatus_mie, 0u);
  cpu.csr().mie = cpu.csr().mip = 1u << external_interrupt_number;
  EXPECT_EQ(machine.run(1), Stop::time);
  EXPECT_EQ(cpu.csr().mstatus & mstatus_mie, 0u);
  EXPECT_EQ(cpu.csr().mcause, 0x8000000bu);
  EXPECT_EQ(cpu.pc(), STOIC_ROM_BASE + 36);
  cpu.csr().mip = 0;
  EXPECT_EQ(machine.run(1000), Stop::wfi);
  EXPECT_NE(cpu.csr().mstatus & mstatus_mie, 0u);
  EXPECT_EQ(cpu.reg(10), 1u);
  EXPECT_EQ(cpu.instructions(), 9);
}

TEST(HartModel, ExecutesWhatItHasStoredItself) {
  Machine machine{0x80000537,                 // lui a0, 0x80000
                  0x00050067};                // jr a0
  const std::uint32_t code[] = {0x00450593,   // addi a1, a0, 4
                                0x00150513,   // first addi a0, a0, 1, then what is stored here
                                0x00c5a023,   // sw a2, 0(a1)
                                0xff5ff06f};  // j .-12
  auto& ram = machine.memories.back();
  std::memcpy(ram.bytes.data(), code, sizeof code);
  machine.hart->set_reg(12, 0x00000013);  // nop
  EXPECT_EQ(machine.run(6), Stop::time);
  EXPECT_EQ(machine.hart->reg(10), 0x80000001u);
  machine.hart->set_reg(10, 0x80000000);
  EXPECT_EQ(machine.run(400), Stop::time);
  EXPECT_EQ(machine.hart->reg(10), 0x80000000u);
}

TEST(HartModel, HasCountersThatCanBeSetAndStopped) {
  Machine machine{0xb00e5073,   // csrwi mcycle, 28
                  0xb0002573,   // csrr a0, mcycle
                  0x32065073,   // csrwi mcountinhibit, 12: not the cycles
                  0x32025073,   // csrwi mcountinhibit, 4: minstret stops
                  0xb02025f3,   // csrr a1, minstret
                  0xb0202673,   // csrr a2, minstret
                  0x30102773,   // csrr a4, misa
                  0x10500073};  // wfi
  EXPECT_EQ(machine.run(1000), Stop::wfi);
  EXPECT_EQ(machine.hart->reg(10), 29u);
  EXPECT_EQ(machine.hart->reg(11), machine.hart->reg(12));
  EXPECT_EQ(machine.hart->reg(14), 0x40001104u);
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

// What instructions do, against QEMU's opinion (in Unicorn), and what a hart does besides.
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#ifdef STOIC_HAS_UNICORN
#include <unicorn/unicorn.h>
#endif

#include "stoic/sim/platform/hart.hpp"

namespace stoic::platform {
namespace hart_test {

/// Random instructions, one behind the other. Loads and stores go through sp and s0, which nothing changes; branches
/// skip one instruction.
class RandomProgram {
 public:
  explicit RandomProgram(std::uint32_t seed) : random_(seed) {}

  std::vector<std::uint16_t> make(int instructions) {
    std::vector<std::uint16_t> halves;
    for (int i = 0; i < instructions; ++i) add(random_instruction(), halves);
    return halves;
  }
  std::uint32_t word() { return static_cast<std::uint32_t>(random_()); }

 private:
  static void add(std::uint32_t bits, std::vector<std::uint16_t>& halves) {
    halves.push_back(static_cast<std::uint16_t>(bits));
    if (instruction_length(bits) == 4) halves.push_back(static_cast<std::uint16_t>(bits >> 16));
  }
  std::uint32_t random_instruction() {
    constexpr std::uint32_t opcodes[] = {0x03, 0x13, 0x13, 0x17, 0x23, 0x33, 0x33, 0x33, 0x37};
    while (true) {
      auto bits = word();
      if (bits % 2 == 0) {
        bits = (bits & ~0x7fu) | opcodes[word() % std::size(opcodes)];
        if ((bits & 0x7f) == 0x33)
          bits = (bits & 0x01ffffff) | (word() % 3 == 2 ? 0x40000000 : word() % 2 << 25);
        if ((bits & 0x707f) == 0x1013) bits &= 0x01ffffff;
        if ((bits & 0x707f) == 0x5013) bits &= 0x41ffffff;
      } else {
        bits = (bits & 0xffff) >> 2 << 2 | word() % 3;
      }
      if (fits(decode(bits, 0))) return bits;
    }
  }
  static bool fits(const Instruction& i) {
    const bool memory = is_load(i.op) || is_store(i.op);
    if (memory && i.rs1 != 2 && i.rs1 != 8) return false;
    if (i.rd == 2 || i.rd == 8) return false;
    return memory || (i.op >= Op::add && i.op <= Op::remu);
  }
  std::mt19937 random_;
};

std::vector<Memory> memories() {
  std::vector<Memory> result;
  for (const auto& region : memory_regions) result.emplace_back(region);
  return result;
}

#ifdef STOIC_HAS_UNICORN
void expect(uc_err error) { ASSERT_EQ(error, UC_ERR_OK) << uc_strerror(error); }

struct State {
  std::uint32_t registers[32];
  std::vector<unsigned char> ram;
};

State as_unicorn_runs(std::vector<Memory>& memory, const State& start, std::size_t bytes) {
  uc_engine* uc = nullptr;
  expect(uc_open(UC_ARCH_RISCV, UC_MODE_RISCV32, &uc));
  for (auto& m : memory)
    expect(uc_mem_map_ptr(uc, m.region.base, m.region.size, UC_PROT_ALL, m.bytes.data()));
  for (int r = 1; r < 32; ++r) expect(uc_reg_write(uc, UC_RISCV_REG_X0 + r, &start.registers[r]));
  expect(uc_emu_start(uc, STOIC_ROM_BASE, STOIC_ROM_BASE + bytes, 0, 0));
  State end{};
  for (int r = 1; r < 32; ++r) expect(uc_reg_read(uc, UC_RISCV_REG_X0 + r, &end.registers[r]));
  expect(uc_close(uc));
  return end;
}

TEST(HartAndUnicorn, AgreeOnRandomInstructions) {
  constexpr int programs = 40, instructions = 2000;
  constexpr std::uint32_t window = 8192;
  auto ours = memories(), theirs = memories();
  auto& ram = ours.back();
  ASSERT_EQ(ram.region.base, std::uint32_t{STOIC_RAM_BASE});
  for (std::uint32_t seed = 1; seed <= programs; ++seed) {
    RandomProgram random(seed);
    const auto program = random.make(instructions);
    State start{};
    for (auto& r : start.registers) r = random.word() % 4 == 0 ? random.word() % 3 - 1 : random.word();
    start.registers[2] = STOIC_RAM_BASE + window / 2;
    start.registers[8] = STOIC_RAM_BASE + window / 2 + 1;  // not aligned
    for (std::uint32_t b = 0; b < window; ++b) ram.bytes[b] = static_cast<unsigned char>(random.word());
    theirs.back().bytes = ram.bytes;
    for (auto* m : {&ours, &theirs}) std::memcpy(m->front().bytes.data(), program.data(), 2 * program.size());
    const auto end = as_unicorn_runs(theirs, start, 2 * program.size());
    Hart hart(ours);
    for (unsigned r = 1; r < 32; ++r) hart.set_reg(r, start.registers[r]);
    ASSERT_EQ(hart.run(std::int64_t{1} << 40, instructions), Stop::time) << seed;
    ASSERT_EQ(hart.pc(), STOIC_ROM_BASE + 2 * program.size()) << seed;
    for (unsigned r = 1; r < 32; ++r)
      ASSERT_EQ(hart.reg(r), end.registers[r]) << "x" << r << ", seed " << seed;
    ASSERT_EQ(std::memcmp(ram.bytes.data(), theirs.back().bytes.data(), window), 0) << seed;
  }
}
#endif

/// A hart whose sp is `sp`, takes steps of 16 bytes downwards and is guarded from `low` to `high`: how many it takes.
int pushes_before_overflow(std::uint32_t sp, std::uint32_t low, std::uint32_t high) {
  constexpr std::uint32_t push = 0xff010113;  // addi sp, sp, -16
  auto memory = memories();
  for (std::size_t i = 0; i < 64; ++i) std::memcpy(&memory.front().bytes[4 * i], &push, 4);
  Hart hart(memory);
  hart.guard_stack(low, high);
  hart.set_reg(2, sp);
  return hart.run(std::int64_t{1} << 40, 64) == Stop::overflow ? static_cast<int>(hart.instructions()) : -1;
}

TEST(GuardedStack, IsFullWhenItsPointerLeavesIt) {
  constexpr std::uint32_t low = STOIC_RAM_BASE + 1024, high = low + 64;
  EXPECT_EQ(pushes_before_overflow(high, low, high), 4);
  EXPECT_EQ(pushes_before_overflow(high - 8, low, high), 3);
  EXPECT_EQ(pushes_before_overflow(low + 16, low, high), 1) << "to its very bottom, and no further";
}

TEST(GuardedStack, LeavesStacksOfTasksAloneThatLieBelowItOrAboveIt) {
  constexpr std::uint32_t low = STOIC_RAM_BASE + 2048, high = low + 64;
  EXPECT_EQ(pushes_before_overflow(low, low, high), -1) << "which begins where the other ends";
  EXPECT_EQ(pushes_before_overflow(low - 16, low, high), -1);
  EXPECT_EQ(pushes_before_overflow(high + 2048, low, high), -1);
}

TEST(GuardedStack, IsLeftByNothingThatOnlyComputesAnAddress) {
  constexpr std::uint32_t low = STOIC_RAM_BASE + 2048, high = low + 4096;
  constexpr std::uint32_t from_gp = 0xf0018113;                    // addi sp, gp, -256
  constexpr std::uint32_t upper = 0x80001137, lower = 0x80010113;  // lui sp, 0x80001; addi sp, sp, -2048
  for (const auto& program : {std::vector{from_gp, from_gp}, {upper, lower}}) {
    auto memory = memories();
    std::memcpy(memory.front().bytes.data(), program.data(), 8);
    Hart hart(memory);
    hart.guard_stack(low, high);
    hart.set_reg(2, high);
    hart.set_reg(3, low + 128);
    EXPECT_EQ(hart.run(std::int64_t{1} << 40, 2), Stop::time);
    EXPECT_EQ(hart.lowest_stack(), high);
  }
}

}  // namespace hart_test
}  // namespace stoic::platform

#pragma once
#include <cstdint>

namespace stoic::platform {

/// What is written to x0 goes to a register behind the others.
constexpr std::uint8_t no_register = 32;

/// What an instruction of RV32IMC and machine mode does. Compressed ones are the full ones that they stand for.
/// Registers of the calling convention.
inline constexpr unsigned return_address_register = 1, stack_pointer_register = 2;

enum class Op : std::uint8_t {
  unknown,  ///< not yet decoded
  illegal,
  // rd = rs1 op (rs2 + imm): with rs2 = x0 the instructions that have an immediate operand, LUI and AUIPC among them
  add,
  add_sp,  ///< the second: to the stack pointer
  sub,
  sll,
  slt,
  sltu,
  xor_,
  srl,
  sra,
  or_,
  and_,
  mul,
  mulh,
  mulhsu,
  mulhu,
  div,
  divu,
  rem,
  remu,
  jal,
  jalr,
  beq,
  bne,
  blt,
  bge,
  bltu,
  bgeu,
  lb,
  lh,
  lw,
  lbu,
  lhu,
  sb,
  sh,
  sw,
  fence,
  ecall,
  ebreak,
  mret,
  wfi,
  csrrw,
  csrrs,
  csrrc,
  csrrwi,
  csrrsi,
  csrrci,
  count
};

/// An instruction, decoded for the place where it lies.
struct Instruction {
  Op op = Op::unknown;
  std::uint8_t rd = no_register;  ///< where a result goes
  std::uint8_t rs1 = 0;
  std::uint8_t rs2 = 0;
  std::uint8_t length = 4;  ///< bytes
  std::int32_t imm = 0;     ///< of CSR instructions the number of the CSR
};

/// Bytes of the instruction that begins with these 16 bits.
constexpr unsigned instruction_length(std::uint32_t low) { return (low & 3) == 3 ? 4 : 2; }

/// The instruction with these bits (the upper half counts for the long ones only) at `pc`; Op::illegal for all that
/// is not RV32IMC, CSR access, MRET or WFI, reserved encodings among it.
Instruction decode(std::uint32_t bits, std::uint32_t pc);

constexpr bool is_load(Op op) { return op >= Op::lb && op <= Op::lhu; }
/// Bytes that a load or store moves.
constexpr unsigned access_size(Op op) {
  const bool byte = op == Op::lb || op == Op::lbu || op == Op::sb;
  const bool half = op == Op::lh || op == Op::lhu || op == Op::sh;
  return byte ? 1 : half ? 2 : 4;
}
constexpr bool is_store(Op op) { return op >= Op::sb && op <= Op::sw; }

}  // namespace stoic::platform

#include "stoic/sim/platform/instruction.hpp"

namespace stoic::platform {
namespace {

constexpr std::uint32_t field(std::uint32_t bits, int lsb, int width) {
  return bits >> lsb & ((1u << width) - 1);
}

constexpr std::int32_t sign_extended(std::uint32_t value, int width) {
  return static_cast<std::int32_t>(value << (32 - width)) >> (32 - width);
}

constexpr std::uint8_t target(std::uint32_t rd) {
  return rd == 0 ? no_register : static_cast<std::uint8_t>(rd);
}

constexpr Instruction make(Op op, std::uint32_t rd, std::uint32_t rs1, std::uint32_t rs2, std::int32_t imm,
                           unsigned length) {
  if (op == Op::add && rd == stack_pointer_register) op = Op::add_sp;
  return {op,
          target(rd),
          static_cast<std::uint8_t>(rs1),
          static_cast<std::uint8_t>(rs2),
          static_cast<std::uint8_t>(length),
          imm};
}

Instruction none(unsigned length) { return make(Op::illegal, 0, 0, 0, 0, length); }

// ---- Instructions of 32 bits ----

Op immediate_op(std::uint32_t kind, std::uint32_t upper) {
  constexpr Op plain[] = {Op::add, Op::illegal, Op::slt, Op::sltu, Op::xor_, Op::illegal, Op::or_, Op::and_};
  if (kind == 1) return upper == 0 ? Op::sll : Op::illegal;
  if (kind == 5) return upper == 0 ? Op::srl : upper == 0x20 ? Op::sra : Op::illegal;
  return plain[kind];
}

Op register_op(std::uint32_t kind, std::uint32_t upper) {
  constexpr Op plain[] = {Op::add, Op::sll, Op::slt, Op::sltu, Op::xor_, Op::srl, Op::or_, Op::and_};
  constexpr Op products[] = {Op::mul, Op::mulh, Op::mulhsu, Op::mulhu, Op::div, Op::divu, Op::rem, Op::remu};
  if (upper == 0) return plain[kind];
  if (upper == 1) return products[kind];
  if (upper != 0x20) return Op::illegal;
  return kind == 0 ? Op::sub : kind == 5 ? Op::sra : Op::illegal;
}

Instruction decode_system(std::uint32_t bits, std::uint32_t rd, std::uint32_t rs1) {
  constexpr Op csr[] = {Op::illegal, Op::csrrw,  Op::csrrs,  Op::csrrc,
                        Op::illegal, Op::csrrwi, Op::csrrsi, Op::csrrci};
  const auto kind = field(bits, 12, 3);
  if (kind != 0) return make(csr[kind], rd, rs1, 0, static_cast<std::int32_t>(field(bits, 20, 12)), 4);
  switch (bits) {
    case 0x00000073:
      return make(Op::ecall, 0, 0, 0, 0, 4);
    case 0x00100073:
      return make(Op::ebreak, 0, 0, 0, 0, 4);
    case 0x30200073:
      return make(Op::mret, 0, 0, 0, 0, 4);
    case 0x10500073:
      return make(Op::wfi, 0, 0, 0, 0, 4);
  }
  return none(4);
}

std::int32_t branch_offset(std::uint32_t bits) {
  return sign_extended(
      field(bits, 31, 1) << 12 | field(bits, 7, 1) << 11 | field(bits, 25, 6) << 5 | field(bits, 8, 4) << 1,
      13);
}

std::int32_t jump_offset(std::uint32_t bits) {
  return sign_extended(field(bits, 31, 1) << 20 | field(bits, 12, 8) << 12 | field(bits, 20, 1) << 11 |
                           field(bits, 21, 10) << 1,
                       21);
}

Instruction decode_long(std::uint32_t bits, std::uint32_t pc) {
  constexpr Op loads[] = {Op::lb, Op::lh, Op::lw, Op::illegal, Op::lbu, Op::lhu, Op::illegal, Op::illegal};
  constexpr Op branches[] = {Op::beq, Op::bne, Op::illegal, Op::illegal,
                             Op::blt, Op::bge, Op::bltu,    Op::bgeu};
  const auto rd = field(bits, 7, 5), kind = field(bits, 12, 3), rs1 = field(bits, 15, 5),
             rs2 = field(bits, 20, 5);
  const auto upper = field(bits, 25, 7);
  const auto imm = sign_extended(bits >> 20, 12);
  const auto high = static_cast<std::int32_t>(bits & 0xfffff000u);
  switch (field(bits, 0, 7)) {
    case 0x03:
      return make(loads[kind], rd, rs1, 0, imm, 4);
    case 0x0f:
      return kind < 2 ? make(Op::fence, 0, 0, 0, 0, 4) : none(4);
    case 0x13:
      return make(immediate_op(kind, upper), rd, rs1, 0,
                  (kind & 3) == 1 ? static_cast<std::int32_t>(rs2) : imm, 4);
    case 0x17:
      return make(Op::add, rd, 0, 0, static_cast<std::int32_t>(pc + static_cast<std::uint32_t>(high)), 4);
    case 0x23: {
      constexpr Op stores[] = {Op::sb, Op::sh, Op::sw};
      return kind < 3 ? make(stores[kind], 0, rs1, rs2, sign_extended(upper << 5 | rd, 12), 4) : none(4);
    }
    case 0x33:
      return make(register_op(kind, upper), rd, rs1, rs2, 0, 4);
    case 0x37:
      return make(Op::add, rd, 0, 0, high, 4);
    case 0x63:
      return make(branches[kind], 0, rs1, rs2, branch_offset(bits), 4);
    case 0x67:
      return kind == 0 ? make(Op::jalr, rd, rs1, 0, imm, 4) : none(4);
    case 0x6f:
      return make(Op::jal, rd, 0, 0, jump_offset(bits), 4);
    case 0x73:
      return decode_system(bits, rd, rs1);
  }
  return none(4);
}

// ---- Compressed instructions ----

std::int32_t short_jump_offset(std::uint32_t bits) {
  return sign_extended(field(bits, 12, 1) << 11 | field(bits, 11, 1) << 4 | field(bits, 9, 2) << 8 |
                           field(bits, 8, 1) << 10 | field(bits, 7, 1) << 6 | field(bits, 6, 1) << 7 |
                           field(bits, 3, 3) << 1 | field(bits, 2, 1) << 5,
                       12);
}

std::int32_t short_branch_offset(std::uint32_t bits) {
  return sign_extended(field(bits, 12, 1) << 8 | field(bits, 10, 2) << 3 | field(bits, 5, 2) << 6 |
                           field(bits, 3, 2) << 1 | field(bits, 2, 1) << 5,
                       9);
}

/// On x8 to x15: addresses on the stack, loads, stores.
Instruction decode_quadrant_0(std::uint32_t bits) {
  const auto a = 8 + field(bits, 7, 3), b = 8 + field(bits, 2, 3);
  const auto offset =
      static_cast<std::int32_t>(field(bits, 10, 3) << 3 | field(bits, 6, 1) << 2 | field(bits, 5, 1) << 6);
  switch (field(bits, 13, 3)) {
    case 0: {
      const auto imm =
          field(bits, 11, 2) << 4 | field(bits, 7, 4) << 6 | field(bits, 6, 1) << 2 | field(bits, 5, 1) << 3;
      return imm != 0 ? make(Op::add, b, 2, 0, static_cast<std::int32_t>(imm), 2) : none(2);
    }
    case 2:
      return make(Op::lw, b, a, 0, offset, 2);
    case 6:
      return make(Op::sw, 0, a, b, offset, 2);
  }
  return none(2);
}

Instruction decode_arithmetic(std::uint32_t bits, std::int32_t imm) {
  constexpr Op two[] = {Op::sub, Op::xor_, Op::or_, Op::and_};
  const auto a = 8 + field(bits, 7, 3), b = 8 + field(bits, 2, 3);
  switch (field(bits, 10, 2)) {
    case 0:
      return imm >= 0 ? make(Op::srl, a, a, 0, imm, 2) : none(2);
    case 1:
      return imm >= 0 ? make(Op::sra, a, a, 0, imm, 2) : none(2);
    case 2:
      return make(Op::and_, a, a, 0, imm, 2);
  }
  return field(bits, 12, 1) == 0 ? make(two[field(bits, 5, 2)], a, a, b, 0, 2) : none(2);
}

Instruction decode_quadrant_1(std::uint32_t bits) {
  const auto rd = field(bits, 7, 5);
  const auto imm = sign_extended(field(bits, 12, 1) << 5 | field(bits, 2, 5), 6);
  switch (field(bits, 13, 3)) {
    case 0:
      return make(Op::add, rd, rd, 0, imm, 2);
    case 1:
      return make(Op::jal, 1, 0, 0, short_jump_offset(bits), 2);
    case 2:
      return make(Op::add, rd, 0, 0, imm, 2);
    case 3: {
      if (imm == 0) return none(2);
      if (rd != 2)
        return make(Op::add, rd, 0, 0, static_cast<std::int32_t>(static_cast<std::uint32_t>(imm) << 12), 2);
      const auto stack =
          sign_extended(field(bits, 12, 1) << 9 | field(bits, 6, 1) << 4 | field(bits, 5, 1) << 6 |
                            field(bits, 3, 2) << 7 | field(bits, 2, 1) << 5,
                        10);
      return make(Op::add, 2, 2, 0, stack, 2);
    }
    case 4:
      return decode_arithmetic(bits, imm);
    case 5:
      return make(Op::jal, 0, 0, 0, short_jump_offset(bits), 2);
    case 6:
      return make(Op::beq, 0, 8 + field(bits, 7, 3), 0, short_branch_offset(bits), 2);
  }
  return make(Op::bne, 0, 8 + field(bits, 7, 3), 0, short_branch_offset(bits), 2);
}

Instruction decode_quadrant_2(std::uint32_t bits) {
  const auto rd = field(bits, 7, 5), rs2 = field(bits, 2, 5);
  const bool high = field(bits, 12, 1) != 0;
  switch (field(bits, 13, 3)) {
    case 0:
      return high ? none(2) : make(Op::sll, rd, rd, 0, static_cast<std::int32_t>(rs2), 2);
    case 2: {
      const auto offset = field(bits, 12, 1) << 5 | field(bits, 4, 3) << 2 | field(bits, 2, 2) << 6;
      return rd != 0 ? make(Op::lw, rd, 2, 0, static_cast<std::int32_t>(offset), 2) : none(2);
    }
    case 4:
      if (rs2 != 0) return high ? make(Op::add, rd, rd, rs2, 0, 2) : make(Op::add, rd, 0, rs2, 0, 2);
      if (rd == 0) return high ? make(Op::ebreak, 0, 0, 0, 0, 2) : none(2);
      return make(Op::jalr, high ? 1 : 0, rd, 0, 0, 2);
    case 6:
      return make(Op::sw, 0, 2, rs2,
                  static_cast<std::int32_t>(field(bits, 9, 4) << 2 | field(bits, 7, 2) << 6), 2);
  }
  return none(2);
}

}  // namespace

Instruction decode(std::uint32_t bits, std::uint32_t pc) {
  switch (bits & 3) {
    case 0:
      return decode_quadrant_0(bits & 0xffff);
    case 1:
      return decode_quadrant_1(bits & 0xffff);
    case 2:
      return decode_quadrant_2(bits & 0xffff);
  }
  return decode_long(bits, pc);
}

}  // namespace stoic::platform

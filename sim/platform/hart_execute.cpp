// The interpreter's loop.
#include <cstring>

#include "stoic/sim/platform/hart.hpp"

namespace stoic::platform {
namespace {

constexpr std::int32_t as_signed(std::uint32_t value) { return static_cast<std::int32_t>(value); }
constexpr std::uint32_t as_unsigned(std::int32_t value) { return static_cast<std::uint32_t>(value); }

template <class Word>
std::uint32_t loaded(const unsigned char* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return static_cast<std::uint32_t>(static_cast<std::int32_t>(word));
}

std::uint32_t high_product(std::int64_t a, std::int64_t b) {
  return static_cast<std::uint32_t>(static_cast<std::uint64_t>(a * b) >> 32);
}

std::uint32_t high_unsigned_product(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint32_t>(std::uint64_t{a} * b >> 32);
}

std::uint32_t quotient(std::uint32_t a, std::uint32_t b) {
  if (b == 0) return ~0u;
  if (a == 0x80000000u && b == ~0u) return a;
  return as_unsigned(as_signed(a) / as_signed(b));
}

std::uint32_t remainder(std::uint32_t a, std::uint32_t b) {
  if (b == 0) return a;
  if (a == 0x80000000u && b == ~0u) return 0;
  return as_unsigned(as_signed(a) % as_signed(b));
}

/// rd of an instruction whose operands are registers and immediates.
inline std::uint32_t computed(Op op, std::uint32_t a, std::uint32_t b) {
  switch (op) {
    case Op::sub:
      return a - b;
    case Op::sll:
      return a << (b & 31);
    case Op::slt:
      return as_signed(a) < as_signed(b) ? 1 : 0;
    case Op::sltu:
      return a < b ? 1 : 0;
    case Op::xor_:
      return a ^ b;
    case Op::srl:
      return a >> (b & 31);
    case Op::sra:
      return as_unsigned(as_signed(a) >> (b & 31));
    case Op::or_:
      return a | b;
    case Op::and_:
      return a & b;
    case Op::mul:
      return a * b;
    case Op::mulh:
      return high_product(as_signed(a), as_signed(b));
    case Op::mulhsu:
      return high_product(as_signed(a), std::int64_t{b});
    case Op::mulhu:
      return high_unsigned_product(a, b);
    case Op::div:
      return quotient(a, b);
    case Op::divu:
      return b == 0 ? ~0u : a / b;
    case Op::rem:
      return remainder(a, b);
    case Op::remu:
      return b == 0 ? a : a % b;
    default:
      return a + b;
  }
}

inline std::uint32_t loaded(Op op, const unsigned char* at) {
  switch (op) {
    case Op::lb:
      return loaded<std::int8_t>(at);
    case Op::lbu:
      return loaded<std::uint8_t>(at);
    case Op::lh:
      return loaded<std::int16_t>(at);
    case Op::lhu:
      return loaded<std::uint16_t>(at);
    default:
      return loaded<std::int32_t>(at);
  }
}

inline bool takes_branch(Op op, std::uint32_t a, std::uint32_t b) {
  switch (op) {
    case Op::beq:
      return a == b;
    case Op::bne:
      return a != b;
    case Op::blt:
      return as_signed(a) < as_signed(b);
    case Op::bge:
      return as_signed(a) >= as_signed(b);
    case Op::bltu:
      return a < b;
    default:
      return a >= b;
  }
}

/// Of the operations that meet no memory and go on behind themselves or at `next`. False: the operation is another.
inline bool jumps(const Instruction& i, std::uint32_t pc, std::uint32_t a, std::uint32_t* x,
                  std::uint32_t& next) {
  if (i.op == Op::jal) {
    x[i.rd] = next;
    next = pc + as_unsigned(i.imm);
    return true;
  }
  if (i.op != Op::jalr) return false;
  x[i.rd] = next;
  next = (a + as_unsigned(i.imm)) & ~1u;
  return true;
}

}  // namespace

void Hart::store(Room& room, std::uint32_t address, std::uint32_t value, unsigned size) {
  const auto at = address - room.base;
  std::memcpy(room.bytes + at, &value, size);
  if (!room.executable) return;
  const auto reaches = [&](std::uint32_t offset) { return room.pages[offset / page_bytes] != nullptr; };
  if (reaches(at < 2 ? 0 : at - 2) || reaches(at + size - 1)) forget(address, size);
}

/// What does not compute, jump, load or store. Members are up to date; pc_ is the instruction.
Stop Hart::execute_system(const Instruction& i, std::uint32_t& next) {
  switch (i.op) {
    case Op::ecall:
      return fail(environment_call, 0);
    case Op::ebreak:
      return fail(breakpoint, pc_);
    case Op::fence:
      return Stop::time;
    case Op::mret:
      next = csr_.leave();
      within_exception_ = false;
      returned_at_ = instructions_ + 1;
      return Stop::time;
    case Op::wfi:
      return (csr_.mie & csr_.mip) == 0 ? Stop::wfi : Stop::time;
    default:
      if (i.op >= Op::csrrw && access_csr(i)) return Stop::time;
      return fail(illegal_instruction, bits_at(pc_));
  }
}

template <bool observed>
Stop Hart::execute(std::int64_t end, std::int64_t last) {
  auto* const x = registers_.data();
  auto pc = pc_;
  auto time = time_;
  auto count = instructions_;
  Page* page = nullptr;
  std::uint32_t page_begin = 0, wait = 0;
  const auto leave = [&](Stop why) {
    pc_ = pc;
    time_ = time;
    instructions_ = count;
    return why;
  };
  while (time < end && count < last) {
    if (page == nullptr || pc - page_begin >= page_bytes) {
      page = page_of(pc, page_begin, wait);
      if (page == nullptr) return leave(fail(fetch_fault, pc));
    }
    auto& i = (*page)[(pc - page_begin) / 2];
    if (i.op == Op::unknown && !decode_at(pc, i)) return leave(Stop::exception);
    if constexpr (observed)
      if (!observer_->before(pc, i, time / milli)) return leave(Stop::asked);
    auto next = pc + i.length;
    const auto a = x[i.rs1];
    std::int64_t cost = costs_[static_cast<std::size_t>(i.op)] + fetching(wait, i);
    if (i.op >= Op::add && i.op <= Op::remu) {
      x[i.rd] = computed(i.op, a, x[i.rs2] + as_unsigned(i.imm));
      if (i.op == Op::add_sp && i.rs1 == stack_pointer_register &&
          !move_stack(a, x[stack_pointer_register], pc))
        return leave(Stop::overflow);
    } else if (i.op >= Op::beq && i.op <= Op::bgeu) {
      if (takes_branch(i.op, a, x[i.rs2])) {
        next = pc + as_unsigned(i.imm);
        cost += taken_more_;
      }
    } else if (is_load(i.op)) {
      const auto address = a + as_unsigned(i.imm);
      const auto* found = room(address, access_size(i.op));
      if (found == nullptr) return leave(ask(i, address));
      x[i.rd] = loaded(i.op, found->bytes + (address - found->base));
      cost += found->wait;
    } else if (is_store(i.op)) {
      const auto address = a + as_unsigned(i.imm);
      auto* found = room(address, access_size(i.op));
      if (found == nullptr || !found->writable) return leave(ask(i, address));
      store(*found, address, x[i.rs2], access_size(i.op));
      cost += found->wait;
    } else if (!jumps(i, pc, a, x, next)) {
      leave(Stop::time);
      const auto why = execute_system(i, next);
      if (why == Stop::exception) return why;
      pc = next;
      time += cost;
      ++count;
      leave(why);
      if (why != Stop::time) return why;
      if (csr_.due() != 0 && time < end && count < last && !take_interrupt()) return Stop::storm;
      pc = pc_;
      continue;
    }
    pc = next;
    time += cost;
    ++count;
  }
  return leave(Stop::time);
}

template Stop Hart::execute<false>(std::int64_t, std::int64_t);
template Stop Hart::execute<true>(std::int64_t, std::int64_t);

}  // namespace stoic::platform

#include "stoic/sim/platform/hart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace stoic::platform {
namespace {

/// Of the interrupts that are due the one that is taken first.
std::uint32_t first_of(std::uint32_t due) {
  return (due >> external_interrupt_number & 1) != 0 ? external_interrupt_number : timer_interrupt_number;
}

}  // namespace

Hart::Hart(std::vector<Memory>& memories) : pc_(STOIC_ROM_BASE) {
  costs_.fill(milli);
  for (auto& memory : memories) {
    auto& room = rooms_.emplace_back();
    room.base = memory.region.base;
    room.size = memory.region.size;
    room.bytes = memory.bytes.data();
    room.writable = memory.region.writable;
    room.executable = memory.region.executable;
    if (room.executable) room.pages.resize((room.size + page_bytes - 1) / page_bytes);
  }
  // What is written is asked for most.
  std::stable_partition(rooms_.begin(), rooms_.end(), [](const Room& r) { return r.writable; });
}

const Hart::Room* Hart::room(std::uint32_t address, unsigned size) const {
  for (const auto& room : rooms_)
    if (address - room.base < room.size && room.size - (address - room.base) >= size) return &room;
  return nullptr;
}

Hart::Room* Hart::room(std::uint32_t address, unsigned size) {
  return const_cast<Room*>(static_cast<const Hart&>(*this).room(address, size));
}

const unsigned char* Hart::bytes(std::uint32_t address, unsigned size) const {
  const auto* found = room(address, size);
  return found == nullptr ? nullptr : found->bytes + (address - found->base);
}

std::string Hart::dump() const {
  constexpr const char* names[] = {"zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
                                   "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
                                   "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
  std::string text = fmt::format(
      "  pc   {:08x}  mstatus {:08x}  mie {:08x}  mip {:08x}  mtvec {:08x}\n  mepc {:08x}  mcause {:08x}  "
      "mtval {:08x}\n",
      pc_, csr_.mstatus, csr_.mie, csr_.mip, csr_.mtvec, csr_.mepc, csr_.mcause, csr_.mtval);
  for (unsigned r = 0; r < 32; ++r)
    text += fmt::format("  {:4} {:08x}{}", names[r], registers_[r], r % 8 == 7 ? "\n" : "");
  return text;
}

bool Hart::poke(std::uint32_t address, std::string_view data) {
  const auto size = static_cast<unsigned>(data.size());
  auto* found = room(address, size);
  if (size == 0 || found == nullptr) return found != nullptr || size == 0;
  std::memcpy(found->bytes + (address - found->base), data.data(), size);
  forget(address, size);
  return true;
}

void Hart::forget(std::uint32_t address, std::size_t size) {
  auto* found = room(address, 1);
  if (found == nullptr || !found->executable) return;
  const auto begin = address - found->base;
  // A long instruction that begins two bytes earlier reaches here.
  const auto first = begin / 2 == 0 ? 0 : begin / 2 - 1;
  const auto last = (std::min<std::size_t>(begin + size, found->size) - 1) / 2;
  constexpr auto slots = page_bytes / 2;
  for (std::size_t p = first / slots; p <= last / slots; ++p) {
    if (found->pages[p] == nullptr) continue;
    const auto from = std::max<std::size_t>(first, p * slots),
               to = std::min<std::size_t>(last, (p + 1) * slots - 1);
    for (auto s = from; s <= to; ++s) (*found->pages[p])[s - p * slots].op = Op::unknown;
  }
}

bool Hart::has_code(std::uint32_t address) const {
  const auto* found = room(address, 2);
  return found != nullptr && found->executable;
}

void Hart::set_timing(const Timing& timing, double factor) {
  const auto milli_cycles = [](double cycles) {
    return static_cast<std::uint32_t>(std::llround(cycles * static_cast<double>(milli)));
  };
  const auto set = [&](Op first, Op last, double cycles) {
    for (auto op = static_cast<std::size_t>(first); op <= static_cast<std::size_t>(last); ++op)
      costs_[op] = milli_cycles(cycles * factor);
  };
  set(Op::unknown, Op::illegal, timing.system);
  set(Op::add, Op::and_, timing.alu);
  set(Op::mul, Op::mul, timing.mul);
  set(Op::mulh, Op::mulhu, timing.mulh);
  set(Op::div, Op::remu, timing.div);
  set(Op::jal, Op::jalr, timing.jump);
  set(Op::beq, Op::bgeu, timing.branch);
  set(Op::lb, Op::lhu, timing.load);
  set(Op::sb, Op::sw, timing.store);
  set(Op::fence, Op::csrrci, timing.system);
  taken_more_ = std::int64_t{milli_cycles(timing.taken * factor)} - milli_cycles(timing.branch * factor);
  for (auto& room : rooms_)
    room.wait = milli_cycles(room.base == STOIC_ROM_BASE   ? timing.rom
                             : room.base == STOIC_RAM_BASE ? timing.ram
                                                           : timing.model);
}

/// `begin`: the address of its first instruction; `wait`: that of its memory.
Hart::Page* Hart::page_of(std::uint32_t pc, std::uint32_t& begin, std::uint32_t& wait) {
  auto* found = room(pc, 2);
  if (found == nullptr || !found->executable) return nullptr;
  begin = pc - (pc - found->base) % page_bytes;
  wait = found->wait;
  auto& page = found->pages[(pc - found->base) / page_bytes];
  if (page == nullptr) page = std::make_unique<Page>();
  return page.get();
}

bool Hart::decode_at(std::uint32_t pc, Instruction& instruction) {
  const auto* found = room(pc, 2);
  cause_ = fetch_fault;
  trap_value_ = pc;
  if (!has_code(pc)) return false;
  const auto bits = bits_at(pc);
  trap_value_ = pc + 2;
  if (instruction_length(bits) == 4 && found->size - (pc - found->base) < 4) return false;
  instruction = decode(bits, pc);
  return true;
}

std::uint32_t Hart::bits_at(std::uint32_t pc) const {
  std::uint32_t bits = 0;
  if (const auto* at = bytes(pc, 2)) std::memcpy(&bits, at, 2);
  if (const auto* at = bytes(pc, 4); at != nullptr && instruction_length(bits) == 4)
    std::memcpy(&bits, at, 4);
  return bits;
}

Instruction Hart::current() {
  Instruction instruction;
  if (!decode_at(pc_, instruction)) instruction.op = Op::illegal;
  return instruction;
}

std::array<std::uint32_t, 2> Hart::next_accesses() const {
  auto pc = pc_;
  if (const auto due = csr_.due(); due != 0) {
    auto entered = csr_;
    pc = entered.enter(interrupt_flag | first_of(due), pc, 0);
  }
  const auto instruction = decode(bits_at(pc), pc);
  if (!is_load(instruction.op) && !is_store(instruction.op)) return {pc, pc};
  return {pc, registers_[instruction.rs1] + static_cast<std::uint32_t>(instruction.imm)};
}

void Hart::guard_stack(std::uint32_t low, std::uint32_t high) {
  stack_low_ = low;
  stack_high_ = lowest_stack_ = high;
}

/// False: the stack is full. `pc`: of the instruction that adds to sp.
bool Hart::move_stack(std::uint32_t before, std::uint32_t after, std::uint32_t pc) {
  if (stack_high_ == 0 || before < stack_low_ || before > stack_high_ || after >= lowest_stack_) return true;
  // At its very bottom without having sunk there: the top of another stack, a task's, that lies below.
  if (before == stack_low_ && lowest_stack_ != stack_low_) return true;
  // The second half of `la sp, ...`: what the first half, AUIPC or LUI, left in sp is no place.
  const auto first_half = decode(bits_at(pc - 4), pc - 4);
  if (first_half.op == Op::add_sp && first_half.rs1 == 0) return true;
  if (after < stack_low_) return false;
  lowest_stack_ = after;
  return true;
}

// ---- Traps ----

Stop Hart::fail(std::uint32_t cause, std::uint32_t value) {
  cause_ = cause;
  trap_value_ = value;
  return Stop::exception;
}

void Hart::take_exception(std::uint32_t cause, std::uint32_t value) {
  // A handler that traps itself has come no further than its first instructions.
  constexpr std::int64_t soon = 100;
  const bool nothing_between =
      within_exception_ ? instructions_ - exception_at_ < soon : instructions_ == returned_at_;
  // One stack pointer and other values: somebody looks what can be reached, and leaves the handler by longjmp().
  const bool alike = pc_ == exception_pc_ &&
                     (value == exception_value_ || registers_[stack_pointer_register] != exception_sp_);
  fruitless_ = nothing_between && alike ? fruitless_ + 1 : 0;
  if (!within_exception_) first_exception_pc_ = pc_;
  within_exception_ = true;
  exception_pc_ = pc_;
  exception_value_ = value;
  exception_sp_ = registers_[stack_pointer_register];
  exception_at_ = instructions_;
  pc_ = csr_.enter(cause, pc_, value);
}

/// False: nothing but interrupts happens.
bool Hart::take_interrupt() {
  const auto number = first_of(csr_.due());
  storm_ = instructions_ == returned_at_ && pc_ == interrupted_pc_ ? storm_ + 1 : 0;
  if (storm_ >= storm_limit) return false;
  interrupted_pc_ = pc_;
  ++interrupts_;
  pc_ = csr_.enter(interrupt_flag | number, pc_, 0);
  return true;
}

// ---- Execution ----

/// A load or store that no memory serves.
Stop Hart::ask(const Instruction& instruction, std::uint32_t address) {
  access_.store = is_store(instruction.op);
  access_.size = access_size(instruction.op);
  access_.sign_extend = instruction.op == Op::lb || instruction.op == Op::lh;
  access_.address = address;
  access_.value = access_.store ? registers_[instruction.rs2] : 0;
  return Stop::data_access;
}

void Hart::finish_access(std::uint32_t value) {
  const auto instruction = current();
  if (!access_.store) {
    const auto unused = 32 - 8 * access_.size;
    if (unused > 0)
      value = access_.sign_extend
                  ? static_cast<std::uint32_t>(static_cast<std::int32_t>(value << unused) >> unused)
                  : value << unused >> unused;
    registers_[instruction.rd] = value;
  }
  if (const auto* code = room(pc_, 2); code != nullptr) time_ += fetching(code->wait, instruction);
  pc_ += instruction.length;
  time_ += costs_[static_cast<std::size_t>(instruction.op)];
  ++instructions_;
}

/// False: there is no such register, or it cannot be written.
bool Hart::access_csr(const Instruction& instruction) {
  const bool immediate = instruction.op >= Op::csrrwi;
  const auto operand = immediate ? instruction.rs1 : registers_[instruction.rs1];
  const auto number = static_cast<std::uint32_t>(instruction.imm);
  const auto old = csr_.read(number, cycle(), instructions_);
  const bool swaps = instruction.op == Op::csrrw || instruction.op == Op::csrrwi;
  const bool sets = instruction.op == Op::csrrs || instruction.op == Op::csrrsi;
  if (!old) return false;
  clock_reads_ += shows_time(number);
  if (swaps || instruction.rs1 != 0) {
    const bool read_only = number >> 10 == 3;
    const auto value = swaps ? operand : sets ? *old | operand : *old & ~operand;
    if (read_only || !csr_.write(number, value, cycle(), instructions_)) return false;
  }
  registers_[instruction.rd] = *old;
  return true;
}

Stop Hart::run(std::int64_t end, std::int64_t count) {
  if (csr_.due() != 0 && !take_interrupt()) return Stop::storm;
  const auto most = std::numeric_limits<std::int64_t>::max();
  const auto last = count < most - instructions_ ? instructions_ + count : most;
  return observer_ == nullptr ? execute<false>(end, last) : execute<true>(end, last);
}

}  // namespace stoic::platform

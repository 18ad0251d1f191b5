#include "stoic/sim/platform/unicorn.hpp"

#include <fmt/format.h>
#include <unicorn/unicorn.h>

#include <cstring>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/platform/load_store.hpp"

namespace stoic::platform {
namespace {

constexpr std::size_t block_cache = 4096;
constexpr std::uint32_t block_bytes_max =
    4096;  ///< Unicorn gives nonsense sizes for blocks that fault at once
constexpr std::uint32_t mie_bit = 1u << 3, mpie_bit = 1u << 7, mpp_machine = 3u << 11;

void require(uc_err error, const char* what) {
  if (error != UC_ERR_OK) throw Error(fmt::format("the CPU model: {}: {}", what, uc_strerror(error)));
}

}  // namespace

Unicorn::Unicorn(std::vector<Memory>& memories)
    : memories_(memories), pc_(STOIC_ROM_BASE), seen_(block_cache) {
  require(uc_open(UC_ARCH_RISCV, UC_MODE_RISCV32, &uc_), "it cannot be opened");
  for (auto& memory : memories_) {
    std::uint32_t access = UC_PROT_READ;
    if (memory.region.writable) access |= UC_PROT_WRITE;
    if (memory.region.executable) access |= UC_PROT_EXEC;
    require(uc_mem_map_ptr(uc_, memory.region.base, memory.region.size, access, memory.bytes.data()),
            "a memory cannot be mapped");
  }
  uc_hook hook;
  require(uc_hook_add(uc_, &hook, UC_HOOK_BLOCK, reinterpret_cast<void*>(&on_block), this, 1, 0),
          "no block hook");
  require(uc_hook_add(uc_, &hook, UC_HOOK_INTR, reinterpret_cast<void*>(&on_interrupt), this, 1, 0),
          "no exception hook");
  require(uc_hook_add(uc_, &hook, UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE, reinterpret_cast<void*>(&on_memory),
                      this, 1, 0),
          "no memory hook");
  require(uc_hook_add(uc_, &hook, UC_HOOK_MEM_INVALID, reinterpret_cast<void*>(&on_fault), this, 1, 0),
          "no fault hook");
}

Unicorn::~Unicorn() { uc_close(uc_); }

void Unicorn::trace(std::function<void(std::uint32_t)> before) {
  before_ = std::move(before);
  uc_hook hook;
  require(uc_hook_add(uc_, &hook, UC_HOOK_CODE, reinterpret_cast<void*>(&on_code), this, 1, 0),
          "no instruction hook");
}

void Unicorn::on_code(uc_struct*, std::uint64_t address, std::uint32_t, void* self) {
  auto& cpu = *static_cast<Unicorn*>(self);
  if (!cpu.stopped_by_count_) cpu.before_(static_cast<std::uint32_t>(address));
}

void Unicorn::on_memory(uc_struct*, int type, std::uint64_t address, int, std::int64_t, void* self) {
  auto& cpu = *static_cast<Unicorn*>(self);
  ++cpu.block_accesses_;
  cpu.last_address_ = address;
  cpu.last_is_store_ = type == UC_MEM_WRITE;
}

/// An access fails. Stores have been announced to on_memory() before, loads have not. An earlier access of
/// the same block to the same place would have failed itself, or was a load from where now a store fails.
bool Unicorn::on_fault(uc_struct*, int type, std::uint64_t address, int, std::int64_t, void* self) {
  auto& cpu = *static_cast<Unicorn*>(self);
  const bool store = type == UC_MEM_WRITE_UNMAPPED || type == UC_MEM_WRITE_PROT;
  cpu.counted_ = cpu.block_accesses_ > 0 && cpu.last_address_ == address && cpu.last_is_store_ == store;
  return false;
}

void Unicorn::on_interrupt(uc_struct* uc, std::uint32_t number, void* self) {
  static_cast<Unicorn*>(self)->interrupt_number_ = static_cast<int>(number);
  uc_emu_stop(uc);
}

void Unicorn::on_block(uc_struct* uc, std::uint64_t address, std::uint32_t size, void* self) {
  auto& cpu = *static_cast<Unicorn*>(self);
  cpu.instructions_ += cpu.block_count_;
  cpu.block_count_ = 0;
  cpu.block_accesses_ = 0;
  cpu.block_ = 1;
  if (cpu.instructions_ >= cpu.stop_at_) {
    cpu.stopped_by_count_ = true;  // before the first instruction of this block
    uc_emu_stop(uc);
    return;
  }
  cpu.begin_block(static_cast<std::uint32_t>(address), size);
}

void Unicorn::begin_block(std::uint32_t address, std::uint32_t size) {
  auto& seen = seen_[address / 2 % block_cache];
  if (seen.address != address || seen.size != size)
    seen = {address, size, size <= block_bytes_max ? count_instructions(address, address + size) : 0};
  block_ = address;
  block_count_ = seen.count;
}

/// Instructions that begin in [from, to).
std::uint32_t Unicorn::count_instructions(std::uint32_t from, std::uint32_t to) const {
  std::uint32_t count = 0;
  while (from < to) {
    std::uint16_t low = 0;
    const auto* at = bytes(from, 2);
    if (at == nullptr) break;
    std::memcpy(&low, at, 2);
    from += instruction_length(low);
    ++count;
  }
  return count;
}

const unsigned char* Unicorn::bytes(std::uint32_t address, unsigned size) const {
  for (const auto& memory : memories_) {
    const auto& region = memory.region;
    if (address >= region.base && std::uint64_t{address} + size <= std::uint64_t{region.base} + region.size)
      return memory.bytes.data() + (address - region.base);
  }
  return nullptr;
}

Stop Unicorn::run(std::int64_t count) {
  stop_at_ = instructions_ + count;
  block_count_ = 0;
  block_ = 1;
  stopped_by_count_ = false;
  interrupt_number_ = -1;
  const auto error = uc_emu_start(uc_, pc_, ~std::uint64_t{0}, 0, 0);
  std::uint64_t pc = 0;
  uc_reg_read(uc_, UC_RISCV_REG_PC, &pc);
  pc_ = static_cast<std::uint32_t>(pc);
  return explain(error);
}

/// The load or store of the current block that did not happen: the latest that was begun.
std::uint32_t Unicorn::faulting_access() const {
  const auto number = block_accesses_ + (counted_ ? 0 : 1);
  auto at = block_;
  for (std::uint32_t begun = 0; bytes(at, 4) != nullptr;) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, bytes(at, 4), 4);
    if (decode_load_store(bits) && ++begun == number) return at;
    at += instruction_length(static_cast<std::uint16_t>(bits));
  }
  throw Error(fmt::format("the CPU model: no access number {} in the block at {:#010x}", number, block_));
}

/// What uc_emu_start came back with. Counts what ran of the last block.
Stop Unicorn::explain(int error) {
  if (stopped_by_count_) return Stop::quantum;
  const bool data_failed = error == UC_ERR_READ_UNMAPPED || error == UC_ERR_WRITE_UNMAPPED ||
                           error == UC_ERR_READ_PROT || error == UC_ERR_WRITE_PROT;
  if (data_failed) pc_ = faulting_access();
  const bool fetch_failed =
      error == UC_ERR_FETCH_UNMAPPED || error == UC_ERR_FETCH_PROT || error == UC_ERR_FETCH_UNALIGNED;
  if (interrupt_number_ >= 0) pc_ -= 4;  // Unicorn has gone on by 4, whatever the instruction's length
  instructions_ += fetch_failed ? block_count_ : block_ == 1 ? 0 : count_instructions(block_, pc_);
  block_count_ = 0;
  trap_value_ = 0;
  if (fetch_failed) {
    cause_ = 1;
    trap_value_ = pc_;
    return Stop::exception;
  }
  if (interrupt_number_ >= 0) {
    cause_ = static_cast<std::uint32_t>(interrupt_number_);
    if (cause_ == 8) cause_ = 11;  // all is machine mode here
    return Stop::exception;
  }
  switch (error) {
    case UC_ERR_OK:
      return Stop::wfi;
    case UC_ERR_INSN_INVALID: {  // EBREAK and C.EBREAK among them
      std::uint32_t bits = 0;
      if (const auto* at = bytes(pc_, 4)) std::memcpy(&bits, at, 4);
      cause_ = bits == 0x00100073 || (bits & 0xffff) == 0x9002 ? 3 : 2;
      return Stop::exception;
    }
    default:
      if (data_failed) return Stop::data_access;
      throw Error(fmt::format("the CPU model: {} at {:#010x}", uc_strerror(static_cast<uc_err>(error)), pc_));
  }
}

void Unicorn::skip(unsigned length) {
  pc_ += length;
  ++instructions_;
}

std::uint32_t Unicorn::reg(unsigned number) const {
  std::uint64_t value = 0;
  uc_reg_read(uc_, UC_RISCV_REG_X0 + static_cast<int>(number), &value);
  return static_cast<std::uint32_t>(value);
}

void Unicorn::set_reg(unsigned number, std::uint32_t value) {
  std::uint64_t wide = value;
  if (number != 0) uc_reg_write(uc_, UC_RISCV_REG_X0 + static_cast<int>(number), &wide);
}

std::uint32_t Unicorn::csr(int id) const {
  std::uint64_t value = 0;
  uc_reg_read(uc_, id, &value);
  return static_cast<std::uint32_t>(value);
}

void Unicorn::set_csr(int id, std::uint32_t value) {
  std::uint64_t wide = value;
  uc_reg_write(uc_, id, &wide);
}

bool Unicorn::interrupts_enabled() const { return (csr(UC_RISCV_REG_MSTATUS) & mie_bit) != 0; }
std::uint32_t Unicorn::enabled_mask() const { return csr(UC_RISCV_REG_MIE); }
std::uint32_t Unicorn::trap_vector() const { return csr(UC_RISCV_REG_MTVEC); }

void Unicorn::take_trap(std::uint32_t cause, std::uint32_t value) {
  const auto status = csr(UC_RISCV_REG_MSTATUS);
  const auto vector = trap_vector();
  const bool interrupt = cause >> 31 != 0;
  set_csr(UC_RISCV_REG_MEPC, pc_);
  set_csr(UC_RISCV_REG_MCAUSE, cause);
  set_csr(UC_RISCV_REG_MTVAL, value);
  set_csr(UC_RISCV_REG_MSTATUS,
          (status & ~(mie_bit | mpie_bit)) | mpp_machine | ((status & mie_bit) != 0 ? mpie_bit : 0));
  pc_ = (vector & ~3u) + (interrupt && (vector & 3) == 1 ? 4 * (cause & 0x7fffffff) : 0);
}

std::string Unicorn::dump() const {
  constexpr const char* names[] = {"zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
                                   "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
                                   "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
  std::string text = fmt::format(
      "  pc   {:08x}  mstatus {:08x}  mie {:08x}  mtvec {:08x}\n  mepc {:08x}  mcause {:08x}  mtval {:08x}\n",
      pc_, csr(UC_RISCV_REG_MSTATUS), csr(UC_RISCV_REG_MIE), trap_vector(), csr(UC_RISCV_REG_MEPC),
      csr(UC_RISCV_REG_MCAUSE), csr(UC_RISCV_REG_MTVAL));
  for (unsigned r = 0; r < 32; ++r)
    text +=
        fmt::format("{}{:4} {:08x}{}", r % 8 == 0 ? "  " : "  ", names[r], reg(r), r % 8 == 7 ? "\n" : "");
  return text;
}

}  // namespace stoic::platform

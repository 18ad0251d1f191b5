#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "stoic/sim/platform/bus.hpp"

struct uc_struct;

namespace stoic::platform {

/// Why a stretch of instructions ended.
enum class Stop {
  quantum,      ///< as many instructions as were asked for, to the end of a block
  data_access,  ///< before a load or store that no memory serves; also a store to read-only memory
  wfi,          ///< after WFI
  exception,    ///< ECALL, EBREAK, illegal instruction, fetch from where no code is
};

/// One hart of Unicorn, machine mode, with its memories mapped and its peculiarities wrapped:
///
/// - Unicorn vectors nowhere by itself. exception() names the cause; take_trap() enters the handler.
/// - Loads and stores beyond the memories stop *before* the instruction, with nothing changed, so that a bus
/// error can
///   be a precise trap. Whoever has done the access calls write_register() and skip().
/// - After such a stop Unicorn 2.0.1 says where the block began, not which instruction it was. Accesses are
/// counted by
///   a hook, and the instruction is found by its number.
/// - Time is what instructions() says: blocks are counted as they begin, and the part of the last one that
/// ran. MCYCLE
///   and MINSTRET are counters of this machine and mean nothing.
/// - MIP reads as 0.
class Unicorn {
 public:
  /// Throws Error when Unicorn cannot be set up.
  explicit Unicorn(std::vector<Memory>& memories);
  ~Unicorn();
  Unicorn(const Unicorn&) = delete;
  Unicorn& operator=(const Unicorn&) = delete;

  /// Runs `count` instructions, and on to the end of a block.
  Stop run(std::int64_t count);
  std::int64_t instructions() const { return instructions_; }

  std::uint32_t pc() const { return pc_; }
  void set_pc(std::uint32_t pc) { pc_ = pc; }
  std::uint32_t reg(unsigned number) const;  ///< x0 to x31
  void set_reg(unsigned number, std::uint32_t value);

  /// After Stop::exception: mcause and mtval; pc() is the instruction.
  std::uint32_t cause() const { return cause_; }
  std::uint32_t trap_value() const { return trap_value_; }

  /// The instruction at `pc`, which was done outside, counts, and execution goes on behind it.
  void skip(unsigned length);

  /// As the privileged architecture defines entry into machine mode from machine mode: mepc = pc(), mcause,
  /// mtval, MPIE = MIE, MIE = 0, MPP = machine, pc = mtvec (vectored for interrupts when it says so).
  void take_trap(std::uint32_t cause, std::uint32_t value);
  bool interrupts_enabled() const;     ///< mstatus.MIE
  std::uint32_t enabled_mask() const;  ///< mie
  std::uint32_t trap_vector() const;   ///< mtvec

  /// The bytes at an address; null where there is no memory.
  const unsigned char* bytes(std::uint32_t address, unsigned size) const;
  /// Registers and the trap CSRs, several lines.
  std::string dump() const;

  /// If set, called before every instruction, with its address. Costs much speed.
  void trace(std::function<void(std::uint32_t)> before);

 private:
  struct Block {
    std::uint32_t address = 1;  ///< no block begins there
    std::uint32_t size = 0;
    std::uint32_t count = 0;
  };
  static void on_block(uc_struct* uc, std::uint64_t address, std::uint32_t size, void* self);
  static void on_interrupt(uc_struct* uc, std::uint32_t number, void* self);
  static void on_memory(uc_struct* uc, int type, std::uint64_t address, int size, std::int64_t value,
                        void* self);
  static bool on_fault(uc_struct* uc, int type, std::uint64_t address, int size, std::int64_t value,
                       void* self);
  static void on_code(uc_struct* uc, std::uint64_t address, std::uint32_t size, void* self);
  void begin_block(std::uint32_t address, std::uint32_t size);
  std::uint32_t count_instructions(std::uint32_t from, std::uint32_t to) const;
  std::uint32_t csr(int id) const;
  void set_csr(int id, std::uint32_t value);
  Stop explain(int error);
  std::uint32_t faulting_access() const;

  uc_struct* uc_ = nullptr;
  std::vector<Memory>& memories_;
  std::uint32_t pc_;
  std::int64_t instructions_ = 0;  ///< of whole blocks; the current one is not in it
  std::int64_t stop_at_ = 0;
  std::uint32_t block_ = 1;           ///< where the current block began
  std::uint32_t block_count_ = 0;     ///< its instructions
  std::uint32_t block_accesses_ = 0;  ///< loads and stores of the current block so far
  bool counted_ = false;              ///< the access that failed is among them
  std::uint64_t last_address_ = 0;    ///< of the latest access
  bool last_is_store_ = false;
  std::vector<Block> seen_;
  bool stopped_by_count_ = false;
  int interrupt_number_ = -1;
  std::uint32_t cause_ = 0;
  std::uint32_t trap_value_ = 0;
  std::function<void(std::uint32_t)> before_;
};

}  // namespace stoic::platform

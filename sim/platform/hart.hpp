#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "stoic/sim/platform/bus.hpp"
#include "stoic/sim/platform/csr.hpp"
#include "stoic/sim/platform/instruction.hpp"
#include "stoic/sim/platform/timing.hpp"

namespace stoic::platform {

/// Why a stretch of instructions ended.
enum class Stop {
  time,         ///< the next instruction begins later
  data_access,  ///< before a load or store that no memory serves; also a store to read-only memory
  wfi,          ///< after WFI, with no interrupt that would end it
  exception,    ///< ECALL, EBREAK, illegal instruction, fetch from where no code is
  overflow,     ///< the stack pointer went below the stack
  storm,        ///< an interrupt is taken again and again, and nothing else happens
  asked,        ///< an observer said so, before the instruction
};

/// A load or store that the bus has to do.
struct DataAccess {
  bool store = false;
  unsigned size = 4;  ///< bytes
  bool sign_extend = false;
  std::uint32_t address = 0;
  std::uint32_t value = 0;  ///< to be stored
};

/// What looks at every instruction. Costs speed.
class Observer {
 public:
  virtual ~Observer() = default;
  /// Before an instruction that begins in clock cycle `cycle`; false: do not execute it, stop.
  virtual bool before(std::uint32_t pc, const Instruction& instruction, std::int64_t cycle) = 0;
};

/// One hart of RV32IMC, machine mode alone, without devices: memories are accessed directly, everything else is asked
/// for. It interprets instructions that it has decoded before, page by page.
///
/// Time: an instruction begins when the one before it has ended, and takes as long as `set_timing` says. Interrupts are
/// looked at before the first instruction of a stretch, after every instruction that may enable one and after MRET;
/// their lines change between stretches only.
class Hart {
 public:
  explicit Hart(std::vector<Memory>& memories);
  Hart(const Hart&) = delete;
  Hart& operator=(const Hart&) = delete;

  /// Executes what begins before `end`, in thousandths of a clock cycle, and at most `count` instructions.
  Stop run(std::int64_t end, std::int64_t count);

  std::int64_t time() const { return time_; }  ///< when the next instruction begins, thousandths of a cycle
  std::int64_t cycle() const { return time_ / milli; }
  void set_time(std::int64_t time) { time_ = time; }
  std::int64_t instructions() const { return instructions_; }  ///< retired
  std::int64_t interrupts() const { return interrupts_; }      ///< taken
  std::int64_t clock_reads() const { return clock_reads_; }    ///< of registers that shows_time()
  /// How long instructions take, in cycles times `factor`; waits of memories are cycles.
  void set_timing(const Timing& timing, double factor);

  std::uint32_t pc() const { return pc_; }
  void set_pc(std::uint32_t pc) { pc_ = pc; }
  std::uint32_t reg(unsigned number) const { return registers_[number]; }  ///< x0 to x31
  void set_reg(unsigned number, std::uint32_t value) {
    if (number != 0) registers_[number] = value;
  }
  Csr& csr() { return csr_; }
  const Csr& csr() const { return csr_; }

  /// After Stop::exception: mcause and mtval; pc() is the instruction.
  std::uint32_t cause() const { return cause_; }
  std::uint32_t trap_value() const { return trap_value_; }
  /// After Stop::data_access.
  const DataAccess& access() const { return access_; }
  /// The access was done, a load gave `value`: the instruction retires.
  void finish_access(std::uint32_t value);
  /// The instruction at pc() traps.
  void take_exception(std::uint32_t cause, std::uint32_t value);

  /// Exceptions in a row at one place without an instruction that made progress: what traps for ever.
  std::int64_t fruitless_exceptions() const { return fruitless_; }
  std::int64_t interrupts_in_a_row() const { return storm_; }  ///< but for the first
  /// Something went on that instructions do not show, such as input taken: no storm, and no loop of traps.
  void went_on() { fruitless_ = storm_ = 0; }
  /// Where the first of the exceptions happened that no MRET has ended yet, and the registers then.
  std::uint32_t first_exception_pc() const { return first_exception_pc_; }

  /// Where the latest interrupt was taken.
  std::uint32_t interrupted_pc() const { return interrupted_pc_; }

  /// sp taken below `low` from within ends a stretch; from `low` itself when it had sunk there, as another stack may begin
  /// where this one ends. Both 0: nothing does.
  void guard_stack(std::uint32_t low, std::uint32_t high);
  /// The lowest sp within the guarded stack so far.
  std::uint32_t lowest_stack() const { return lowest_stack_; }

  /// The bytes at an address; null where there is no memory.
  const unsigned char* bytes(std::uint32_t address, unsigned size) const;
  /// Whether instructions can be fetched there.
  bool has_code(std::uint32_t address) const;
  /// Writes where a debugger wants to, read-only or not; false: there is no memory for all of it.
  bool poke(std::uint32_t address, std::string_view data);
  /// Somebody else has written to memory: instructions there are decoded anew.
  void forget(std::uint32_t address, std::size_t size);
  /// The addresses that the next instruction, that of a handler when an interrupt is due, is fetched from and loads from
  /// or stores to; the same one twice where it does neither.
  std::array<std::uint32_t, 2> next_accesses() const;
  /// The instruction at pc(), decoded.
  Instruction current();
  /// Registers and the trap CSRs, several lines.
  std::string dump() const;

  /// Null: nobody looks.
  void observe(Observer* observer) { observer_ = observer; }

  static constexpr std::int64_t milli = 1000;
  /// Interrupts in a row at one place without an instruction between them that are a storm.
  static constexpr std::int64_t storm_limit = 50000;

 private:
  static constexpr std::uint32_t page_bytes = 4096;
  using Page = std::array<Instruction, page_bytes / 2>;
  /// A memory, laid out for speed.
  struct Room {
    std::uint32_t base = 0;
    std::uint32_t size = 0;
    unsigned char* bytes = nullptr;
    bool writable = false;
    bool executable = false;
    std::uint32_t wait = 0;                    ///< for a word, thousandths of a cycle
    std::vector<std::unique_ptr<Page>> pages;  ///< decoded; none where nothing ran
  };

  template <bool observed>
  Stop execute(std::int64_t end, std::int64_t last);
  Room* room(std::uint32_t address, unsigned size);
  const Room* room(std::uint32_t address, unsigned size) const;
  Page* page_of(std::uint32_t pc, std::uint32_t& begin, std::uint32_t& wait);
  /// What an instruction waits for when it is fetched, from a memory with this wait for a word.
  static std::uint32_t fetching(std::uint32_t wait, const Instruction& instruction) {
    return wait * instruction.length / 4;
  }
  std::uint32_t bits_at(std::uint32_t pc) const;
  Stop execute_system(const Instruction& instruction, std::uint32_t& next);
  void store(Room& room, std::uint32_t address, std::uint32_t value, unsigned size);
  /// Decodes the instruction at `pc`. False: no code is there, and cause_ and trap_value_ are set.
  bool decode_at(std::uint32_t pc, Instruction& instruction);
  bool access_csr(const Instruction& instruction);
  Stop ask(const Instruction& instruction, std::uint32_t address);
  Stop fail(std::uint32_t cause, std::uint32_t value);
  bool take_interrupt();
  bool move_stack(std::uint32_t before, std::uint32_t after, std::uint32_t pc);

  std::array<std::uint32_t, 33> registers_{};
  std::uint32_t pc_;
  std::int64_t time_ = 0;
  std::int64_t instructions_ = 0;
  Csr csr_;
  std::array<std::uint32_t, static_cast<std::size_t>(Op::count)> costs_;
  std::int64_t taken_more_ = 0;  ///< than a branch that is not taken
  std::vector<Room> rooms_;
  std::uint32_t cause_ = 0;
  std::uint32_t trap_value_ = 0;
  DataAccess access_;
  Observer* observer_ = nullptr;

  std::int64_t interrupts_ = 0, clock_reads_ = 0;
  std::int64_t returned_at_ = -1;  ///< instructions_ after the latest MRET
  std::uint32_t interrupted_pc_ = 0;
  std::int64_t storm_ = 0;  ///< interrupts in a row at one place without an instruction between them
  std::uint32_t exception_pc_ = 0;
  std::uint32_t exception_value_ = 0, exception_sp_ = 0;
  std::int64_t exception_at_ = 0;  ///< instructions_ then
  std::int64_t fruitless_ = 0;
  bool within_exception_ = false;  ///< no MRET since the latest
  std::uint32_t first_exception_pc_ = 0;

  std::uint32_t stack_low_ = 0, stack_high_ = 0, lowest_stack_ = 0;
};

}  // namespace stoic::platform

#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

// The compact trace of instructions, about a byte for each: what stands in it is what could not be foretold.
//
//   file         "STOICIT1", number of the first instruction, records, the end
//   number       unsigned: seven bits a byte, the lowest first, bit 7 set in all but the last;
//                signed: folded before, 0 -1 1 -2 ... as 0 1 2 3 ...
//   record       0x80 + n     n + 1 instructions, all as foretold
//                0x00 + bits  one instruction, and in this order, as far as their bits are set:
//                  bit 0  its address, less the foretold one, signed, in 32 bits
//                  bit 1  what is at its address: bytes of the instruction (2 or 4), the register that it writes (0 to 31; 32:
//                         none), bytes of the text, the text, as between address and written register of a line
//                  bit 2  its cycle, less the foretold one, signed
//                  bit 3  what it wrote, less the foretold value, signed, in 32 bits
//   end          0x40, the number of instructions
//
// Foretold is: the address that followed last time the instruction before was at its address, else the one behind it (of
// the first instruction 0); the cycles that passed then, else 1 (0); the register's latest value plus what was added to it
// last time the instruction was at its address, else that value (0 at first). What is at an address stands there when it is
// met for the first time, and when it has changed; "last time" begins anew then. So does the reader need nothing but the file.
namespace stoic {

struct TracedInstruction {
  static constexpr std::uint8_t writes_nothing = 32;  ///< the number of no register

  std::int64_t number = 0;
  std::int64_t cycle = 0;  ///< in which it begins
  std::uint32_t address = 0;
  std::uint8_t length = 4;                ///< bytes
  std::uint8_t written = writes_nothing;  ///< number of the register
  std::uint32_t value = 0;                ///< that is in it afterwards
  bool operator==(const TracedInstruction&) const = default;
};

/// Its line in a trace of lines, with the newline; `text` is what it is and where.
std::string trace_line(const TracedInstruction& instruction, std::string_view text);
/// The line above all others.
inline constexpr std::string_view trace_title = "# number cycle address instruction place written\n";

/// What writer and reader foretell alike.
class TraceForecast {
 public:
  struct Known {
    std::uint8_t length = 0, written = 0;
    std::string text;  ///< the reader's alone
    std::uint32_t next = 0;
    std::int64_t cycles = 1;
    std::uint32_t step = 0;
  };
  std::uint32_t address() const { return last_ == nullptr ? 0 : last_->next; }
  std::int64_t cycle() const;
  std::uint32_t value(const Known& known) const { return registers_[known.written] + known.step; }
  /// Null: nothing.
  Known* find(std::uint32_t address);
  Known& define(std::uint32_t address, std::uint8_t length, std::uint8_t written);
  /// The instruction ran.
  void note(Known& known, const TracedInstruction& instruction);

 private:
  std::unordered_map<std::uint32_t, Known> known_;
  std::array<std::uint32_t, 33> registers_{};
  Known* last_ = nullptr;
  std::int64_t last_cycle_ = 0;
};

/// Makes the bytes of a compact trace of instructions that follow each other.
class CompactTraceWriter {
 public:
  /// The bytes since the last time.
  std::string take();
  /// `text(address)` is asked for what is there when the trace does not know yet.
  template <class Text>
  void add(const TracedInstruction& instruction, const Text& text) {
    const auto* known = forecast_.find(instruction.address);
    if (known != nullptr && known->length == instruction.length && known->written == instruction.written)
      return put(instruction, nullptr);
    const std::string words = text(instruction.address);
    put(instruction, &words);
  }
  /// No more instructions.
  void finish();

 private:
  void put(const TracedInstruction& instruction, const std::string* text);
  void end_run();
  void put_number(std::uint64_t number);
  void put_signed(std::int64_t number);

  TraceForecast forecast_;
  std::string bytes_;
  unsigned run_ = 0;  ///< instructions as foretold that are not yet written
  std::uint64_t count_ = 0;
};

/// Reads a compact trace.
class CompactTraceReader {
 public:
  static bool is_one(std::string_view bytes);
  /// `bytes` must outlive it. Throws Error, naming `where`, as next() does, for what is none.
  CompactTraceReader(std::string_view bytes, std::string where);
  /// The next instruction; false: that was the last. Throws Error for a trace that is cut short or damaged.
  bool next(TracedInstruction& instruction);
  /// Of the latest instruction, for trace_line().
  std::string_view text() const { return text_; }

 private:
  std::uint8_t byte();
  std::uint64_t number();
  std::int64_t signed_number();
  void define(std::uint32_t address);
  void read(std::uint8_t bits, TracedInstruction& instruction);
  [[noreturn]] void fail(const char* what) const;

  const std::string_view bytes_;
  const std::string where_;
  std::size_t at_ = 0;
  TraceForecast forecast_;
  unsigned run_ = 0;
  std::int64_t number_ = 0;
  std::uint64_t count_ = 0;
  std::string_view text_;
};

}  // namespace stoic

// How a run ends, and what is said of it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>
#include <string>
#include <vector>

#include "stoic/sim/platform/board.hpp"

namespace stoic::platform {

std::string Board::where(std::uint32_t address) const {
  const auto function = elf_.place(address);
  return function.empty() ? fmt::format("{:#010x}", address)
                          : fmt::format("{} ({:#010x})", function, address);
}

/// Where ra is: behind the call, which may be the last instruction of its function.
std::string Board::caller() const {
  constexpr unsigned ra = 1;
  const auto address = cpu_.hart().reg(ra);
  const auto function = elf_.place(address - 2);
  if (function.empty()) return where(address);
  const auto plus = function.rfind('+');
  return fmt::format("{}+{:#x} ({:#010x})", function.substr(0, plus),
                     std::stoul(function.substr(plus + 1), nullptr, 16) + 2, address);
}

namespace {

/// Whether an address follows a call that leaves it in ra: JAL or JALR of four bytes, or C.JAL or C.JALR of two.
bool follows_call(const Hart& hart, std::uint32_t address) {
  const auto half = [&](std::uint32_t at) -> std::uint32_t {
    const auto* bytes = hart.has_code(at) ? hart.bytes(at, 2) : nullptr;
    return bytes == nullptr ? 0u : bytes[0] | static_cast<std::uint32_t>(bytes[1]) << 8;
  };
  if (address % 2 != 0) return false;
  const auto last = half(address - 2), first = half(address - 4);
  constexpr std::uint32_t ra = 1u << 7, rd = 0x1fu << 7, jal = 0x6f, jalr = 0x67;
  const bool compressed_jal = (last & 0xe003) == 0x2001,
             compressed_jalr = (last & 0xf07f) == 0x9002 && (last & rd) != 0;
  return compressed_jal || compressed_jalr || (first & (rd | 0x7f)) == (ra | jal) ||
         (first & (rd | 0x7f)) == (ra | jalr);
}

}  // namespace

/// Calls whose return addresses lie on the stack, the latest first. Without unwinding: some may have ended.
std::string Board::calls_on_stack() const {
  constexpr std::uint32_t most_words = 2048;
  constexpr std::size_t most_calls = 8;
  constexpr unsigned sp = 2;
  const auto& hart = cpu_.hart();
  auto from = hart.reg(sp) & ~3u;
  // below the stack where it overflows
  if (from < elf_.stack_low && elf_.stack_low - from < 4 * most_words) from = elf_.stack_low;
  std::string text;
  std::vector<std::string> calls;
  for (std::uint32_t w = 0; w < most_words && calls.size() < most_calls; ++w) {
    const auto address = from + 4 * w;
    const auto* bytes = elf_.stack_high != 0 && address == elf_.stack_high ? nullptr : hart.bytes(address, 4);
    if (bytes == nullptr) break;
    std::uint32_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    if (!follows_call(hart, word)) continue;
    const auto call = elf_.place(word - 2);
    const auto function = call.substr(0, call.rfind('+'));
    if (!function.empty() && (calls.empty() || calls.back() != function)) calls.push_back(function);
  }
  return fmt::format("{}", fmt::join(calls, ", "));
}

std::string Board::sources() const {
  std::string text;
  if (timer_line_.read()) text += "the timer is due";
  if (!external_line_.read()) return text;
  if (accelerator_line_.read()) text += std::string(text.empty() ? "" : ", ") + "the accelerator interrupts";
  if (dma_line_.read()) text += std::string(text.empty() ? "" : ", ") + "the DMA interrupts";
  if (uart_line_.read()) text += std::string(text.empty() ? "" : ", ") + "the UART has received";
  if (samples_line_.read()) text += std::string(text.empty() ? "" : ", ") + "a sample waits";
  return text;
}

/// See Cpu::progress_of_others.
std::optional<std::int64_t> Board::progress() {
  if (samples_.runs()) return current_cycle();
  const auto engine = accelerator();
  const auto moved = dma_.progress();
  if (!engine.busy && !moved) return std::nullopt;
  return engine.mac_cycles + (static_cast<std::int64_t>(engine.program_counter) << 40) + moved.value_or(0);
}

std::string Board::headline(Ending ending) const {
  switch (ending) {
    case Ending::exit:
      return fmt::format("the firmware ended with exit code {}", exit_.code.value_or(0));
    case Ending::timeout:
      return fmt::format("the firmware did not end within {} s of simulated time; give more with --timeout",
                         options_.timeout_s);
    case Ending::silence:
      if (cpu_.vain_polls() > 0)
        return fmt::format(
            "the CPU has asked devices {} times without printing or setting anything off, and nothing else "
            "is at "
            "work: probably a loop that waits for what does not come; each time counts for --silence as 500 "
            "cycles more, 100 where time may end the loop: give more there",
            cpu_.vain_polls());
      return fmt::format(
          "the CPU has computed for {} s of simulated time without printing or writing to a device: probably "
          "a loop that "
          "does not end; give more with --silence",
          options_.silence_s);
    case Ending::wall:  // the parent knows better
    case Ending::stopped:
      return "the simulation was asked to stop";
    case Ending::deadlock:
      return "the CPU waits for an interrupt, and nothing is left that could raise one";
    case Ending::lockup:
      break;
  }
  return cpu_.lockup();
}

std::string Board::diagnosis(Ending ending) {
  const auto& hart = cpu_.hart();
  const auto engine = accelerator();
  constexpr unsigned sp = 2;
  auto text = fmt::format("{}\nat cycle {}, in {}{}, ra is {}\n", headline(ending), last_cycle(),
                          where(hart.pc()), cpu_.waits() ? ", waiting in wfi" : "", caller());
  if (elf_.stack_high != 0)
    text += fmt::format(
        "sp {:#010x}; the stack lies from {:#010x} to {:#010x}, at most {} bytes of it were taken\n",
        hart.reg(sp), elf_.stack_low, elf_.stack_high, elf_.stack_high - hart.lowest_stack());
  if (const auto calls = calls_on_stack(); !calls.empty())
    text += fmt::format(
        "return addresses on the stack, the latest first, some of calls that have ended: {}\n", calls);
  if (hart.csr().mepc != 0)
    text += fmt::format("the latest trap or interrupt came in {}\n", where(hart.csr().mepc));
  if (hart.interrupts() > 0)
    text += fmt::format("the latest interrupt was taken in {}\n", where(hart.interrupted_pc()));
  text += hart.dump();
  text += fmt::format("accelerator: {}, program word {}, {} cycles since START\n",
                      engine.busy ? "busy" : "idle", engine.program_counter, engine.cycles);
  return text + dma_.description() + last_exception_;
}

Ending Board::ending() const {
  if (exit_.code) return Ending::exit;
  if (!cpu_.lockup().empty()) return Ending::lockup;
  if (cpu_.fell_silent()) return Ending::silence;
  if ((options_.trace.stop != nullptr && *options_.trace.stop) || (gdb_ && gdb_->killed()))
    return Ending::stopped;
  return cpu_.waits() && !sc_core::sc_pending_activity() ? Ending::deadlock : Ending::timeout;
}

const char* ending_name(Ending ending) {
  constexpr const char* names[] = {"exit", "timeout", "silence", "wall", "stopped", "deadlock", "lockup"};
  return names[static_cast<int>(ending)];
}

}  // namespace stoic::platform

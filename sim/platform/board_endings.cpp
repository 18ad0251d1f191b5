// How a run ends, and what is said of it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>
#include <string>
#include <vector>

#include "stoic/sim/platform/board.hpp"

namespace stoic::platform {

namespace {

/// Whether a call of `length` bytes that leaves its return address in ra lies there.
bool is_call(const Hart& hart, std::uint32_t at, unsigned length) {
  const auto* bytes = hart.has_code(at) ? hart.bytes(at, length) : nullptr;
  if (bytes == nullptr) return false;
  std::uint32_t bits = 0;
  std::memcpy(&bits, bytes, length);
  const auto instruction = decode(bits, at);
  return instruction.length == length && instruction.rd == return_address_register &&
         (instruction.op == Op::jal || instruction.op == Op::jalr);
}

bool follows_call(const Hart& hart, std::uint32_t address) {
  return address % 2 == 0 && (is_call(hart, address - 4, 4) || is_call(hart, address - 2, 2));
}

}  // namespace

std::string Board::where(std::uint32_t address) const {
  const auto function = elf_.place(address);
  return function.empty() ? fmt::format("{:#010x}", address)
                          : fmt::format("{} ({:#010x})", function, address);
}

/// Where ra is: behind the call, which may be the last instruction of its function.
std::string Board::caller() const {
  const auto address = cpu_.hart().reg(return_address_register);
  const auto function = elf_.place(address - 2);
  if (function.empty()) return where(address);
  const auto plus = function.rfind('+');
  return fmt::format("{}+{:#x} ({:#010x})", function.substr(0, plus),
                     std::stoul(function.substr(plus + 1), nullptr, 16) + 2, address);
}

/// Calls whose return addresses lie on the stack, the latest first. Without unwinding: some may have ended.
std::string Board::calls_on_stack() const {
  constexpr std::uint32_t most_words = 2048;
  constexpr std::size_t most_calls = 8;
  const auto& hart = cpu_.hart();
  auto from = hart.reg(stack_pointer_register) & ~3u;
  // below the stack where it overflows
  if (from < elf_.stack_low && elf_.stack_low - from < 4 * most_words) from = elf_.stack_low;
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
  if (uart_line_.read())
    text += std::string(text.empty() ? "" : ", ") + "the UART has received, or its input has ended";
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
            "work: probably a loop that waits for what does not come; a read counts for --silence as {} "
            "cycles more, {} "
            "where time may end the loop, a store that starts nothing as {}: give more there",
            cpu_.vain_polls(), poll_cycles, timed_poll_cycles, vain_store_cycles);
      return fmt::format(
          "the CPU has computed for {} s of simulated time without printing or setting a device to work: "
          "probably "
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
  auto text = fmt::format("{}\nat cycle {}, in {}{}, ra is {}\n", headline(ending), last_cycle(),
                          where(hart.pc()), cpu_.waits() ? ", waiting in wfi" : "", caller());
  if (elf_.stack_high != 0)
    text += fmt::format(
        "sp {:#010x}; the stack lies from {:#010x} to {:#010x}, at most {} bytes of it were taken\n",
        hart.reg(stack_pointer_register), elf_.stack_low, elf_.stack_high,
        elf_.stack_high - hart.lowest_stack());
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

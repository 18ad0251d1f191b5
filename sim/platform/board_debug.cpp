// The board as GDB sees it: halts, Ctrl-C, and what "monitor" shows.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "stoic/generated/stoic_interface.h"
#include "stoic/sim/platform/board.hpp"

namespace stoic::platform {
namespace {

constexpr std::int64_t look_for_interrupts = 100000;  ///< cycles between two looks at the socket

constexpr const char* help =
    "monitor registers     registers of the accelerator\n"
    "monitor counters      cycles, MAC cycles, program word\n"
    "monitor vectors       names of the state vectors\n"
    "monitor state NAME    a state vector: codes and values\n"
    "monitor dma           what the channels do\n"
    "monitor time          the clock cycle\n";

struct ShownRegister {
  const char* name;
  std::uint32_t offset;
};
constexpr ShownRegister shown_registers[] = {{"ID", STOIC_REG_ID},
                                             {"CONFIG_HASH", STOIC_REG_CONFIG_HASH},
                                             {"STATUS", STOIC_REG_STATUS},
                                             {"PROGRAM_COUNTER", STOIC_REG_PROGRAM_COUNTER},
                                             {"PROGRAM_START", STOIC_REG_PROGRAM_START},
                                             {"SAMPLES", STOIC_REG_SAMPLES},
                                             {"SAMPLES_DONE", STOIC_REG_SAMPLES_DONE},
                                             {"IRQ_ENABLE", STOIC_REG_IRQ_ENABLE},
                                             {"IRQ_STATUS", STOIC_REG_IRQ_STATUS},
                                             {"CYCLE_LIMIT", STOIC_REG_CYCLE_LIMIT},
                                             {"STREAM_TIMEOUT", STOIC_REG_STREAM_TIMEOUT},
                                             {"STALL_INPUT", STOIC_REG_STALL_INPUT},
                                             {"STALL_WEIGHTS", STOIC_REG_STALL_WEIGHTS},
                                             {"STALL_OUTPUT", STOIC_REG_STALL_OUTPUT},
                                             {"SATURATIONS", STOIC_REG_SATURATIONS}};

/// What `say` returns, said by a copy of this process: whatever it does to the simulation is undone.
std::string in_copy(const std::function<std::string()>& say) {
  int ends[2];
  if (::pipe(ends) != 0) return "no pipe for it\n";
  const auto child = ::fork();
  if (child == 0) {
    const auto text = say();
    for (std::size_t at = 0; at < text.size();) {
      const auto count = ::write(ends[1], text.data() + at, text.size() - at);
      if (count <= 0) break;
      at += static_cast<std::size_t>(count);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string text;
  std::array<char, 4096> part;
  for (auto count = ::read(ends[0], part.data(), part.size()); count > 0;
       count = ::read(ends[0], part.data(), part.size()))
    text.append(part.data(), static_cast<std::size_t>(count));
  ::close(ends[0]);
  if (child > 0) ::waitpid(child, nullptr, 0);
  return text;
}

}  // namespace

void Board::set_up_debugger(int listener) {
  gdb_ = std::make_unique<GdbServer>(listener, cpu_.hart());
  gdb_->monitor = [this](const std::string& text) { return monitor(text); };
  if (!observers_.empty()) gdb_->next = &observers_;
  cpu_.observe(gdb_.get());
  cpu_.on_asked = [this] {
    gdb_->halt();
    if (gdb_->killed()) sc_core::sc_stop();
  };
  SC_METHOD(poll_debugger);
}

/// Whether Ctrl-C has come; the CPU may be asleep.
void Board::poll_debugger() {
  gdb_->look();
  if (gdb_->killed()) return sc_core::sc_stop();
  next_trigger(cycles(look_for_interrupts));
}

void Board::end_debugger() {
  if (exit_.code) return gdb_->end(*exit_.code);
  if (!gdb_->killed()) gdb_->lock_up(headline(ending()));
}

std::string Board::monitor(const std::string& text) {
  const auto space = text.find(' ');
  const auto command = text.substr(0, space);
  if (command == "registers") return monitor_registers();
  if (command == "state" && space != std::string::npos) return monitor_state(text.substr(space + 1));
  if (command == "dma") return dma_.description();
  if (command == "time") return fmt::format("cycle {}\n", cpu_.hart().cycle());
  if (command == "counters") {
    const auto engine = accelerator();
    return fmt::format("{}, program word {}, {} cycles since START, {} MAC cycles\n",
                       engine.busy ? "busy" : "idle", engine.program_counter, engine.cycles,
                       engine.mac_cycles);
  }
  if (command == "state") return std::string("state NAME: see monitor vectors\n");
  if (command != "vectors")
    return (command.empty() || command == "help" ? std::string()
                                                 : fmt::format("\"{}\" is none of these\n", command)) +
           help;
  if (options_.vectors.empty())
    return "none are known: give IMAGE, with --no-compare for firmware of one's own\n";
  std::string list;
  for (const auto& vector : options_.vectors)
    list += fmt::format("{:<24} {:>6} elements from word {}, value = code * 2^-{}\n", vector.name,
                        vector.length, vector.word, vector.fraction_bits);
  return list;
}

/// A read over the bus takes cycles; it is made in a copy of the simulation.
std::string Board::monitor_registers() {
  if (!options_.trace.path.empty()) return "not while waveforms are written: a read would be in them\n";
  return in_copy([this] {
    bus_.trace = nullptr;
    std::string list;
    for (const auto& shown : shown_registers) {
      std::uint32_t value = 0;
      tlm::tlm_generic_payload payload;
      payload.set_command(tlm::TLM_READ_COMMAND);
      payload.set_address(shown.offset);
      payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
      payload.set_data_length(sizeof value);
      payload.set_streaming_width(sizeof value);
      list += in_copy([&] {
        auto delay = sc_core::SC_ZERO_TIME;
        bus_.ports[0]->b_transport(payload, delay);
        if (!payload.is_response_ok())
          return fmt::format("{:<16} cannot be read while it runs\n", shown.name);
        return fmt::format("{:<16} {:#010x} {}\n", shown.name, value, value);
      });
    }
    return list;
  });
}

std::string Board::monitor_state(const std::string& name) {
  const auto vector = std::ranges::find(options_.vectors, name, &VectorSymbol::name);
  if (vector == options_.vectors.end()) return fmt::format("no vector \"{}\"; see monitor vectors\n", name);
  const auto& config = options_.config;
  std::vector<std::int32_t> state(static_cast<std::size_t>(config.state_words_per_lane * config.lanes));
  if (rtl_) {
    rtl_->peek_state(state);
  } else {
    const auto words = cycle_model_->model().state();
    std::copy_n(words.begin(), state.size(), state.begin());
  }
  std::string text;
  for (std::int64_t i = 0; i < vector->length; ++i) {
    const auto code = state[static_cast<std::size_t>(vector->word * config.lanes + i)];
    text += fmt::format("{}[{}] = {} ({:.6g})\n", name, i, code,
                        std::ldexp(code, -static_cast<int>(vector->fraction_bits)));
  }
  return text;
}

}  // namespace stoic::platform

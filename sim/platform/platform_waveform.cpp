#include "stoic/sim/platform/platform_waveform.hpp"

#include <algorithm>
#include <cstring>

#include "stoic/sim/device/trace_file.hpp"

namespace stoic::platform {
namespace {

/// Where signals stand in signal_list().
namespace wave {
/// Of an access, from its port on.
enum Port : std::size_t {
  reads,
  writes,
  strobes,
  address,
  write_data,
  read_data,
  done,
  response,
  port_signals
};
/// Of a channel of the DMA.
enum Channel : std::size_t { busy, memory_address, channel_signals };
enum Place : std::size_t {
  pc,
  accelerator,
  dma,
  uart,
  samples,
  timer,
  external,
  cpu_port,
  loader_port = cpu_port + port_signals,
  loader_busy = loader_port + port_signals,
  channels
};
}  // namespace wave

void add_port(std::vector<SignalFile::Signal>& signals, const char* scope) {
  for (const auto& [name, width] :
       {std::pair("read", 1u), std::pair("write", 1u), std::pair("strobes", 4u), std::pair("address", 32u),
        std::pair("write_data", 32u), std::pair("read_data", 32u), std::pair("done", 1u),
        std::pair("response", 2u)})
    signals.push_back({scope, name, width});
}

std::vector<SignalFile::Signal> signal_list() {
  std::vector<SignalFile::Signal> signals{{"cpu", "pc", 32},         {"interrupts", "accelerator"},
                                          {"interrupts", "dma"},     {"interrupts", "uart"},
                                          {"interrupts", "samples"}, {"interrupts", "timer"},
                                          {"interrupts", "external"}};
  add_port(signals, "bus");
  add_port(signals, "dma_loader");
  signals.push_back({"dma_loader", "busy"});
  constexpr const char* scopes[] = {"dma_input", "dma_weights", "dma_output"};
  static_assert(std::size(scopes) == STOIC_DMA_CHANNELS && STOIC_DMA_INPUT == 0 && STOIC_DMA_WEIGHTS == 1);
  for (const auto* scope : scopes) {
    signals.push_back({scope, "busy"});
    signals.push_back({scope, "address", 32});
  }
  return signals;
}

static_assert(STOIC_PLATFORM_CLOCK_HZ * waveform_cycle_ns == 1000000000,
              "waveforms show the cycles of the platform's clock; raise or lower waveform_cycle_ns with it");

std::uint32_t response_code(tlm::tlm_response_status status) {
  constexpr std::uint32_t okay = 0, slave_error = 2, decode_error = 3;
  return status == tlm::TLM_OK_RESPONSE              ? okay
         : status == tlm::TLM_ADDRESS_ERROR_RESPONSE ? decode_error
                                                     : slave_error;
}

}  // namespace

PlatformWaveform::PlatformWaveform(const sc_core::sc_module_name& name, const std::string& path,
                                   const TraceOptions& window, const InterruptLines& lines)
    : sc_core::sc_module(name),
      lines_(lines),
      file_(path, signal_list(), waveform_cycle_ns, window.first_cycle, window.last_cycle) {
  SC_METHOD(watch);
  sensitive << lines_.accelerator << lines_.dma << lines_.uart << lines_.samples << lines_.timer
            << lines_.external;
  dont_initialize();
}

void PlatformWaveform::watch() {
  const auto cycle = current_cycle();
  file_.change(wave::accelerator, cycle, lines_.accelerator.read());
  file_.change(wave::dma, cycle, lines_.dma.read());
  file_.change(wave::uart, cycle, lines_.uart.read());
  file_.change(wave::samples, cycle, lines_.samples.read());
  file_.change(wave::timer, cycle, lines_.timer.read());
  file_.change(wave::external, cycle, lines_.external.read());
}

bool PlatformWaveform::before(std::uint32_t pc, const Instruction&, std::int64_t cycle) {
  file_.change(wave::pc, cycle, pc);
  file_.look(current_cycle());
  return true;
}

void PlatformWaveform::access(Master master, const tlm::tlm_generic_payload& payload, std::uint64_t address,
                              const sc_core::sc_time& delay) {
  const auto begin = current_cycle();
  const auto period = clock_period().value();
  const auto end =
      begin + std::max<std::int64_t>(static_cast<std::int64_t>((delay.value() + period - 1) / period), 1);
  const std::size_t port = master == Master::cpu ? wave::cpu_port : wave::loader_port;
  const auto bytes = std::min(payload.get_data_length(), 4u);
  std::uint32_t value = 0;
  std::memcpy(&value, payload.get_data_ptr(), bytes);
  const bool is_read = payload.is_read();
  file_.change(port + wave::address, begin, static_cast<std::uint32_t>(address));
  file_.change(port + wave::strobes, begin, (((1u << bytes) - 1) << address % 4) & 0xf);
  file_.change(port + (is_read ? wave::reads : wave::writes), begin, 1);
  if (!is_read) file_.change(port + wave::write_data, begin, value);
  if (is_read) file_.change(port + wave::read_data, end - 1, value);
  file_.change(port + wave::response, end - 1, response_code(payload.get_response_status()));
  file_.change(port + wave::done, end - 1, 1);
  for (const auto signal : {wave::reads, wave::writes, wave::strobes, wave::done})
    file_.change(port + signal, end, 0);
}

void PlatformWaveform::dma_busy(unsigned channel, std::int64_t cycle, bool is_busy) {
  file_.change(wave::channels + channel * wave::channel_signals + wave::busy, cycle, is_busy);
}

void PlatformWaveform::dma_address(unsigned channel, std::int64_t cycle, std::uint32_t address) {
  file_.change(wave::channels + channel * wave::channel_signals + wave::memory_address, cycle, address);
}

void PlatformWaveform::loader_busy(bool is_busy) {
  file_.change(wave::loader_busy, current_cycle(), is_busy);
}

void PlatformWaveform::finish() { file_.finish(current_cycle()); }

}  // namespace stoic::platform

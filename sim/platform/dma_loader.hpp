#pragma once
#include <tlm_utils/simple_initiator_socket.h>

#include <functional>
#include <optional>
#include <systemc>
#include <vector>

#include "stoic/sim/platform/clock.hpp"
#include "stoic/sim/platform/memory_ports.hpp"

namespace stoic::platform {

class PlatformWaveform;

/// The loader of the DMA: reads words from memory and writes each to one register of the accelerator, as fast as that
/// takes them, and computes the CRC-32 of what it has read; or the CRC alone, a word of the memory a cycle. PLATFORM.md has
/// its registers.
class DmaLoader : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(DmaLoader);
  explicit DmaLoader(const sc_core::sc_module_name& name);

  /// To the registers of the accelerator; addresses are their offsets.
  tlm_utils::simple_initiator_socket<DmaLoader> registers{"registers"};
  /// Reads memory; false: there is none.
  std::function<bool(std::uint32_t address, unsigned char* data, std::size_t size)> fetch;
  /// Where it notes the cycles in which it reads memory: that in which it writes a word, and each of a CRC alone. Null:
  /// nowhere.
  MemoryPorts* ports = nullptr;
  /// Of the registers LOAD_*. Nothing, false: `offset` is none of them, or it is busy.
  std::optional<std::uint32_t> read(std::uint32_t offset) const;
  bool write(std::uint32_t offset, std::uint32_t value);
  void reset();
  PlatformWaveform* waveform = nullptr;
  bool busy() const { return busy_; }
  /// Words moved.
  std::int64_t progress() const { return static_cast<std::int64_t>(done_); }

 private:
  void start();
  void step();
  void end(std::uint32_t error);
  std::uint32_t word(std::size_t index) const;

  std::uint32_t source_ = 0, count_ = 0, format_ = 0, target_ = 0, crc_ = 0;
  bool busy_ = false;
  bool finished_ = false;  ///< well
  std::uint32_t error_ = 0;
  std::size_t done_ = 0;
  std::vector<unsigned char> data_;
  sc_core::sc_event next_{"next"};
};

}  // namespace stoic::platform

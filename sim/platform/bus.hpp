#pragma once
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdio>
#include <functional>
#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "stoic/generated/platform_map.hpp"
#include "stoic/sim/platform/clock.hpp"
#include "stoic/sim/platform/trace_lines.hpp"

namespace stoic::platform {

/// One of the memories of platform_map.hpp. Its words are the host's, so the CPU executes from them directly.
class Memory {
 public:
  explicit Memory(const Region& region_) : region(region_), bytes(region_.size, 0) {}
  const Region& region;
  std::vector<unsigned char> bytes;
};

/// Puts data into memory, whether it is writable or not. Throws Error when it does not fit.
void place(std::vector<Memory>& memories, std::uint32_t address, const void* data, std::size_t size,
           const std::string& what);

class PlatformWaveform;

/// A transaction log, one line each.
class BusTrace {
 public:
  /// Throws Error when the file cannot be written.
  BusTrace(const std::string& path, std::int64_t first_cycle, std::int64_t last_cycle);
  void line(const char* initiator, const char* what, std::uint64_t address, std::int64_t bytes,
            const char* place, std::uint32_t value, const char* response);
  /// Throws Error when a line was not written.
  void finish() { file_.finish(); }

 private:
  TraceLines file_;
  const std::int64_t first_cycle_, last_cycle_;
};

/// Decodes addresses. From `cpu` all regions are reached, from `dma` the memories. What lies in no region, or
/// across the end of one, is answered with TLM_ADDRESS_ERROR_RESPONSE, a write to read-only memory with
/// TLM_COMMAND_ERROR_RESPONSE. An access of the CPU takes one cycle to get to its device.
class Bus : public sc_core::sc_module {
 public:
  Bus(const sc_core::sc_module_name& name, std::vector<Memory>& memories);

  tlm_utils::simple_target_socket<Bus> cpu{"cpu"};
  tlm_utils::simple_target_socket<Bus> dma{"dma"};
  tlm_utils::simple_target_socket<Bus> loader{
      "loader"};  ///< the accelerator's registers alone, by their offsets
  /// One for each of platform::device_regions, in that order.
  sc_core::sc_vector<tlm_utils::simple_initiator_socket<Bus>> ports{"port", std::size(device_regions)};

  BusTrace* trace = nullptr;
  PlatformWaveform* waveform = nullptr;
  /// Called after the CPU has read a register of the accelerator, with its offset.
  std::function<void(std::uint64_t)> on_accelerator_read;
  /// Called after something was written to memory.
  std::function<void(std::uint32_t address, std::size_t size)> on_memory_write;
  std::int64_t accesses = 0;            ///< of the CPU
  FrequentSeconds accelerator_seconds;  ///< of this machine, within accesses of the accelerator

 private:
  void from_cpu(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void from_dma(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void from_loader(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool to_memory(tlm::tlm_generic_payload& payload);
  void log(const char* initiator, const tlm::tlm_generic_payload& payload, std::uint64_t address,
           const char* place);

  std::vector<Memory>& memories_;
};

}  // namespace stoic::platform

#include "stoic/sim/platform/bus.hpp"

#include <fmt/format.h>

#include <cstring>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/platform/platform_waveform.hpp"

namespace stoic::platform {
namespace {

bool contains(const Region& region, std::uint64_t address, std::uint64_t size) {
  return address >= region.base && address + size <= std::uint64_t{region.base} + region.size;
}

const char* response_name(tlm::tlm_response_status status) {
  switch (status) {
    case tlm::TLM_OK_RESPONSE:
      return "ok";
    case tlm::TLM_ADDRESS_ERROR_RESPONSE:
      return "decode-error";
    case tlm::TLM_COMMAND_ERROR_RESPONSE:
      return "read-only";
    default:
      return "slave-error";
  }
}

}  // namespace

void place(std::vector<Memory>& memories, std::uint32_t address, const void* data, std::size_t size,
           const std::string& what) {
  for (auto& memory : memories)
    if (contains(memory.region, address, size)) {
      std::memcpy(memory.bytes.data() + (address - memory.region.base), data, size);
      return;
    }
  throw Error(
      fmt::format("{}: {} bytes at {:#010x} lie outside the memories of the platform; see PLATFORM.md", what,
                  size, address));
}

BusTrace::BusTrace(const std::string& path, std::int64_t first_cycle, std::int64_t last_cycle)
    : file_(path), first_cycle_(first_cycle), last_cycle_(last_cycle) {
  file_.add("# cycle initiator command address bytes place value response\n");
}

void BusTrace::line(const char* initiator, const char* what, std::uint64_t address, std::int64_t bytes,
                    const char* where, std::uint32_t value, const char* response) {
  if (current_cycle() < first_cycle_ || current_cycle() > last_cycle_) return;
  file_.add(fmt::format("{} {} {} 0x{:08x} {} {} 0x{:08x} {}\n", current_cycle(), initiator, what, address,
                        bytes, where, value, response));
}

Bus::Bus(const sc_core::sc_module_name& name, std::vector<Memory>& memories)
    : sc_core::sc_module(name), memories_(memories) {
  cpu.register_b_transport(this, &Bus::from_cpu);
  dma.register_b_transport(this, &Bus::from_dma);
  loader.register_b_transport(this, &Bus::from_loader);
}

void Bus::log(const char* initiator, const tlm::tlm_generic_payload& payload, std::uint64_t address,
              const char* where) {
  std::uint32_t value = 0;
  std::memcpy(&value, payload.get_data_ptr(), std::min(payload.get_data_length(), 4u));
  trace->line(initiator, payload.is_read() ? "read" : "write", address, payload.get_data_length(), where,
              value, response_name(payload.get_response_status()));
}

bool Bus::to_memory(tlm::tlm_generic_payload& payload) {
  for (auto& memory : memories_) {
    if (!contains(memory.region, payload.get_address(), payload.get_data_length())) continue;
    auto* bytes = memory.bytes.data() + (payload.get_address() - memory.region.base);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    if (payload.is_read())
      std::memcpy(payload.get_data_ptr(), bytes, payload.get_data_length());
    else if (memory.region.writable) {
      std::memcpy(bytes, payload.get_data_ptr(), payload.get_data_length());
      if (on_memory_write)
        on_memory_write(static_cast<std::uint32_t>(payload.get_address()), payload.get_data_length());
    } else
      payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    return true;
  }
  payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  return false;
}

void Bus::from_cpu(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  ++accesses;
  delay += clock_period();
  const auto address = payload.get_address();
  const char* where = "none";
  bool decoded = false;
  for (std::size_t d = 0; d < std::size(device_regions); ++d) {
    if (!contains(device_regions[d], address, payload.get_data_length())) continue;
    where = device_regions[d].name;
    decoded = true;
    const bool accelerator = device_regions[d].base == STOIC_ACCELERATOR_BASE;
    if (accelerator) accelerator_seconds.begin();
    payload.set_address(address - device_regions[d].base);
    ports[d]->b_transport(payload, delay);
    payload.set_address(address);
    if (!accelerator) continue;
    accelerator_seconds.end();
    if (payload.is_read() && on_accelerator_read) on_accelerator_read(address - device_regions[d].base);
  }
  if (!decoded && to_memory(payload)) where = "memory";
  if (trace != nullptr) log("cpu", payload, address, where);
  if (waveform != nullptr) waveform->access(PlatformWaveform::Master::cpu, payload, address, delay);
}

void Bus::from_loader(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  static_assert(device_regions[0].base == STOIC_ACCELERATOR_BASE);
  ports[0]->b_transport(payload, delay);
  if (trace != nullptr)
    log("dma", payload, payload.get_address() + device_regions[0].base, device_regions[0].name);
  if (waveform != nullptr)
    waveform->access(PlatformWaveform::Master::loader, payload,
                     payload.get_address() + device_regions[0].base, delay);
}

void Bus::from_dma(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  const bool decoded = to_memory(payload);
  if (trace != nullptr) log("dma", payload, payload.get_address(), decoded ? "memory" : "none");
}

}  // namespace stoic::platform

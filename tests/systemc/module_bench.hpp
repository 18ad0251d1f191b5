#pragma once
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "model_driver.hpp"
#include "stoic/sim/rtl/rtl_accelerator.hpp"
#include "stoic/sim/rtl/rtl_device.hpp"
#include "stoic/sim/systemc/accelerator.hpp"

namespace stoic::systemc {

/// The two modules with the same sockets, made alike.
inline std::unique_ptr<Accelerator> make_module(Accelerator*, const HardwareConfig& config, std::int64_t) {
  return std::make_unique<Accelerator>("accelerator", config);
}
inline std::unique_ptr<rtl::RtlAccelerator> make_module(rtl::RtlAccelerator*, const HardwareConfig&,
                                                        std::int64_t quantum) {
  return std::make_unique<rtl::RtlAccelerator>("accelerator", make_rtl_pins(),
                                               sc_core::sc_time(10, sc_core::SC_NS), quantum);
}

/// Ends this process, which is the child of a death test.
inline void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s at %s\n", what, sc_core::sc_time_stamp().to_string().c_str());
  std::_Exit(1);
}
#define CHECK(condition) stoic::systemc::check(condition, #condition)

/// A driver, a source and a sink at the sockets of an accelerator, with a clock of 10 ns. `Module` is
/// Accelerator (the cycle model) or rtl::RtlAccelerator.
template <class Module>
struct ModuleBench : sc_core::sc_module {
  ModuleBench(const sc_core::sc_module_name& name, const HardwareConfig& configuration,
              std::int64_t quantum = 1)
      : sc_core::sc_module(name),
        config(configuration),
        accelerator(make_module(static_cast<Module*>(nullptr), configuration, quantum)) {
    bus.bind(accelerator->bus);
    input.bind(accelerator->input);
    weights.bind(accelerator->weights);
    accelerator->output.bind(output);
    accelerator->interrupt.bind(interrupt);
    input.register_nb_transport_bw(this, &ModuleBench::answered);
    output.register_b_transport(this, &ModuleBench::store);
  }

  tlm::tlm_response_status access(tlm::tlm_command command, std::uint64_t address, std::uint32_t& value,
                                  sc_core::sc_time& delay, unsigned length = 4,
                                  unsigned char* enables = nullptr, unsigned streaming_width = 4) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(length);
    payload.set_streaming_width(std::min(length, streaming_width));
    payload.set_byte_enable_ptr(enables);
    payload.set_byte_enable_length(enables != nullptr ? 4 : 0);
    bus->b_transport(payload, delay);
    return payload.get_response_status();
  }
  void write(std::uint64_t address, std::uint32_t value) {
    auto delay = sc_core::SC_ZERO_TIME;
    check(access(tlm::TLM_WRITE_COMMAND, address, value, delay) == tlm::TLM_OK_RESPONSE, "a write fails");
    sc_core::sc_start(delay);
  }
  std::uint32_t read(std::uint64_t address) {
    auto delay = sc_core::SC_ZERO_TIME;
    std::uint32_t value = 0;
    check(access(tlm::TLM_READ_COMMAND, address, value, delay) == tlm::TLM_OK_RESPONSE, "a read fails");
    sc_core::sc_start(delay);
    return value;
  }
  void load(const std::string& text) {
    write(STOIC_REG_MEM_SELECT, STOIC_MEMORY_PROGRAM);
    for (const auto word : assemble(text, config, "test").program) {
      write(STOIC_REG_MEM_DATA, static_cast<std::uint32_t>(word));
      write(STOIC_REG_MEM_DATA, static_cast<std::uint32_t>(word >> 32));
    }
  }

  tlm::tlm_sync_enum answered(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time&) {
    check(phase == tlm::BEGIN_RESP, "another phase");
    check(payload.is_response_ok(), "no success");
    ++completed;
    return tlm::TLM_COMPLETED;
  }
  void store(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    auto& stream = *payload.get_extension<StreamExtension>();
    std::vector<std::int32_t> values(static_cast<std::size_t>(stream.lanes));
    decode_words({payload.get_data_ptr(), payload.get_data_length()}, stream.word_bits, values);
    beats.push_back(values);
    stream.accepted = stream.earliest;
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }

  const HardwareConfig config;
  std::unique_ptr<Module> accelerator;
  tlm_utils::simple_initiator_socket<ModuleBench> bus{"bus"};
  tlm_utils::simple_initiator_socket<ModuleBench> input{"input"};
  tlm_utils::simple_initiator_socket<ModuleBench> weights{"weights"};
  tlm_utils::simple_target_socket<ModuleBench> output{"output"};
  sc_core::sc_signal<bool> interrupt{"interrupt"};
  std::vector<std::vector<std::int32_t>> beats;
  int completed = 0;
};

}  // namespace stoic::systemc

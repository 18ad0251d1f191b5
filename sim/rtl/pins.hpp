#pragma once
#include <cstdint>
#include <memory>

#include "stoic/sim/device/device.hpp"

namespace stoic::rtl {

/// What an accelerator shows on its pins in one cycle.
struct Outputs {
  bool interrupt = false;
  bool busy = false;         ///< no pin: the state of stoic_sequencer
  bool write_ready = false;  ///< AWREADY and WREADY
  bool write_response = false;
  bool write_error = false;  ///< BRESP is SLVERR
  bool read_data_valid = false;
  bool read_error = false;  ///< RRESP is SLVERR
  std::uint32_t read_data = 0;
  bool input_ready = false;
  bool weights_ready = false;
  bool output_valid = false;
  bool output_last = false;
  const std::uint8_t* output_beat = nullptr;  ///< words of whole bytes, lane 0 first
};

/// What the world puts on its pins in one cycle.
struct Inputs {
  bool write = false;  ///< AWVALID and WVALID
  std::uint8_t write_address = 0;
  std::uint32_t write_data = 0;
  std::uint8_t strobes = 15;
  bool write_response_ready = false;
  bool read = false;  ///< ARVALID
  std::uint8_t read_address = 0;
  bool read_data_ready = false;
  const std::uint8_t* input_beat = nullptr;  ///< null: TVALID is 0
  bool input_last = false;
  const std::uint8_t* weights_beat = nullptr;
  bool weights_last = false;
  bool output_ready = false;
};

/// One verilated accelerator, cycle by cycle, whatever its instance. No output depends on an input of the
/// same cycle, so a cycle is: look at outputs(), then clock().
class Pins {
 public:
  virtual ~Pins() = default;
  virtual const HardwareConfig& config() const = 0;
  virtual Outputs outputs() const = 0;
  /// The rest of this cycle.
  virtual void clock(const Inputs& inputs) = 0;
  /// One cycle with aresetn.
  virtual void reset() = 0;
  /// A waveform shows every cycle, so none may be left out.
  virtual bool traced() const = 0;
  /// Whether the waveform is known to miss something: there is no use in going on.
  virtual bool trace_failed() const { return false; }
  /// See Device.
  virtual void finish_trace() {}
  virtual Device::Debug debug() const = 0;
  /// See Device.
  virtual void peek_state(std::span<std::int32_t> state) const = 0;
};

}  // namespace stoic::rtl

#pragma once
#include <cstring>

#include "stoic/sim/rtl/pins.hpp"
#include "stoic/sim/rtl/verilated_top.hpp"

namespace stoic::rtl {

/// Pins of what Verilator made. The template parameters are those of VerilatedTop.
template <class Top, class View, class Trace>
class VerilatedPins final : public Pins {
 public:
  VerilatedPins(const HardwareConfig& config, const TraceOptions& trace)
      : config_(config),
        verilated_(trace),
        input_bytes_(static_cast<std::size_t>(config.lanes * ((config.state_width + 7) / 8))),
        weights_bytes_(static_cast<std::size_t>(config.lanes * ((config.weight_width + 7) / 8))) {}

  const HardwareConfig& config() const override { return config_; }
  bool traced() const override { return verilated_.traced; }
  bool trace_failed() const override { return verilated_.trace_failed(); }
  void finish_trace() override { verilated_.finish_trace(); }
  Device::Debug debug() const override { return View::debug(top_, config_); }
  void peek_state(std::span<std::int32_t> state) const override {
    View::peek_state(top_, config_, state.data());
  }

  Outputs outputs() const override {
    return {top_.irq != 0,
            View::busy(top_),
            top_.s_axi_awready != 0 && top_.s_axi_wready != 0,
            top_.s_axi_bvalid != 0,
            top_.s_axi_bresp != 0,
            top_.s_axi_rvalid != 0,
            top_.s_axi_rresp != 0,
            top_.s_axi_rdata,
            top_.s_axis_input_tready != 0,
            top_.s_axis_weights_tready != 0,
            top_.m_axis_output_tvalid != 0,
            top_.m_axis_output_tlast != 0,
            reinterpret_cast<const std::uint8_t*>(&top_.m_axis_output_tdata)};
  }

  void clock(const Inputs& inputs) override {
    top_.s_axi_awvalid = top_.s_axi_wvalid = inputs.write;
    if (inputs.write) {
      top_.s_axi_awaddr = inputs.write_address;
      top_.s_axi_wdata = inputs.write_data;
      top_.s_axi_wstrb = inputs.strobes;
    }
    top_.s_axi_bready = inputs.write_response_ready;
    top_.s_axi_arvalid = inputs.read;
    if (inputs.read) top_.s_axi_araddr = inputs.read_address;
    top_.s_axi_rready = inputs.read_data_ready;
    top_.s_axis_input_tvalid = inputs.input_beat != nullptr;
    if (inputs.input_beat != nullptr) {
      std::memcpy(&top_.s_axis_input_tdata, inputs.input_beat, input_bytes_);
      top_.s_axis_input_tlast = inputs.input_last;
    }
    top_.s_axis_weights_tvalid = inputs.weights_beat != nullptr;
    if (inputs.weights_beat != nullptr) {
      std::memcpy(&top_.s_axis_weights_tdata, inputs.weights_beat, weights_bytes_);
      top_.s_axis_weights_tlast = inputs.weights_last;
    }
    top_.m_axis_output_tready = inputs.output_ready;
    verilated_.clock();
  }

  void reset() override {
    top_.aresetn = 0;
    clock({});
    top_.aresetn = 1;
  }

 private:
  HardwareConfig config_;
  VerilatedTop<Top, View, Trace> verilated_;
  Top& top_ = verilated_.pins();
  std::size_t input_bytes_;
  std::size_t weights_bytes_;
};

}  // namespace stoic::rtl

#pragma once
#include <fmt/format.h>
#include <verilated.h>

#include <cstdlib>
#include <cstring>
#include <type_traits>

#include "stoic/sim/contract/error.hpp"
#include "stoic/sim/rtl/pins.hpp"

namespace stoic::rtl {

/// Pins of what Verilator made. The template parameters are those of VerilatedDevice.
template <class Top, class View, class Trace>
class VerilatedPins final : public Pins {
 public:
  VerilatedPins(const HardwareConfig& config, const TraceOptions& trace)
      : config_(config),
        trace_options_(trace),
        top_(&context_),
        input_bytes_(static_cast<std::size_t>(config.lanes * ((config.state_width + 7) / 8))),
        weights_bytes_(static_cast<std::size_t>(config.lanes * ((config.weight_width + 7) / 8))) {
    if constexpr (has_trace) context_.traceEverOn(true);
    // Asserted with STOIC_CHECKS; programs that no compiler made need not keep to it.
    const char* may_wrap = "+stoic_sums_may_wrap";
    context_.commandArgs(std::getenv("STOIC_SUMS_MAY_WRAP") ? 1 : 0, &may_wrap);
    top_.aresetn = 0;
    for (int i = 0; i < 8; ++i) {
      top_.aclk = static_cast<CData>(i % 2 == 0);
      top_.eval();
    }
    top_.aresetn = 1;
    open_trace();  // cycle 0 is the first after the reset
  }
  ~VerilatedPins() override {
    Verilated::threadContextp(&context_);  // Verilator's destructors look at the context of the thread
    top_.final();
    if constexpr (has_trace) tracer_.close();
  }

  const HardwareConfig& config() const override { return config_; }
  bool traced() const override { return has_trace; }
  Device::Debug debug() const override { return View::debug(top_, config_); }

  Outputs outputs() const override {
    return {top_.irq != 0,
            View::busy(top_),
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
    edge();
    ++cycle_;
  }

  void reset() override {
    top_.aresetn = 0;
    clock({});
    top_.aresetn = 1;
  }

 private:
  static constexpr bool has_trace = !std::is_same_v<Trace, NoTrace>;

  void edge() {
    top_.aclk = 1;
    top_.eval();
    dump(2 * cycle_);
    top_.aclk = 0;
    if constexpr (has_trace) {
      top_.eval();
      dump(2 * cycle_ + 1);
    } else {
      View::falling_edge(top_);
    }
  }

  void open_trace() {
    if constexpr (has_trace) {
      top_.trace(&tracer_, 99);
      tracer_.open(trace_options_.path.c_str());
      if (!tracer_.isOpen())
        throw Error(fmt::format("{}: cannot be written; check the folder", trace_options_.path));
    }
  }
  void dump([[maybe_unused]] std::int64_t time) {
    if constexpr (has_trace)
      if (cycle_ >= trace_options_.first_cycle && cycle_ <= trace_options_.last_cycle)
        tracer_.dump(static_cast<std::uint64_t>(time));
  }

  HardwareConfig config_;
  TraceOptions trace_options_;
  VerilatedContext context_;
  Top top_;
  Trace tracer_;
  std::size_t input_bytes_;
  std::size_t weights_bytes_;
  std::int64_t cycle_ = 0;
};

}  // namespace stoic::rtl

#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "stoic/generated/stoic_interface.h"
#include "stoic/sim/device/device.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/rtl/stream_source.hpp"
#include "stoic/sim/rtl/verilated_top.hpp"

namespace stoic::rtl {

/// A Device around one verilated accelerator. The template parameters are those of VerilatedTop.
template <class Top, class View, class Trace>
class VerilatedDevice final : public Device {
 public:
  VerilatedDevice(const HardwareConfig& config, const TraceOptions& trace)
      : config_(config),
        verilated_(trace),
        input_(Stream::input, config.lanes, (config.state_width + 7) / 8),
        weights_(Stream::weights, config.lanes, (config.weight_width + 7) / 8) {}

  const HardwareConfig& config() const override { return config_; }
  std::string name() const override { return "rtl"; }

  Access read(std::uint32_t offset) override {
    top_.s_axi_araddr = static_cast<CData>(offset);
    top_.s_axi_arvalid = offset < 0x100 ? 1 : throw Error(fmt::format("no register at offset {:#x}", offset));
    tick();
    top_.s_axi_arvalid = 0;
    top_.s_axi_rready = 1;
    while (top_.s_axi_rvalid == 0) tick();
    const Access access{top_.s_axi_rdata, top_.s_axi_rresp != 0};
    tick();
    top_.s_axi_rready = 0;
    return access;
  }

  Access write(std::uint32_t offset, std::uint32_t value) override {
    top_.s_axi_awaddr = static_cast<CData>(offset);
    top_.s_axi_awvalid = offset < 0x100 ? 1 : throw Error(fmt::format("no register at offset {:#x}", offset));
    top_.s_axi_wdata = value;
    top_.s_axi_wstrb = 15;
    top_.s_axi_wvalid = 1;
    do tick();
    while (top_.s_axi_awready == 0);
    tick();
    top_.s_axi_awvalid = 0;
    top_.s_axi_wvalid = 0;
    top_.s_axi_bready = 1;
    const Access access{0, top_.s_axi_bresp != 0};
    tick();
    top_.s_axi_bready = 0;
    return access;
  }

  void write_memory(std::uint32_t memory, std::int64_t first, std::span<const std::int32_t> values) override {
    bool error = select(memory, first);
    for (const auto value : values)
      error |= write(STOIC_REG_MEM_DATA, static_cast<std::uint32_t>(value)).error;
    if (error) refuse("written", memory, first, static_cast<std::int64_t>(values.size()));
  }

  std::vector<std::int32_t> read_memory(std::uint32_t memory, std::int64_t first,
                                        std::int64_t count) override {
    std::vector<std::int32_t> values;
    values.reserve(static_cast<std::size_t>(count));
    bool error = select(memory, first);
    for (std::int64_t i = 0; i < count; ++i) {
      const auto access = read(STOIC_REG_MEM_DATA);
      error |= access.error;
      values.push_back(static_cast<std::int32_t>(access.value));
    }
    if (error) refuse("read", memory, first, count);
    return values;
  }

  void send(Stream stream, std::span<const Packet> packets, std::int64_t times) override {
    source(stream).send(packets, times, schedule_, cycle());
  }
  void drop_unsent(Stream stream) override { source(stream).drop(); }
  void set_stalls(const StallSchedule& schedule) override { schedule_ = schedule; }

  void run(std::int64_t cycles) override {
    while (cycles-- > 0) tick();
  }
  bool run_until_interrupt(std::int64_t limit) override {
    while (top_.irq == 0 && limit-- > 0) tick();
    return top_.irq != 0;
  }
  bool interrupt() override { return top_.irq != 0; }
  std::int64_t cycle() override { return verilated_.cycle(); }
  void finish_trace() override { verilated_.finish_trace(); }

  Output take_output() override { return std::exchange(output_, {}); }

  Debug debug() override { return View::debug(top_, config_); }
  void peek_state(std::span<std::int32_t> state) override { View::peek_state(top_, config_, state.data()); }
  bool run_instruction(std::int64_t limit) override {
    if (!View::busy(top_)) return false;
    while (limit-- > 0) {
      tick();
      if (View::instruction_ended(top_)) return true;
    }
    return false;
  }

  void reset() override {
    top_.aresetn = 0;
    top_.s_axis_input_tvalid = 0;
    top_.s_axis_weights_tvalid = 0;
    top_.m_axis_output_tready = 0;
    verilated_.clock();
    top_.aresetn = 1;
    input_.clear();
    weights_.clear();
    output_ = {};
  }

 private:
  StreamSource& source(Stream stream) {
    if (stream == Stream::output) throw Error("the output stream takes no packets; send to input or weights");
    return stream == Stream::input ? input_ : weights_;
  }

  bool select(std::uint32_t memory, std::int64_t first) {
    const bool error = write(STOIC_REG_MEM_SELECT, memory).error;
    return write(STOIC_REG_MEM_ADDRESS, static_cast<std::uint32_t>(first)).error || error;
  }
  [[noreturn]] static void refuse(const char* done, std::uint32_t memory, std::int64_t first,
                                  std::int64_t count) {
    throw Error(
        fmt::format("memory {}: entries {} to {} cannot be {}; is the engine idle, and are they there?",
                    memory, first, first + count - 1, done));
  }

  /// One cycle: the inputs of the streams, the handshakes, the edge.
  void tick() {
    const bool input_offered = input_.offers(cycle());
    const bool weights_offered = weights_.offers(cycle());
    top_.s_axis_input_tvalid = input_offered;
    if (input_offered) {
      std::memcpy(&top_.s_axis_input_tdata, input_.bytes(), static_cast<std::size_t>(input_.beat_bytes()));
      top_.s_axis_input_tlast = input_.last();
    }
    top_.s_axis_weights_tvalid = weights_offered;
    if (weights_offered) {
      std::memcpy(&top_.s_axis_weights_tdata, weights_.bytes(),
                  static_cast<std::size_t>(weights_.beat_bytes()));
      top_.s_axis_weights_tlast = weights_.last();
    }
    const bool output_open = schedule_.open(Stream::output, cycle());
    top_.m_axis_output_tready = output_open;
    // Neither TREADY nor the output depends on an input within the cycle.
    const bool input_accepted = input_offered && top_.s_axis_input_tready != 0;
    const bool weights_accepted = weights_offered && top_.s_axis_weights_tready != 0;
    if (output_open && top_.m_axis_output_tvalid != 0) take_beat();
    verilated_.clock();
    verilated_.check_trace();
    if (input_offered) input_.accepted(input_accepted);
    if (weights_offered) weights_.accepted(weights_accepted);
  }

  void take_beat() {
    const auto word_bytes = static_cast<std::size_t>((config_.state_width + 7) / 8);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&top_.m_axis_output_tdata);
    for (std::int64_t l = 0; l < config_.lanes; ++l, bytes += word_bytes) {
      std::uint32_t word = 0;
      std::memcpy(&word, bytes, word_bytes);
      const int unused = 32 - 8 * static_cast<int>(word_bytes);
      output_.beats.push_back(static_cast<std::int32_t>(word << unused) >> unused);
    }
    output_.last.push_back(top_.m_axis_output_tlast);
    output_.cycles.push_back(cycle());
  }

  HardwareConfig config_;
  VerilatedTop<Top, View, Trace> verilated_;
  Top& top_ = verilated_.pins();
  StreamSource input_;
  StreamSource weights_;
  StallSchedule schedule_;
  Output output_;
};

/// Bits [first, first + width), at most 32, of a packed value of Verilator, whatever its type.
template <class Packed>
std::int64_t packed_bits(const Packed& value, std::int64_t first, std::int64_t width) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&value);
  std::uint64_t bits = 0;
  const auto from = first / 8;
  const auto count = std::min<std::int64_t>((first + width + 7) / 8, sizeof(Packed)) - from;
  std::memcpy(&bits, bytes + from, static_cast<std::size_t>(count));
  return static_cast<std::int64_t>(bits >> (first % 8) & ((std::uint64_t{1} << width) - 1));
}

/// Loops of a stoic_loop_stack, outermost first.
template <class Open, class Body, class Remaining>
std::vector<Device::Debug::Loop> open_loops(const Open& open, const Body& body, const Remaining& remaining,
                                            std::int64_t depth) {
  std::vector<Device::Debug::Loop> loops;
  for (std::int64_t d = depth - 1; d >= 0; --d)
    if (packed_bits(open, d, 1) != 0)
      loops.push_back({packed_bits(body, 17 * d, 17), packed_bits(remaining, 24 * d, 24)});
  return loops;
}

/// The states of one lane, each beside those of the other lanes.
template <class Words>
void copy_lane(const Words& words, std::int64_t lane, const HardwareConfig& config, std::int32_t* state) {
  const auto width = config.state_width;
  for (std::int64_t w = 0; w < config.state_words_per_lane; ++w) {
    const std::int64_t code = words[static_cast<std::size_t>(w)];
    state[w * config.lanes + lane] = static_cast<std::int32_t>(
        code >= std::int64_t{1} << (width - 1) ? code - (std::int64_t{1} << width) : code);
  }
}

}  // namespace stoic::rtl

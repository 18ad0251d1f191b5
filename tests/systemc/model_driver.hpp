#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "stoic/sim/contract/assembler.hpp"
#include "stoic/sim/golden/machine.hpp"
#include "stoic/sim/systemc/cycle_model.hpp"

namespace stoic::systemc {

constexpr std::uint32_t start = 1u << STOIC_CONTROL_START_LSB;
constexpr std::uint32_t reset = 1u << STOIC_CONTROL_RESET_LSB;

/// A cycle model with a driver that takes two cycles for an access, as the bus does, and a sink that keeps
/// beats.
class ModelDriver {
 public:
  explicit ModelDriver(const HardwareConfig& config) : model(config) {
    model.output().sink = [this](const OutputOffer& beat) {
      if (beat.again) output.pop_back();
      output.push_back({{beat.values.begin(), beat.values.end()}, beat.last, beat.from, never});
      if (!sink_closed) output.back().accepted = beat.from + sink_delay;
      return output.back().accepted;
    };
  }

  std::uint32_t read(std::uint32_t offset) {
    const auto access = model.read(offset);
    EXPECT_FALSE(access.error) << "read of offset " << offset;
    model.advance_to(model.now() + 2);
    return access.value;
  }
  /// Without passing time.
  std::uint32_t peek(std::uint32_t offset) const { return model.peek(offset).value; }
  void write(std::uint32_t offset, std::uint32_t value) {
    EXPECT_FALSE(model.write(offset, value).error) << "write of offset " << offset;
    model.advance_to(model.now() + 2);
  }
  bool refuses_read(std::uint32_t offset) { return model.read(offset).error; }
  bool refuses_write(std::uint32_t offset, std::uint32_t value) { return model.write(offset, value).error; }

  void write_memory(std::uint32_t memory, std::int64_t first, std::span<const std::int32_t> values) {
    write(STOIC_REG_MEM_SELECT, memory);
    write(STOIC_REG_MEM_ADDRESS, static_cast<std::uint32_t>(first));
    for (const auto value : values) write(STOIC_REG_MEM_DATA, static_cast<std::uint32_t>(value));
  }
  void write_program(std::span<const std::uint64_t> program) {
    std::vector<std::int32_t> halves;
    for (const auto word : program) {
      halves.push_back(static_cast<std::int32_t>(word));
      halves.push_back(static_cast<std::int32_t>(word >> 32));
    }
    write_memory(STOIC_MEMORY_PROGRAM, 0, halves);
  }
  /// A program as text, with its constants.
  void write_program(const std::string& text) {
    const auto assembly = assemble(text, model.config(), "test");
    write_program(assembly.program);
    for (const auto& block : assembly.initial_state)
      write_memory(STOIC_MEMORY_STATE, block.word * model.config().lanes, block.values);
  }

  /// `beats` whole beats that count from `first` on, offered from now on.
  static Burst burst(const HardwareConfig& config, std::int64_t beats, bool last = true,
                     std::int32_t first = 1) {
    auto values = std::make_shared<std::vector<std::int32_t>>(static_cast<std::size_t>(beats * config.lanes));
    for (auto& value : *values) value = first++ % 100;
    return {values, last};
  }
  void send_input(std::int64_t beats, bool last = true, std::int32_t first = 1) {
    auto sent = burst(model.config(), beats, last, first);
    sent.earliest = model.now();
    model.offer_input(std::move(sent));
  }
  void send_weights(std::int64_t beats, bool last = true, std::int32_t first = 1) {
    auto sent = burst(model.config(), beats, last, first);
    sent.earliest = model.now();
    model.offer_weights(std::move(sent));
  }

  /// START; now() is the first busy cycle afterwards.
  void begin() {
    EXPECT_FALSE(model.write(STOIC_REG_CONTROL, start).error);
    model.advance_to(model.now() + 1);
  }
  bool busy() const { return model.engine().busy(); }
  /// To the end of the run, or until nothing can happen any more.
  void finish() {
    while (busy() && model.change_bound() != never) model.advance_to(model.change_bound());
  }
  void run() {
    begin();
    finish();
  }
  std::uint32_t code() const {
    return peek(STOIC_REG_STATUS) >> STOIC_STATUS_CODE_LSB & ((1u << STOIC_STATUS_CODE_WIDTH) - 1);
  }
  std::uint32_t cycles() const { return peek(STOIC_REG_CYCLES_LOW); }
  std::uint32_t stalls() const {
    return peek(STOIC_REG_STALL_INPUT) + peek(STOIC_REG_STALL_WEIGHTS) + peek(STOIC_REG_STALL_OUTPUT);
  }

  struct Beat {
    std::vector<std::int32_t> values;
    bool last;
    std::int64_t offered;
    std::int64_t accepted;
    bool operator==(const Beat&) const = default;
  };
  std::vector<Beat> output;  ///< as they entered the output register
  std::int64_t sink_delay = 0;
  bool sink_closed = false;
  CycleModel model;
};

/// Cycles of starting and ending around the bodies and fetches of a run.
constexpr std::int64_t around = 2 * STOIC_START_CYCLES;

}  // namespace stoic::systemc

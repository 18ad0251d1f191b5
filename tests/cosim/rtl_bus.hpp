#pragma once
#include <gtest/gtest.h>

#if VM_COVERAGE
#include <unistd.h>
#include <verilated_cov.h>

#include <cstdlib>
#endif
#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "Vbuilt.h"
#include "needs.hpp"
#include "stoic/generated/stoic_interface.h"
#include "stoic/sim/contract/instruction.hpp"
#include "stoic_rtl_built.hpp"

/// Leaves the test with what the instance of the RTL lacks for it.
#define NEEDS(...) \
  if (const auto lack = lacking(rtl::built_config(), {__VA_ARGS__}); !lack.empty()) GTEST_SKIP() << lack

namespace stoic::cosim {

/// The RTL's pins and a master of its AXI4-Lite port that waits for nothing: what the bus does cycle by
/// cycle.
class Bus : public testing::Test {
 protected:
  Bus() : top(&context) {
    context.commandArgs(0, static_cast<const char**>(nullptr));
    tick(2);
    top.aresetn = 1;
  }
  ~Bus() override {
    top.final();
#if VM_COVERAGE
    static int tests = 0;
    if (const char* folder = std::getenv("STOIC_COVERAGE_DIR")) {
      const auto file = "bus-" + std::to_string(getpid()) + "-" + std::to_string(tests++) + ".dat";
      context.coveragep()->write((folder + ("/" + file)).c_str());
    }
#endif
  }

  void tick(int cycles = 1) {
    for (; cycles > 0; --cycles) {
      top.aclk = 1;
      top.eval();
      top.aclk = 0;
      top.eval();
    }
  }
  void offer_write(std::uint32_t offset, std::uint32_t value, unsigned strobes = 0xf) {
    top.s_axi_awaddr = static_cast<CData>(offset);
    top.s_axi_wdata = value;
    top.s_axi_wstrb = static_cast<CData>(strobes);
    top.s_axi_awvalid = top.s_axi_wvalid = 1;
    top.eval();
  }
  void offer_read(std::uint32_t offset) {
    top.s_axi_araddr = static_cast<CData>(offset);
    top.s_axi_arvalid = 1;
    top.eval();
  }
  void withdraw() {
    top.s_axi_awvalid = top.s_axi_wvalid = top.s_axi_arvalid = 0;
    top.eval();
  }
  /// Returns the response.
  int write(std::uint32_t offset, std::uint32_t value, unsigned strobes = 0xf) {
    offer_write(offset, value, strobes);
    EXPECT_FALSE(top.s_axi_awready || top.s_axi_wready);
    tick(STOIC_WRITE_OFFER_CYCLES);
    EXPECT_TRUE(top.s_axi_awready && top.s_axi_wready);
    tick();
    withdraw();
    EXPECT_TRUE(top.s_axi_bvalid);
    const int response = top.s_axi_bresp;
    top.s_axi_bready = 1;
    tick();
    top.s_axi_bready = 0;
    return response;
  }
  std::uint32_t read(std::uint32_t offset) {
    offer_read(offset);
    EXPECT_TRUE(top.s_axi_arready);
    tick();
    withdraw();
    for (int cycles = 0; !top.s_axi_rvalid && cycles < 2; ++cycles) tick();
    EXPECT_TRUE(top.s_axi_rvalid);
    top.s_axi_rready = 1;
    tick();
    top.s_axi_rready = 0;
    return top.s_axi_rdata;
  }

  void write_memory(std::uint32_t memory, std::span<const std::uint32_t> values) {
    write(STOIC_REG_MEM_SELECT, memory);
    write(STOIC_REG_MEM_ADDRESS, 0);
    for (const auto value : values) EXPECT_EQ(write(STOIC_REG_MEM_DATA, value), okay);
  }
  /// Starts a program from word 0.
  void begin(const std::vector<Instruction>& program) {
    std::vector<std::uint32_t> halves;
    for (const auto& instruction : program)
      for (const auto word : encode(instruction)) {
        halves.push_back(static_cast<std::uint32_t>(word));
        halves.push_back(static_cast<std::uint32_t>(word >> 32));
      }
    write_memory(STOIC_MEMORY_PROGRAM, halves);
    write(STOIC_REG_IRQ_ENABLE, 3);
    EXPECT_EQ(write(STOIC_REG_CONTROL, start), okay);
  }
  /// Runs a program from word 0 and returns STATUS.
  std::uint32_t run(const std::vector<Instruction>& program, std::uint32_t samples) {
    write(STOIC_REG_SAMPLES, samples);
    begin(program);
    for (int cycles = 0; !top.irq && cycles < 1000000; ++cycles) tick();
    return read(STOIC_REG_STATUS);
  }

  static constexpr std::uint32_t start = 1 << STOIC_CONTROL_START_LSB, reset = 1 << STOIC_CONTROL_RESET_LSB;
  static constexpr std::uint32_t done = 1 << STOIC_STATUS_DONE_LSB;
  static constexpr int okay = 0, slave_error = 2;
  VerilatedContext context;
  Vbuilt top;
};

}  // namespace stoic::cosim

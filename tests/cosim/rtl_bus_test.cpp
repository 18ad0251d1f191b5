// What only a driver of single wires can see of the RTL's bus: strobes, handshakes that wait, both channels
// at once.
#include <gtest/gtest.h>

#if VM_COVERAGE
#include <unistd.h>
#include <verilated_cov.h>

#include <cstdlib>
#endif
#include <string>

#include "Vbuilt.h"
#include "stoic/generated/stoic_interface.h"

namespace stoic::cosim {
namespace {

class Bus : public testing::Test {
 protected:
  Bus() : top(&context) {
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

  static constexpr int okay = 0, slave_error = 2;
  VerilatedContext context;
  Vbuilt top;
};

TEST_F(Bus, RefusesWritesOfSomeBytesOnly) {
  EXPECT_EQ(write(STOIC_REG_SAMPLES, 0x01020304), okay);
  for (unsigned strobes = 0; strobes < 0xf; ++strobes) {
    EXPECT_EQ(write(STOIC_REG_SAMPLES, 7, strobes), slave_error) << strobes;
    EXPECT_EQ(read(STOIC_REG_SAMPLES), 0x01020304u) << strobes;
  }
  EXPECT_EQ(read(STOIC_REG_STATUS), 1u << STOIC_STATUS_ACCESS_ERROR_LSB);
}

TEST_F(Bus, IgnoresTheLowBitsOfAnAddress) {
  EXPECT_EQ(write(STOIC_REG_SAMPLES + 3, 41), okay);
  EXPECT_EQ(read(STOIC_REG_SAMPLES + 2), 41u);
}

TEST_F(Bus, TakesAWriteWhenAddressAndDataAreThere) {
  offer_write(STOIC_REG_SAMPLES, 5);
  top.s_axi_wvalid = 0;
  top.eval();
  EXPECT_FALSE(top.s_axi_awready);
  tick(3);
  EXPECT_FALSE(top.s_axi_bvalid);
  top.s_axi_wvalid = 1;
  top.s_axi_awvalid = 0;
  top.eval();
  EXPECT_FALSE(top.s_axi_wready);
  tick(3);
  EXPECT_FALSE(top.s_axi_bvalid);
  EXPECT_EQ(write(STOIC_REG_SAMPLES, 5), okay);
  EXPECT_EQ(read(STOIC_REG_SAMPLES), 5u);
}

TEST_F(Bus, TakesAWriteBeforeARead) {
  offer_read(STOIC_REG_SAMPLES);
  offer_write(STOIC_REG_SAMPLES, 6);
  EXPECT_TRUE(top.s_axi_awready);
  EXPECT_FALSE(top.s_axi_arready);
  tick();
  top.s_axi_awvalid = top.s_axi_wvalid = 0;
  top.eval();
  EXPECT_TRUE(top.s_axi_bvalid);
  EXPECT_TRUE(top.s_axi_arready);
  tick();
  withdraw();
  EXPECT_TRUE(top.s_axi_rvalid);
  EXPECT_EQ(top.s_axi_rdata, 6u);
}

TEST_F(Bus, TakesNothingNewWhileAResponseWaits) {
  offer_write(STOIC_REG_SAMPLES, 8);
  tick();
  offer_write(STOIC_REG_CYCLE_LIMIT, 9);
  for (int cycle = 0; cycle < 3; ++cycle) {
    EXPECT_TRUE(top.s_axi_bvalid);
    EXPECT_FALSE(top.s_axi_awready || top.s_axi_wready);
    tick();
  }
  withdraw();
  top.s_axi_bready = 1;
  tick();
  EXPECT_FALSE(top.s_axi_bvalid);
  top.s_axi_bready = 0;
  EXPECT_EQ(read(STOIC_REG_CYCLE_LIMIT), 0u);

  offer_read(STOIC_REG_SAMPLES);
  tick();
  offer_read(STOIC_REG_ID);
  for (int cycle = 0; cycle < 3; ++cycle) {
    EXPECT_TRUE(top.s_axi_rvalid);
    EXPECT_EQ(top.s_axi_rdata, 8u);
    EXPECT_FALSE(top.s_axi_arready);
    tick();
  }
  withdraw();
  top.s_axi_rready = 1;
  tick();
  EXPECT_FALSE(top.s_axi_rvalid);
}

TEST_F(Bus, GivesMemoryDataInTheCycleAfterThatOfARegister) {
  write(STOIC_REG_MEM_SELECT, STOIC_MEMORY_WEIGHTS);
  write(STOIC_REG_MEM_DATA, static_cast<std::uint32_t>(-3));
  write(STOIC_REG_MEM_ADDRESS, 0);
  offer_read(STOIC_REG_MEM_DATA);
  tick();
  EXPECT_FALSE(top.s_axi_rvalid);
  EXPECT_FALSE(top.s_axi_arready) << "a second read before the data of the first";
  tick();
  EXPECT_TRUE(top.s_axi_rvalid);
  EXPECT_EQ(top.s_axi_rdata, static_cast<std::uint32_t>(-3));
}

TEST_F(Bus, DropsItsResponsesInReset) {
  offer_write(STOIC_REG_SAMPLES, 8);
  tick();
  withdraw();
  offer_read(STOIC_REG_SAMPLES);
  tick();
  withdraw();
  EXPECT_TRUE(top.s_axi_bvalid && top.s_axi_rvalid);
  top.aresetn = 0;
  tick();
  top.aresetn = 1;
  EXPECT_FALSE(top.s_axi_bvalid || top.s_axi_rvalid);
  EXPECT_EQ(read(STOIC_REG_SAMPLES), 0u);
}

}  // namespace
}  // namespace stoic::cosim

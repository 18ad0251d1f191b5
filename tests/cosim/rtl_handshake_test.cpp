// The handshakes of the RTL's AXI4-Lite port: offers in any order, waits on every channel.
#include <optional>
#include <random>

#include "rtl_bus.hpp"

namespace stoic::cosim {
namespace rtl_handshake_test {

TEST_F(Bus, AcceptsAWriteWhenAddressAndDataHaveBothBeenOffered) {
  for (const bool address_first : {true, false}) {
    const std::uint32_t value = address_first ? 5 : 6;
    offer_write(STOIC_REG_SAMPLES, value);
    (address_first ? top.s_axi_wvalid : top.s_axi_awvalid) = 0;
    for (int cycle = 0; cycle < 3; ++cycle) {
      tick();
      EXPECT_FALSE(top.s_axi_awready || top.s_axi_wready || top.s_axi_bvalid);
    }
    top.s_axi_awvalid = top.s_axi_wvalid = 1;
    tick();
    EXPECT_TRUE(top.s_axi_awready && top.s_axi_wready);
    EXPECT_FALSE(top.s_axi_bvalid);
    tick();
    withdraw();
    EXPECT_FALSE(top.s_axi_awready || top.s_axi_wready);
    EXPECT_TRUE(top.s_axi_bvalid);
    top.s_axi_bready = 1;
    tick();
    top.s_axi_bready = 0;
    EXPECT_EQ(read(STOIC_REG_SAMPLES), value);
  }
}

TEST_F(Bus, AcceptsNoReadInTheCycleInWhichItAcceptsAWrite) {
  offer_write(STOIC_REG_SAMPLES, 6);
  tick();
  offer_read(STOIC_REG_SAMPLES);
  EXPECT_TRUE(top.s_axi_awready);
  EXPECT_FALSE(top.s_axi_arready);
  tick();
  EXPECT_TRUE(top.s_axi_bvalid && top.s_axi_arready);
  EXPECT_FALSE(top.s_axi_rvalid);
  tick();
  withdraw();
  EXPECT_TRUE(top.s_axi_rvalid);
  EXPECT_EQ(top.s_axi_rdata, 6u);
}

TEST_F(Bus, AcceptsNothingWhileItsResponseWaits) {
  offer_write(STOIC_REG_SAMPLES, 8);
  tick(2);
  offer_write(STOIC_REG_CYCLE_LIMIT, 9);
  for (int cycle = 0; cycle < 4; ++cycle) {
    EXPECT_TRUE(top.s_axi_bvalid);
    EXPECT_FALSE(top.s_axi_awready || top.s_axi_wready);
    tick();
  }
  top.s_axi_bready = 1;
  tick();
  EXPECT_FALSE(top.s_axi_bvalid || top.s_axi_awready);
  tick();
  EXPECT_TRUE(top.s_axi_awready && top.s_axi_wready);
  tick();
  EXPECT_TRUE(top.s_axi_bvalid);
  withdraw();
  tick();
  top.s_axi_bready = 0;
  EXPECT_EQ(read(STOIC_REG_CYCLE_LIMIT), 9u);

  offer_read(STOIC_REG_SAMPLES);
  tick();
  offer_read(STOIC_REG_ID);
  for (int cycle = 0; cycle < 4; ++cycle) {
    EXPECT_TRUE(top.s_axi_rvalid);
    EXPECT_EQ(top.s_axi_rdata, 8u);
    EXPECT_FALSE(top.s_axi_arready);
    tick();
  }
  top.s_axi_rready = 1;
  tick();
  EXPECT_FALSE(top.s_axi_rvalid);
  EXPECT_TRUE(top.s_axi_arready);
  tick();
  EXPECT_TRUE(top.s_axi_rvalid);
  EXPECT_EQ(top.s_axi_rdata, static_cast<std::uint32_t>(STOIC_ID));
}

/// A master with every wait there may be, beside a plain array of registers.
class RandomMaster : public Bus {
 protected:
  static constexpr std::uint32_t registers[] = {STOIC_REG_SAMPLES, STOIC_REG_CYCLE_LIMIT,
                                                STOIC_REG_STREAM_TIMEOUT, STOIC_REG_MEM_ADDRESS};
  struct Write {
    std::uint32_t which, value;
  };

  std::uint32_t drawn() { return static_cast<std::uint32_t>(draw()); }
  bool sometimes() { return draw() % 3 == 0; }

  /// The inputs of this cycle. What is offered stays until it is accepted.
  void offer() {
    top.s_axi_awvalid = top.s_axi_awvalid || sometimes();
    top.s_axi_wvalid = top.s_axi_wvalid || sometimes();
    top.s_axi_arvalid = top.s_axi_arvalid || sometimes();
    top.s_axi_awaddr = static_cast<CData>(registers[next.which]);
    top.s_axi_wdata = next.value;
    top.s_axi_wstrb = 0xf;
    top.s_axi_araddr = static_cast<CData>(registers[next_read]);
    top.s_axi_bready = sometimes();
    top.s_axi_rready = sometimes();
    top.eval();
  }

  std::vector<std::uint32_t> outputs() const {
    return {top.s_axi_awready, top.s_axi_wready,        top.s_axi_arready,         top.s_axi_bvalid,
            top.s_axi_bresp,   top.s_axi_rvalid,        top.s_axi_rresp,           top.s_axi_rdata,
            top.irq,           top.s_axis_input_tready, top.s_axis_weights_tready, top.m_axis_output_tvalid};
  }

  /// Turns every input of one bit and turns it back: only the clock may change an output.
  void expect_outputs_from_registers() {
    const auto before = outputs();
    for (CData* input :
         {&top.s_axi_awvalid, &top.s_axi_wvalid, &top.s_axi_arvalid, &top.s_axi_bready, &top.s_axi_rready,
          &top.s_axis_input_tvalid, &top.s_axis_weights_tvalid, &top.m_axis_output_tready}) {
      *input ^= 1;
      top.eval();
      ASSERT_EQ(outputs(), before);
      *input ^= 1;
    }
    top.eval();
  }

  /// The clock, and what the port must then show.
  void step() {
    const bool offered = top.s_axi_awvalid && top.s_axi_wvalid;
    const bool looks = top.s_axi_arvalid && !shown && !accepts;
    if (shown && top.s_axi_rready) shown.reset();
    if (looks) shown = values[next_read];
    if (accepts) {
      values[next.which] = next.value;
      ++served;
    }
    const bool accepted = accepts, waits = response;
    response = accepted || (waits && !top.s_axi_bready);
    accepts = offered && !accepted && !waits;
    tick();
    if (looks) {
      top.s_axi_arvalid = 0;
      next_read = drawn() % 4;
    }
    if (accepted) {
      top.s_axi_awvalid = top.s_axi_wvalid = 0;
      next = {drawn() % 4, drawn()};
    }
    top.eval();
  }

  std::mt19937 draw{1};
  std::uint32_t values[4] = {};
  std::optional<std::uint32_t> shown;  // data that waits
  bool accepts = false;                // a write in this cycle
  bool response = false;               // waits
  Write next{0, 1};
  std::uint32_t next_read = 0;
  int served = 0;
};

TEST_F(RandomMaster, IsServedInOrderByOutputsThatFollowRegistersAlone) {
  for (int cycle = 0; cycle < 20000; ++cycle) {
    offer();
    expect_outputs_from_registers();
    ASSERT_EQ(top.s_axi_awready != 0, accepts) << "cycle " << cycle;
    ASSERT_EQ(top.s_axi_wready != 0, accepts) << "cycle " << cycle;
    ASSERT_EQ(top.s_axi_arready != 0, !shown && !accepts) << "cycle " << cycle;
    step();
    ASSERT_EQ(top.s_axi_bvalid != 0, response) << "cycle " << cycle;
    ASSERT_EQ(top.s_axi_rvalid != 0, shown.has_value()) << "cycle " << cycle;
    ASSERT_EQ(shown.value_or(top.s_axi_rdata), top.s_axi_rdata) << "cycle " << cycle;
  }
  EXPECT_GT(served, 1000);
}

}  // namespace rtl_handshake_test
}  // namespace stoic::cosim

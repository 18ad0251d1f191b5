// The handshakes of the RTL's AXI4-Lite port: offers in any order, waits on every channel.
#include <deque>
#include <optional>
#include <random>

#include "rtl_bus.hpp"

namespace stoic::cosim {
namespace {

TEST_F(Bus, TakesAddressAndDataOfAWriteInEitherOrder) {
  offer_write(STOIC_REG_SAMPLES, 5);
  top.s_axi_wvalid = 0;
  EXPECT_TRUE(top.s_axi_awready && top.s_axi_wready);
  tick();
  withdraw();
  top.s_axi_awaddr = STOIC_REG_CYCLE_LIMIT;  // no longer anybody's address
  for (int cycle = 0; cycle < 3; ++cycle) {
    EXPECT_FALSE(top.s_axi_awready) << "it holds an address";
    EXPECT_TRUE(top.s_axi_wready);
    EXPECT_FALSE(top.s_axi_bvalid);
    tick();
  }
  top.s_axi_wvalid = 1;
  tick();
  finish_write();
  EXPECT_TRUE(top.s_axi_awready);

  offer_write(STOIC_REG_CYCLE_LIMIT, 6);
  top.s_axi_awvalid = 0;
  tick();
  withdraw();
  top.s_axi_wdata = 77;
  top.s_axi_wstrb = 0;
  for (int cycle = 0; cycle < 3; ++cycle) {
    EXPECT_FALSE(top.s_axi_wready) << "it holds data";
    EXPECT_TRUE(top.s_axi_awready);
    EXPECT_FALSE(top.s_axi_bvalid);
    tick();
  }
  top.s_axi_awaddr = STOIC_REG_CYCLE_LIMIT;
  top.s_axi_awvalid = 1;
  tick();
  finish_write();
  EXPECT_EQ(read(STOIC_REG_SAMPLES), 5u);
  EXPECT_EQ(read(STOIC_REG_CYCLE_LIMIT), 6u);
}

TEST_F(Bus, ServesAWriteBeforeARead) {
  offer_read(STOIC_REG_SAMPLES);
  offer_write(STOIC_REG_SAMPLES, 6);
  EXPECT_TRUE(top.s_axi_awready && top.s_axi_arready);
  tick();
  withdraw();
  EXPECT_TRUE(top.s_axi_bvalid);
  EXPECT_FALSE(top.s_axi_rvalid);
  EXPECT_FALSE(top.s_axi_arready) << "it holds the address of the read";
  tick();
  EXPECT_TRUE(top.s_axi_rvalid && top.s_axi_arready);
  EXPECT_EQ(top.s_axi_rdata, 6u);
}

TEST_F(Bus, HoldsWhatComesWhileAResponseWaits) {
  offer_write(STOIC_REG_SAMPLES, 8);
  tick();
  EXPECT_TRUE(top.s_axi_awready && top.s_axi_wready);
  offer_write(STOIC_REG_CYCLE_LIMIT, 9);
  tick();
  withdraw();
  for (int cycle = 0; cycle < 3; ++cycle) {
    EXPECT_TRUE(top.s_axi_bvalid);
    EXPECT_FALSE(top.s_axi_awready || top.s_axi_wready);
    tick();
  }
  top.s_axi_bready = 1;
  tick();
  EXPECT_FALSE(top.s_axi_bvalid || top.s_axi_awready || top.s_axi_wready);
  tick();
  EXPECT_TRUE(top.s_axi_bvalid && top.s_axi_awready && top.s_axi_wready);
  tick();
  top.s_axi_bready = 0;
  EXPECT_EQ(read(STOIC_REG_CYCLE_LIMIT), 9u);

  offer_read(STOIC_REG_SAMPLES);
  tick();
  EXPECT_TRUE(top.s_axi_arready);
  offer_read(STOIC_REG_ID);
  tick();
  withdraw();
  for (int cycle = 0; cycle < 3; ++cycle) {
    EXPECT_TRUE(top.s_axi_rvalid);
    EXPECT_EQ(top.s_axi_rdata, 8u);
    EXPECT_FALSE(top.s_axi_arready);
    tick();
  }
  top.s_axi_rready = 1;
  tick();
  EXPECT_FALSE(top.s_axi_rvalid || top.s_axi_arready);
  tick();
  EXPECT_TRUE(top.s_axi_rvalid && top.s_axi_arready);
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
    top.s_axi_awvalid = top.s_axi_awvalid || (!address_given && sometimes());
    top.s_axi_wvalid = top.s_axi_wvalid || (!data_given && sometimes());
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
    const bool address = top.s_axi_awvalid && top.s_axi_awready, data = top.s_axi_wvalid && top.s_axi_wready,
               read = top.s_axi_arvalid && top.s_axi_arready;
    const bool response_waits = top.s_axi_bvalid, data_waits = top.s_axi_rvalid;
    if (address) addresses.push_back(next.which);
    if (data) values_to_write.push_back(next.value);
    if (read) reads.push_back(next_read);
    const bool writes = !addresses.empty() && !values_to_write.empty() && !response_waits;
    const bool looks = !reads.empty() && !data_waits && !writes;
    response = writes || (response_waits && !top.s_axi_bready);
    if (data_waits && top.s_axi_rready) shown.reset();
    if (looks) {
      shown = values[reads.front()];
      reads.pop_front();
    }
    if (writes) {
      values[addresses.front()] = values_to_write.front();
      addresses.pop_front();
      values_to_write.pop_front();
      ++served;
    }
    tick();
    if (address) top.s_axi_awvalid = 0;
    if (data) top.s_axi_wvalid = 0;
    if (read) top.s_axi_arvalid = 0;
    if (read) next_read = drawn() % 4;
    address_given |= address;
    data_given |= data;
    if (address_given && data_given) {
      address_given = data_given = false;
      next = {drawn() % 4, drawn()};
    }
    top.eval();
  }

  std::mt19937 draw{1};
  std::uint32_t values[4] = {};
  std::deque<std::uint32_t> addresses, values_to_write, reads;  // accepted, not yet in effect
  std::optional<std::uint32_t> shown;                           // data that waits
  bool response = false, address_given = false, data_given = false;
  Write next{0, 1};
  std::uint32_t next_read = 0;
  int served = 0;
};

TEST_F(RandomMaster, IsServedInOrderByOutputsThatFollowRegistersAlone) {
  for (int cycle = 0; cycle < 20000; ++cycle) {
    offer();
    expect_outputs_from_registers();
    step();
    ASSERT_EQ(top.s_axi_bvalid != 0, response) << "cycle " << cycle;
    ASSERT_EQ(top.s_axi_rvalid != 0, shown.has_value()) << "cycle " << cycle;
    if (shown) ASSERT_EQ(top.s_axi_rdata, *shown) << "cycle " << cycle;
  }
  EXPECT_GT(served, 1000);
}

}  // namespace
}  // namespace stoic::cosim

// The whole accelerator, with any program, weights, states and streams: its AXI4-Lite slave, and that the output keeps to
// AXI4-Stream with no packet longer than the state memory.
module formal_accelerator (
  input logic        aclk,
  input logic        aresetn,
  input logic [7:0]  awaddr,
  input logic        awvalid,
  input logic [31:0] wdata,
  input logic [3:0]  wstrb,
  input logic        wvalid,
  input logic        bready,
  input logic [7:0]  araddr,
  input logic        arvalid,
  input logic        rready,
  input logic        input_tvalid,
  input logic        input_tlast,
  input logic [StateBus-1:0] input_tdata,
  input logic        weights_tvalid,
  input logic        weights_tlast,
  input logic [WeightBus-1:0] weights_tdata,
  input logic        output_tready
);

  localparam bit [31:0] StateBus  = stoic_pkg::Lanes * ((stoic_pkg::StateWidth + 7) / 8) * 8;
  localparam bit [31:0] WeightBus = stoic_pkg::Lanes * ((stoic_pkg::WeightWidth + 7) / 8) * 8;

  logic        awready, wready, bvalid, arready, rvalid, irq, input_tready, weights_tready, output_tvalid, output_tlast;
  logic [1:0]  bresp, rresp;
  logic [31:0] rdata;
  logic [StateBus-1:0] output_tdata;

  stoic_accelerator dut (
    .aclk, .aresetn,
    .s_axi_awaddr(awaddr), .s_axi_awvalid(awvalid), .s_axi_awready(awready),
    .s_axi_wdata(wdata), .s_axi_wstrb(wstrb), .s_axi_wvalid(wvalid), .s_axi_wready(wready),
    .s_axi_bresp(bresp), .s_axi_bvalid(bvalid), .s_axi_bready(bready),
    .s_axi_araddr(araddr), .s_axi_arvalid(arvalid), .s_axi_arready(arready),
    .s_axi_rdata(rdata), .s_axi_rresp(rresp), .s_axi_rvalid(rvalid), .s_axi_rready(rready),
    .s_axis_input_tvalid(input_tvalid), .s_axis_input_tready(input_tready), .s_axis_input_tlast(input_tlast),
    .s_axis_input_tdata(input_tdata),
    .s_axis_weights_tvalid(weights_tvalid), .s_axis_weights_tready(weights_tready), .s_axis_weights_tlast(weights_tlast),
    .s_axis_weights_tdata(weights_tdata),
    .m_axis_output_tvalid(output_tvalid), .m_axis_output_tready(output_tready), .m_axis_output_tlast(output_tlast),
    .m_axis_output_tdata(output_tdata), .irq(irq));

  logic started_q;
  initial started_q = 1'b0;
  always_ff @(posedge aclk) started_q <= 1'b1;
  always_comb assume (started_q || !aresetn);  // reset first

  axi_lite_properties u_bus (
    .clk_i(aclk), .rst_ni(aresetn && started_q),
    .awaddr_i(awaddr), .awvalid_i(awvalid), .awready_i(awready), .wdata_i(wdata), .wstrb_i(wstrb), .wvalid_i(wvalid),
    .wready_i(wready), .bresp_i(bresp), .bvalid_i(bvalid), .bready_i(bready),
    .araddr_i(araddr), .arvalid_i(arvalid), .arready_i(arready), .rdata_i(rdata), .rresp_i(rresp), .rvalid_i(rvalid),
    .rready_i(rready));

  axi_stream_properties #(
    .Width  (StateBus),
    .Longest(stoic_pkg::StateWordsPerLane)
  ) u_output (
    .clk_i(aclk), .rst_ni(aresetn && started_q),
    .tvalid_i(output_tvalid), .tready_i(output_tready), .tlast_i(output_tlast), .tdata_i(output_tdata));

endmodule

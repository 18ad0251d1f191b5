// For place and route alone: the accelerator behind six pins, since its buses have more wires than a small package.
//
// All inputs come from a memory of unknown contents (the data of all buses from the same bits, which saves RAM blocks), all outputs go into a parity; so nothing is optimised away, and the
// clock rate that the tools report is that of the accelerator.
module stoic_pin_harness (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic write_i,
  input  logic data_i,
  output logic irq_o,
  output logic parity_o
);

  localparam bit [31:0] StateBus = 8 * stoic_pkg::Lanes * ((stoic_pkg::StateWidth + 7) / 8);
  localparam bit [31:0] WeightBus = 8 * stoic_pkg::Lanes * ((stoic_pkg::WeightWidth + 7) / 8);
  localparam bit [31:0] Inputs = 8 + 1 + 32 + 4 + 1 + 1 + 8 + 1 + 1 + 2 + 2 + 1;
  localparam bit [31:0] Outputs = 1 + 1 + 2 + 1 + 1 + 32 + 2 + 1 + 1 + 1 + (2 + StateBus);
  logic [Inputs-1:0]  inputs;
  logic [Outputs-1:0] outputs;

  logic [7:0] address_q;
  always_ff @(posedge clk_i) begin
    address_q <= rst_ni ? address_q + 8'd1 : '0;
    parity_o  <= ^outputs;
  end

  stoic_memory #(
    .SliceWidth(Inputs),
    .Depth     (256)
  ) u_stimulus (
    .clk_i,
    .write_i,
    .write_address_i(address_q),
    .write_data_i   ({Inputs{data_i}}),
    .read_i         (1'b1),
    .read_address_i (~address_q),
    .read_data_o    (inputs)
  );

  logic [7:0]           awaddr, araddr;
  logic [31:0]          wdata;
  logic [3:0]           wstrb;
  logic                 awvalid, wvalid, bready, arvalid, rready, input_tvalid, input_tlast, weights_tvalid, weights_tlast;
  logic                 output_tready;
  logic [StateBus-1:0]  input_tdata;
  logic [WeightBus-1:0] weights_tdata;
  assign {awaddr, awvalid, wdata, wstrb, wvalid, bready, araddr, arvalid, rready, input_tvalid, input_tlast,
          weights_tvalid, weights_tlast, output_tready} = inputs;
  assign input_tdata   = StateBus'({(StateBus + 31) / 32{wdata}});
  assign weights_tdata = WeightBus'({(WeightBus + 31) / 32{~wdata}});

  logic                awready, wready, bvalid, arready, rvalid, input_tready, weights_tready, output_tvalid, output_tlast;
  logic [1:0]          bresp, rresp;
  logic [31:0]         rdata;
  logic [StateBus-1:0] output_tdata;
  assign outputs = {awready, wready, bresp, bvalid, arready, rdata, rresp, rvalid, input_tready, weights_tready,
                    output_tvalid, output_tlast, output_tdata};

  stoic_accelerator u_accelerator (
    .aclk                 (clk_i),
    .aresetn              (rst_ni),
    .s_axi_awaddr         (awaddr),
    .s_axi_awvalid        (awvalid),
    .s_axi_awready        (awready),
    .s_axi_wdata          (wdata),
    .s_axi_wstrb          (wstrb),
    .s_axi_wvalid         (wvalid),
    .s_axi_wready         (wready),
    .s_axi_bresp          (bresp),
    .s_axi_bvalid         (bvalid),
    .s_axi_bready         (bready),
    .s_axi_araddr         (araddr),
    .s_axi_arvalid        (arvalid),
    .s_axi_arready        (arready),
    .s_axi_rdata          (rdata),
    .s_axi_rresp          (rresp),
    .s_axi_rvalid         (rvalid),
    .s_axi_rready         (rready),
    .s_axis_input_tvalid  (input_tvalid),
    .s_axis_input_tready  (input_tready),
    .s_axis_input_tlast   (input_tlast),
    .s_axis_input_tdata   (input_tdata),
    .s_axis_weights_tvalid(weights_tvalid),
    .s_axis_weights_tready(weights_tready),
    .s_axis_weights_tlast (weights_tlast),
    .s_axis_weights_tdata (weights_tdata),
    .m_axis_output_tvalid (output_tvalid),
    .m_axis_output_tready (output_tready),
    .m_axis_output_tlast  (output_tlast),
    .m_axis_output_tdata  (output_tdata),
    .irq                  (irq_o)
  );

endmodule

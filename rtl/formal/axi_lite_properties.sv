// An AXI4-Lite slave as the AXI specification wants it (A3.2 handshakes, A3.3 dependencies), with at most one write and one
// read under way. Assumes of the master: what is offered stays until it is accepted. All else is asserted, from reset on.
module axi_lite_properties (
  input logic        clk_i,
  input logic        rst_ni,
  input logic [7:0]  awaddr_i,
  input logic        awvalid_i,
  input logic        awready_i,
  input logic [31:0] wdata_i,
  input logic [3:0]  wstrb_i,
  input logic        wvalid_i,
  input logic        wready_i,
  input logic [1:0]  bresp_i,
  input logic        bvalid_i,
  input logic        bready_i,
  input logic [7:0]  araddr_i,
  input logic        arvalid_i,
  input logic        arready_i,
  input logic [31:0] rdata_i,
  input logic [1:0]  rresp_i,
  input logic        rvalid_i,
  input logic        rready_i
);

  // What waited in the cycle before
  logic        reset_q, aw_waits_q, w_waits_q, b_waits_q, ar_waits_q, r_waits_q;
  logic [7:0]  awaddr_q, araddr_q;
  logic [31:0] wdata_q, rdata_q;
  logic [3:0]  wstrb_q;
  logic [1:0]  bresp_q, rresp_q;
  // Accepted and not yet answered; how long an offer that nothing hinders has waited
  logic        aw_open_q, w_open_q, ar_open_q;
  logic [1:0]  write_waited_q, read_waited_q, write_age_q, read_age_q;
  logic        aw, w, b, ar, r;
  assign aw = awvalid_i && awready_i;
  assign w  = wvalid_i && wready_i;
  assign b  = bvalid_i && bready_i;
  assign ar = arvalid_i && arready_i;
  assign r  = rvalid_i && rready_i;

  initial reset_q = 1'b1;

  always_ff @(posedge clk_i) begin
    reset_q    <= !rst_ni;
    aw_waits_q <= rst_ni && awvalid_i && !awready_i;
    w_waits_q  <= rst_ni && wvalid_i && !wready_i;
    b_waits_q  <= rst_ni && bvalid_i && !bready_i;
    ar_waits_q <= rst_ni && arvalid_i && !arready_i;
    r_waits_q  <= rst_ni && rvalid_i && !rready_i;
    awaddr_q   <= awaddr_i;
    araddr_q   <= araddr_i;
    wdata_q    <= wdata_i;
    rdata_q    <= rdata_i;
    wstrb_q    <= wstrb_i;
    bresp_q    <= bresp_i;
    rresp_q    <= rresp_i;
    if (!rst_ni) begin
      aw_open_q <= 1'b0;
      w_open_q  <= 1'b0;
      ar_open_q <= 1'b0;
      write_waited_q <= '0;
      read_waited_q  <= '0;
      write_age_q    <= '0;
      read_age_q     <= '0;
    end else begin
      aw_open_q <= (aw_open_q && !b) || aw;
      w_open_q  <= (w_open_q && !b) || w;
      ar_open_q <= (ar_open_q && !r) || ar;
      write_waited_q <= (awvalid_i && wvalid_i && !aw && !bvalid_i) ? write_waited_q + 2'd1 : '0;
      read_waited_q  <= (arvalid_i && !ar && !ar_open_q && !aw) ? read_waited_q + 2'd1 : '0;
      write_age_q    <= (aw_open_q && w_open_q && !bvalid_i) ? write_age_q + 2'd1 : '0;
      read_age_q     <= (ar_open_q && !rvalid_i) ? read_age_q + 2'd1 : '0;
    end
  end

  always_comb begin
    // The master
    if (aw_waits_q) assume (awvalid_i && awaddr_i == awaddr_q);
    if (w_waits_q) assume (wvalid_i && wdata_i == wdata_q && wstrb_i == wstrb_q);
    if (ar_waits_q) assume (arvalid_i && araddr_i == araddr_q);
    // The slave. In the cycle after reset nothing is offered.
    if (rst_ni && reset_q) assert (!bvalid_i && !rvalid_i);
    if (rst_ni && !reset_q) begin
      if (b_waits_q) assert (bvalid_i && bresp_i == bresp_q);
      if (r_waits_q) assert (rvalid_i && rresp_i == rresp_q && rdata_i == rdata_q);
      if (bvalid_i) assert (aw_open_q && w_open_q && !bresp_i[0]);
      if (rvalid_i) assert (ar_open_q && !rresp_i[0]);
      if (rvalid_i && rresp_i[1]) assert (rdata_i == '0);
      if (aw) assert (!aw_open_q);
      if (w) assert (!w_open_q);
      if (ar) assert (!ar_open_q);
      assert (aw == w);             // address and data are accepted together
      assert (write_waited_q != 2'd3);  // and soon
      assert (read_waited_q != 2'd3);
      assert (write_age_q != 2'd2);
      assert (read_age_q != 2'd3);
    end
  end

endmodule

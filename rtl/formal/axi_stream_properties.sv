// The master of an AXI4-Stream: what is offered stays until it is accepted, and no packet has more beats than Longest.
module axi_stream_properties #(
  parameter bit [31:0] Width = 8,
  parameter bit [31:0] Longest = 1
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             tvalid_i,
  input logic             tready_i,
  input logic             tlast_i,
  input logic [Width-1:0] tdata_i
);

  logic             reset_q, waits_q, tlast_q;
  logic [Width-1:0] tdata_q;
  logic [15:0]      beats_q;  // of the packet that is under way

  initial reset_q = 1'b1;

  always_ff @(posedge clk_i) begin
    reset_q <= !rst_ni;
    waits_q <= rst_ni && tvalid_i && !tready_i;
    tlast_q <= tlast_i;
    tdata_q <= tdata_i;
    if (!rst_ni) beats_q <= '0;
    else if (tvalid_i && tready_i) beats_q <= tlast_i ? '0 : beats_q + 16'd1;
  end

  always_comb begin
    if (rst_ni && reset_q) assert (!tvalid_i);
    if (rst_ni && !reset_q) begin
      if (waits_q) assert (tvalid_i && tlast_i == tlast_q && tdata_i == tdata_q);
      assert (beats_q < 16'(Longest));
    end
  end

endmodule

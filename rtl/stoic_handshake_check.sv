// Simulation only: asserts one side of an AXI handshake. A payload that is offered stays, unchanged, until it is accepted;
// only reset takes it back. Instantiated under STOIC_CHECKS, for every port, whichever side drives it.
`ifdef STOIC_CHECKS
module stoic_handshake_check #(
  parameter bit [31:0] Width = 1
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             valid_i,
  input logic             ready_i,
  input logic [Width-1:0] payload_i
);

  logic             waiting_q;  // offered in the cycle before, and not accepted
  logic [Width-1:0] payload_q;

  always_ff @(posedge clk_i) begin
    waiting_q <= rst_ni && valid_i && !ready_i;
    payload_q <= payload_i;
    if (rst_ni && waiting_q) begin
      assert (valid_i) else $error("%m: what was offered is gone before it was accepted");
      assert (payload_i == payload_q) else $error("%m: what was offered has changed before it was accepted");
    end
  end

endmodule
`endif

// Whether one operand reaches beyond the memory, and whether it overlaps the destination.
//
// Takes the range [first, first + count) with load_i; judges it in the next cycle against the destination, whose bounds
// are given then. The answers stay until the next load_i.
module stoic_operand_check #(
  parameter int unsigned Width = 19
) (
  input  logic             clk_i,
  input  logic             load_i,
  input  logic             used_i,         // there is such an operand
  input  logic             may_equal_i,    // it may be the destination itself
  input  logic [Width-1:0] first_i,
  input  logic [Width-1:0] count_i,

  input  logic [Width-1:0] limit_i,
  input  logic [Width-1:0] destination_i,
  input  logic [Width-1:0] destination_end_i,
  output logic             outside_o,
  output logic             clash_o
);

  logic             used_q, may_equal_q;
  logic [Width-1:0] first_q, end_q;

  always_ff @(posedge clk_i) begin
    if (load_i) begin
      used_q      <= used_i;
      may_equal_q <= may_equal_i;
      first_q     <= first_i;
      end_q       <= first_i + count_i;
    end
  end

  assign outside_o = used_q && end_q > limit_i;
  assign clash_o   = used_q && first_q < destination_end_i && end_q > destination_i
                     && !(may_equal_q && first_q == destination_i);

endmodule

// Whether one operand reaches beyond the memory, and whether it overlaps the destination.
//
// Takes the range of count words from first with load_i; judges it in a later cycle (judge_i) against the destination, whose
// bounds are given then. Inputs come at full width; what cannot fit the memory anyway
// is outside, so the arithmetic needs only one bit more than the memory's size.
module stoic_operand_check #(
  parameter bit [31:0] InputWidth = 18,
  parameter bit [31:0] Width = 10,                 // of a number up to the memory's size
  parameter bit [31:0] Limit = 512                 // size of the memory
) (
  input  logic                  clk_i,
  input  logic                  load_i,
  input  logic                  used_i,              // there is such an operand
  input  logic                  may_equal_i,         // it may be the destination itself
  input  logic [InputWidth-1:0] first_i,
  input  logic [InputWidth-1:0] count_less_1_i,

  input  logic                  judge_i,             // the answers are wanted
  input  logic                  limited_i,           // judged by Limit (else by the caller)
  input  logic [Width:0]        destination_i,
  input  logic [Width:0]        destination_last_i,
  output logic [Width:0]        first_o,
  output logic [Width:0]        last_o,
  output logic                  outside_o,
  output logic                  clash_o
);

  logic           used_q, may_equal_q, far_q, reaches;
  logic [Width:0] first_q, last_q;

  always_ff @(posedge clk_i) begin
    if (load_i) begin
      used_q      <= used_i;
      may_equal_q <= may_equal_i;
      far_q       <= ((first_i | count_less_1_i) >> Width) != '0;
      first_q     <= (Width+1)'(Width'(first_i));
      last_q      <= (Width+1)'(Width'(first_i)) + (Width+1)'(Width'(count_less_1_i));
    end
  end

  stoic_reaches #(.Width(Width + 1), .Limit(Limit)) u_limit (.value_i(last_q), .reaches_o(reaches));

  assign first_o   = first_q;
  assign last_o    = last_q;

  always_comb begin
    outside_o = 1'bx;
    clash_o   = 1'bx;
    if (judge_i) begin
      outside_o = used_q && (far_q || (limited_i && reaches));
      clash_o   = used_q && first_q <= destination_last_i && last_q >= destination_i
                  && !(may_equal_q && first_q == destination_i);
    end
  end

endmodule

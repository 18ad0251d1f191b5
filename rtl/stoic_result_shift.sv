// The shift of a result, in the parts that stoic_lane takes; its header has their meaning.
//
// prepare_i takes shift_i, to the right when positive; the parts stand from the next cycle on.
module stoic_result_shift #(
  parameter bit [31:0] StateWidth = 16,
  parameter bit [31:0] AccumulatorWidth = 48,
  localparam bit [31:0] ShiftBits = $clog2(AccumulatorWidth)
) (
  input  logic                 clk_i,
  input  logic                 prepare_i,
  input  logic signed [6:0]    shift_i,
  output logic                 left_o,
  output logic                 huge_o,
  output logic [4:0]           left_amount_o,
  output logic [ShiftBits-1:0] right_amount_o
);

  always_ff @(posedge clk_i) begin
    if (prepare_i) begin
      left_o <= shift_i <= 7'sd0;
      huge_o <= shift_i <= -7'($signed({1'b0, 6'(StateWidth)}));
      left_amount_o <= 5'(-shift_i);
      if (shift_i > $signed(7'(AccumulatorWidth - 1))) right_amount_o <= ShiftBits'(AccumulatorWidth - 1);
      else if (shift_i > 7'sd0) right_amount_o <= ShiftBits'(shift_i - 7'sd1);
      else if (shift_i <= -7'($signed({1'b0, 6'(StateWidth)}))) right_amount_o <= '0;
      else right_amount_o <= ShiftBits'(7'(StateWidth - 1) + shift_i);
    end
  end

endmodule

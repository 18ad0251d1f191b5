// Whether a number reaches a limit: reaches_o = value_i >= Limit.
//
// Limits are mostly powers of two; then it is an OR of the upper bits, which synthesis does not find by itself.
module stoic_reaches #(
  parameter bit [31:0] Width = 16,
  parameter bit [31:0] Limit = 512
) (
  input  logic [Width-1:0] value_i,
  output logic             reaches_o
);

  localparam bit [31:0] LimitBits = $clog2(Limit);

  if (Limit == 1 << LimitBits) begin : gen_power_of_two
    assign reaches_o = (value_i >> LimitBits) != '0;
  end else begin : gen_any
    assign reaches_o = value_i >= Width'(Limit);
  end

endmodule

// NORMALISE's way from a sum of squares to the argument of its table.
//
// sum = mantissa * 4^exponent with mantissa in [1, 4), cut to StateWidth-2 fraction bits. In pipeline steps:
//   take_i   the sum is taken
//   +1       exponent found: exponent_o and zero_o show from +2
//   +2       distance_o = mantissa - 1, the distance from the table's first knot
module stoic_normaliser #(
  parameter bit [31:0] StateWidth = 16,
  localparam bit [31:0] SumWidth = 2 * StateWidth + 1
) (
  input  logic                  clk_i,
  input  logic                  take_i,
  input  logic [SumWidth-1:0]   sum_i,
  input  logic                  find_i,      // the cycle after take_i
  output logic [4:0]            exponent_o,
  output logic                  zero_o,
  output logic [StateWidth-1:0] distance_o   // in the cycle after find_i
);

  localparam bit [31:0] Pairs = StateWidth + 1;  // of bits: a shift is even
  logic [2*Pairs-1:0] sum_q, found_q, aligned;
  logic [4:0]         exponent, exponent_q;
  logic               found_now_q;

  always_comb begin
    exponent = 'x;
    if (find_i) begin
      exponent = '0;
      for (int p = 0; p < Pairs; p++)
        if (sum_q[2*p +: 2] != 2'd0) exponent = 5'(p);
    end
  end

  always_ff @(posedge clk_i) begin
    found_now_q <= find_i;
    if (take_i) sum_q <= {1'b0, sum_i};
    if (find_i) begin
      found_q    <= sum_q;
      exponent_q <= exponent;
      zero_o     <= sum_q == '0;
    end
  end

  assign exponent_o = exponent_q;

  // The highest pair that is not 0 moves to the top; the upper StateWidth bits are the mantissa. Without a 1 in its two
  // top bits (a sum of 0) the distance does not matter: the lane ignores the factor.
  logic [4:0] places;
  logic [1:0] whole;
  logic       unused_cut;

  always_comb begin
    places  = 'x;
    aligned = 'x;
    whole   = 'x;
    if (found_now_q) begin
      places  = 5'(Pairs - 1) - exponent_q;
      aligned = found_q << {places, 1'b0};
      whole   = aligned[2*Pairs-1 -: 2] - 2'd1;
    end
  end

  assign distance_o = {whole, aligned[2*Pairs-3 -: StateWidth-2]};
  assign unused_cut = ^aligned[2*Pairs-1-StateWidth:0];

endmodule

// One lane: one multiplier, one accumulator, and the one rounding of the contract.
//
// A product issued in cycle t passes, one stage a cycle and without ever waiting:
//   t    addresses of both read ports          t+4  accumulate
//   t+1  words read; operands chosen           t+5  shift to the format of the destination
//   t+2  multiply                              t+6  round and saturate
//   t+3  align the product or the bias         t+7  write
// The enables of a stage are given in its own cycle. Those after accumulation come with the last product of a sum only.
//
// The sum is exact as long as it fits the accumulator, beyond it wraps. result = (sum * 2^-shift) with ties towards
// +infinity, saturated: right_amount_i is shift-1 for shift > 0, but at most AccumulatorWidth-1; for shift <= 0, with left_i, left_amount_i is -shift and
// right_amount_i is StateWidth-1+shift, by which the sum is tried for overflow; with huge_i (-shift >= StateWidth) only
// a sum of 0 fits.
//
// For NORMALISE the lane keeps the factor, the shift and the "zero vector" mark of its own vector.
module stoic_lane #(
  parameter bit [31:0] StateWidth = 16,
  parameter bit [31:0] WeightWidth = 8,
  parameter bit [31:0] AccumulatorWidth = 48,
  parameter bit [31:0] LaneBits = 4,
  parameter bit [LaneBits-1:0] FirstOfGroup = '0,  // lanes that share the function units at the same time
  localparam bit [31:0] SumWidth = 2 * StateWidth + 1,
  localparam bit [31:0] AlignBits = (AccumulatorWidth > 32) ? 6 : 5,
  localparam bit [31:0] ShiftBits = $clog2(AccumulatorWidth)
) (
  input  logic                          clk_i,

  // The lane's part of the words that the state memory has read
  input  logic signed [StateWidth-1:0]  word_a_i,
  input  logic signed [StateWidth-1:0]  word_b_i,
  // Operands and product, t+1 and t+2: one enable, so that a multiplier of an FPGA takes the registers in
  input  logic                          multiply_i,
  input  logic                          matvec_i,        // left is the broadcast element, right the weight
  input  logic                          use_factor_i,    // right is the factor of NORMALISE
  input  logic                          component_z_i,   // a zero vector becomes e_z
  input  logic signed [StateWidth-1:0]  broadcast_i,
  input  logic signed [WeightWidth-1:0] weight_i,
  // Alignment, t+3: of the product, or, for MATVEC, of the bias that port B has read
  input  logic                          align_i,
  input  logic                          hold_i,          // MATVEC: the product waits while the bias is aligned
  input  logic [AlignBits-1:0]          align_amount_i,
  // Sum, t+4
  input  logic                          accumulate_i,
  input  logic                          first_i,
  input  logic                          biased_i,
  input  logic                          subtract_i,
  // Shift, t+5
  input  logic                          shift_i,
  input  logic                          own_shift_i,     // NORMALISE: the lane's own shift
  input  logic                          left_i,
  input  logic                          huge_i,
  input  logic [4:0]                    left_amount_i,
  input  logic [ShiftBits-1:0]          right_amount_i,
  // Result, t+6
  input  logic                          round_i,

  // Other sources of the result
  input  logic                          take_function_i,
  input  logic [StateWidth-1:0]         function_value_i,
  input  logic                          function_saturated_i,
  input  logic                          take_word_i,
  input  logic [StateWidth-1:0]         word_i,
  output logic [StateWidth-1:0]         result_o,
  output logic                          saturated_o,     // with the result

  // NORMALISE
  output logic [SumWidth-1:0]           sum_o,
  input  logic                          exponent_write_i,
  input  logic                          factor_write_i,
  input  logic [LaneBits-1:0]           exponent_lane_i,  // first lane of the group that takes its exponents
  input  logic [LaneBits-1:0]           factor_lane_i,    // and factors
  input  logic                          exponent_zero_i,  // the vector is 0
  input  logic                          exponent_left_i,
  input  logic [ShiftBits-1:0]          exponent_amount_i,
  input  logic signed [StateWidth-1:0]  factor_i
);

  localparam bit [31:0] RightWidth = (StateWidth > WeightWidth) ? StateWidth : WeightWidth;
  localparam bit [31:0] ProductWidth = StateWidth + RightWidth;
  localparam logic [StateWidth-1:0] Least = {1'b1, {(StateWidth-1){1'b0}}};
  localparam logic [StateWidth-1:0] Most = {1'b0, {(StateWidth-1){1'b1}}};

  // What NORMALISE keeps for each lane
  logic                         zero_q, own_left_q;
  logic [ShiftBits-1:0]         own_amount_q;
  logic signed [StateWidth-1:0] factor_q;

  always_ff @(posedge clk_i) begin
    if (own_shift_i) begin
      if (exponent_write_i && exponent_lane_i == FirstOfGroup) begin
        zero_q       <= exponent_zero_i;
        own_left_q   <= exponent_left_i;
        own_amount_q <= exponent_amount_i;
      end
      // e_z is the product -1 * -2^(StateWidth-1) of the third component
      if (factor_write_i && factor_lane_i == FirstOfGroup) factor_q <= zero_q ? Least : factor_i;
    end
  end

  // Operands and product
  logic signed [StateWidth-1:0]   left_q;
  logic signed [RightWidth-1:0]   right_q;
  logic signed [ProductWidth-1:0] product_q, held_q;

  always_ff @(posedge clk_i) begin
    if (multiply_i) begin
      if (matvec_i) begin
        left_q  <= broadcast_i;
        right_q <= RightWidth'(weight_i);
      end else begin
        left_q  <= (component_z_i && zero_q) ? {StateWidth{1'b1}} : word_a_i;
        right_q <= use_factor_i ? RightWidth'(factor_q) : RightWidth'(word_b_i);
      end
      product_q <= left_q * right_q;
    end
    if (hold_i) held_q <= product_q;
  end

  // Alignment and sum
  logic signed [AccumulatorWidth-1:0] aligned_q, sum_q;
  logic signed [AccumulatorWidth-1:0] to_align, base, addend;

  // Work that is not needed is skipped, for the speed of simulation; 'x lets synthesis do it always.
  always_comb begin
    to_align = 'x;
    if (align_i) to_align = matvec_i ? AccumulatorWidth'(word_b_i) : AccumulatorWidth'(product_q);
  end

  always_comb begin
    base   = 'x;
    addend = 'x;
    if (accumulate_i) begin
      if (!first_i) base = sum_q;
      else base = (matvec_i && biased_i) ? aligned_q : '0;
      addend = matvec_i ? AccumulatorWidth'(held_q) : aligned_q ^ {AccumulatorWidth{subtract_i}};
    end
  end

  always_ff @(posedge clk_i) begin
    if (align_i) aligned_q <= to_align << align_amount_i;
    if (accumulate_i) sum_q <= base + addend + AccumulatorWidth'(subtract_i);
  end

  assign sum_o = sum_q[SumWidth-1:0];

`ifdef STOIC_CHECKS
  // The compiler proves that no sum leaves the accumulator. Random programs do not keep to that.
  logic may_wrap;
  logic signed [AccumulatorWidth:0] exact_sum;
  initial may_wrap = $test$plusargs("stoic_sums_may_wrap") != 0;
  assign exact_sum = (AccumulatorWidth+1)'(base) + (AccumulatorWidth+1)'(addend) + (AccumulatorWidth+1)'(subtract_i);
  always_ff @(posedge clk_i)
    if (accumulate_i && !may_wrap)
      assert (exact_sum[AccumulatorWidth] == exact_sum[AccumulatorWidth-1]) else $error("%m: the accumulator has wrapped");
`endif

  // Shift: the value with one fraction bit, and whether it fits a state
  logic [StateWidth:0] shifted_q;
  logic                fits_q, negative_q, one_below_q;
  logic                shift_left;
  logic signed [AccumulatorWidth-1:0] moved;
  logic                               ones, zeros;  // of the bits above a state and its half unit

  always_comb begin
    shift_left = 1'bx;
    moved = 'x;
    ones  = 1'bx;
    zeros = 1'bx;
    if (shift_i) begin
      shift_left = own_shift_i ? own_left_q : left_i;
      moved = sum_q >>> (own_shift_i ? own_amount_q : right_amount_i);
      ones  = &moved[AccumulatorWidth-1:StateWidth+1];
      zeros = ~|moved[AccumulatorWidth-1:StateWidth+1];
    end
  end

  always_ff @(posedge clk_i) begin
    if (shift_i) begin
      shifted_q  <= shift_left ? {sum_q[StateWidth-1:0] << (own_shift_i ? 5'd0 : left_amount_i), 1'b0}
                               : moved[StateWidth:0];
      // A left shift fits when nothing but sign is left of the trial shift
      fits_q     <= (zeros && !moved[StateWidth] && (!shift_left || moved[StateWidth-1:0] == '0))
                 || (ones && moved[StateWidth] && (!shift_left || moved[StateWidth-1:0] == '1) && !(huge_i && !own_shift_i));
      negative_q <= sum_q[AccumulatorWidth-1];
      one_below_q <= !shift_left && ones && !moved[StateWidth];
    end
  end

  // Result
  logic                  carries;  // the half unit carries into the sign: beyond Most, or from one below Least back to it
  logic [StateWidth-1:0] rounded, result_q;
  logic                  saturated_q;

  always_comb begin
    carries = 1'bx;
    rounded = 'x;
    if (round_i) begin
      carries = shifted_q == {Most, 1'b1};
      if (!fits_q) rounded = negative_q ? Least : Most;
      else if (carries) rounded = Most;
      else rounded = shifted_q[StateWidth:1] + StateWidth'(shifted_q[0]);
    end
  end

  always_ff @(posedge clk_i) begin
    if (round_i) begin
      result_q    <= rounded;
      saturated_q <= fits_q ? carries : !(one_below_q && carries);
    end else if (take_function_i) begin
      result_q    <= function_value_i;
      saturated_q <= function_saturated_i;
    end else if (take_word_i) begin
      result_q    <= word_i;
      saturated_q <= 1'b0;
    end
  end

  assign result_o    = result_q;
  assign saturated_o = saturated_q;

endmodule

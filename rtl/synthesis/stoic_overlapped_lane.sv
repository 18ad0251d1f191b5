// A prototype to measure what a separate element-wise multiplier costs; no part of the accelerator.
//
// One lane with its slice of the state memory. With Overlap = 0 as it is: one multiplier for everything, two copies of
// the memory. With Overlap = 1 the first multiplier belongs to MATVEC; a second one with an accumulator, a rounder and a
// NORMALISE of its own belongs to BUNDLE and NORMALISE, and a third copy of the memory gives MATVEC its reads (the bias
// comes in a cycle in which no broadcast word is read). Both write by one port: MATVEC, which writes once a block, waits
// in its result register while the other writes.
module stoic_overlapped_lane #(
  parameter bit Overlap = 1'b0,
  localparam bit [31:0] StateWidth = stoic_pkg::StateWidth,
  localparam bit [31:0] WeightWidth = stoic_pkg::WeightWidth,
  localparam bit [31:0] AccumulatorWidth = stoic_pkg::AccumulatorWidth,
  localparam bit [31:0] Depth = stoic_pkg::StateWordsPerLane,
  localparam bit [31:0] AddressWidth = $clog2(Depth),
  localparam bit [31:0] AlignBits = (AccumulatorWidth > 32) ? 6 : 5,
  localparam bit [31:0] ShiftBits = $clog2(AccumulatorWidth)
) (
  input  logic                    clk_i,
  // Enables and amounts of the pipeline: of the shared lane, or of the element-wise one
  input  logic [12:0]             enable_i,
  input  logic [AlignBits-1:0]    align_amount_i,
  input  logic [4:0]              left_amount_i,
  input  logic [ShiftBits-1:0]    right_amount_i, own_amount_i,
  // The same of MATVEC's lane, with Overlap
  input  logic [9:0]              matvec_enable_i,
  input  logic [AlignBits-1:0]    matvec_align_amount_i,
  input  logic [4:0]              matvec_left_amount_i,
  input  logic [ShiftBits-1:0]    matvec_right_amount_i,
  input  logic [2:0]              read_i,
  input  logic [3*AddressWidth-1:0] read_address_i,
  input  logic [1:0]              write_i,
  input  logic [2*AddressWidth-1:0] write_address_i,
  input  logic [StateWidth-1:0]   broadcast_i, function_value_i, word_i, factor_i,
  input  logic [WeightWidth-1:0]  weight_i,
  output logic [StateWidth-1:0]   word_o, matvec_word_o,
  output logic [1:0]              saturated_o,
  output logic [2*StateWidth:0]   sum_o
);

  logic [StateWidth-1:0]   word_a, word_b, word_c, result, matvec_result, written;
  logic [AddressWidth-1:0] write_address;
  logic                    write;

  for (genvar m = 0; m < (Overlap ? 3 : 2); m++) begin : gen_copies
    logic [StateWidth-1:0] word;
    stoic_memory #(
      .Slices(1), .SliceWidth(StateWidth), .Depth(Depth)
    ) u_state (
      .clk_i,
      .write_i        (write),
      .write_address_i(write_address),
      .write_data_i   (written),
      .read_i         (read_i[m]),
      .read_address_i (read_address_i[m*AddressWidth +: AddressWidth]),
      .read_data_o    (word)
    );
    if (m == 0) assign word_a = word;
    if (m == 1) assign word_b = word;
    if (m == 2) assign word_c = word;
  end

  stoic_lane #(
    .StateWidth(StateWidth), .WeightWidth(WeightWidth), .AccumulatorWidth(AccumulatorWidth)
  ) u_lane (
    .clk_i,
    .word_a_i            (word_a),
    .word_b_i            (word_b),
    .multiply_i          (enable_i[0]),
    .matvec_i            (!Overlap && matvec_enable_i[0]),
    .use_factor_i        (enable_i[1]),
    .component_z_i       (enable_i[2]),
    .broadcast_i,
    .weight_i,
    .align_i             (enable_i[3]),
    .hold_i              (!Overlap && matvec_enable_i[1]),
    .align_amount_i,
    .accumulate_i        (enable_i[4]),
    .first_i             (enable_i[5]),
    .biased_i            (!Overlap && matvec_enable_i[2]),
    .subtract_i          (enable_i[6]),
    .shift_i             (enable_i[7]),
    .own_shift_i         (enable_i[8]),
    .left_i              (enable_i[9]),
    .huge_i              (enable_i[10]),
    .left_amount_i,
    .right_amount_i,
    .round_i             (enable_i[11]),
    .take_function_i     (matvec_enable_i[9]),
    .function_value_i,
    .function_saturated_i(matvec_enable_i[8]),
    .take_word_i         (enable_i[12]),
    .word_i,
    .result_o            (result),
    .saturated_o         (saturated_o[0]),
    .sum_o,
    .exponent_write_i    (enable_i[1]),
    .factor_write_i      (enable_i[2]),
    .exponent_lane_i     ('0),
    .factor_lane_i       ('0),
    .exponent_zero_i     (matvec_enable_i[8]),
    .exponent_left_i     (enable_i[9]),
    .exponent_amount_i   (own_amount_i),
    .factor_i
  );

  if (Overlap) begin : gen_matvec
    logic waiting_q;
    logic [AddressWidth-1:0] waiting_address_q;

    stoic_lane #(
      .StateWidth(StateWidth), .WeightWidth(WeightWidth), .AccumulatorWidth(AccumulatorWidth)
    ) u_matvec (
      .clk_i,
      .word_a_i            ('0),
      .word_b_i            (word_c),
      .multiply_i          (matvec_enable_i[0]),
      .matvec_i            (1'b1),
      .use_factor_i        (1'b0),
      .component_z_i       (1'b0),
      .broadcast_i,
      .weight_i,
      .align_i             (matvec_enable_i[1]),
      .hold_i              (matvec_enable_i[2]),
      .align_amount_i      (matvec_align_amount_i),
      .accumulate_i        (matvec_enable_i[3]),
      .first_i             (matvec_enable_i[4]),
      .biased_i            (matvec_enable_i[5]),
      .subtract_i          (1'b0),
      .shift_i             (matvec_enable_i[6]),
      .own_shift_i         (1'b0),
      .left_i              (enable_i[9]),
      .huge_i              (enable_i[10]),
      .left_amount_i       (matvec_left_amount_i),
      .right_amount_i      (matvec_right_amount_i),
      .round_i             (matvec_enable_i[7]),
      .take_function_i     (1'b0),
      .function_value_i    ('0),
      .function_saturated_i(1'b0),
      .take_word_i         (1'b0),
      .word_i              ('0),
      .result_o            (matvec_result),
      .saturated_o         (saturated_o[1]),
      .sum_o               (),
      .exponent_write_i    (1'b0),
      .factor_write_i      (1'b0),
      .exponent_lane_i     ('0),
      .factor_lane_i       ('0),
      .exponent_zero_i     (1'b0),
      .exponent_left_i     (1'b0),
      .exponent_amount_i   ('0),
      .factor_i            ('0)
    );

    always_ff @(posedge clk_i) begin
      waiting_q <= (write_i[1] || waiting_q) && write_i[0];
      if (write_i[1]) waiting_address_q <= write_address_i[AddressWidth +: AddressWidth];
    end
    assign matvec_word_o = word_c;
    assign write         = write_i[0] || write_i[1] || waiting_q;
    assign written       = write_i[0] ? result : matvec_result;
    assign write_address = write_i[0] ? write_address_i[0 +: AddressWidth]
                         : waiting_q  ? waiting_address_q : write_address_i[AddressWidth +: AddressWidth];
  end else begin : gen_shared
    assign word_c         = '0;
    assign matvec_result  = '0;
    assign saturated_o[1] = 1'b0;
    assign matvec_word_o  = word_b;
    assign write          = write_i[0];
    assign written        = result;
    assign write_address  = write_address_i[0 +: AddressWidth];
  end
  assign word_o = word_a;

endmodule

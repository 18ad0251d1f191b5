// The arithmetic: lanes, function units, and what NORMALISE takes from one to the other.
//
// Controls are those of stoic_issue, in its cycles; words of the state memory come in the cycle after their read. result_o
// stands one cycle after the write of the next cycle was announced. The bus writes every unit's table at once and reads that
// of the first; data follow the read in the next cycle.
module stoic_datapath #(
  parameter bit [31:0] Lanes = 16,
  parameter bit [31:0] StateWidth = 16,
  parameter bit [31:0] WeightWidth = 8,
  parameter bit [31:0] AccumulatorWidth = 48,
  parameter bit [31:0] FunctionUnits = 4,
  parameter bit [31:0] TableWords = 1025,
  parameter bit [31:0] TableGuardBits = 2,
  localparam bit [31:0] LaneBits = $clog2(Lanes),
  localparam bit [31:0] TableAddressWidth = $clog2(TableWords),
  localparam bit [31:0] KnotWidth = StateWidth + TableGuardBits,
  localparam bit [31:0] SumWidth = 2 * StateWidth + 1,
  localparam bit [31:0] AlignBits = (AccumulatorWidth > 32) ? 6 : 5,
  localparam bit [31:0] ShiftBits = $clog2(AccumulatorWidth)
) (
  input  logic                                clk_i,

  // Controls
  input  logic [127:0]                        instruction_i,
  input  logic                                matvec_i,
  input  logic                                biased_i,
  input  logic                                use_factor_1_i,
  input  logic                                component_z_1_i,
  input  logic                                multiply_i,
  input  logic                                align_3_i,
  input  logic                                hold_3_i,
  input  logic [AlignBits-1:0]                align_amount_3_i,
  input  logic                                accumulate_4_i,
  input  logic                                first_4_i,
  input  logic                                subtract_4_i,
  input  logic                                shift_5_i,
  input  logic                                round_6_i,
  input  logic                                own_shift_i,
  input  logic                                left_i,
  input  logic                                huge_i,
  input  logic [4:0]                          left_amount_i,
  input  logic [ShiftBits-1:0]                right_amount_i,
  input  logic [8:1]                          function_stage_i,
  input  logic                                normalise_i,
  input  logic                                take_function_8_i,
  input  logic                                sum_take_i,
  input  logic [LaneBits-1:0]                 sum_lane_i,
  input  logic                                sum_find_i,
  input  logic                                exponent_write_i,
  input  logic [LaneBits-1:0]                 exponent_lane_i,
  input  logic                                factor_write_i,
  input  logic [LaneBits-1:0]                 factor_lane_i,
  input  logic [LaneBits-1:0]                 element_1_i,

  // Operands
  input  logic [Lanes*StateWidth-1:0]         word_a_i,
  input  logic [Lanes*StateWidth-1:0]         word_b_i,
  input  logic [StateWidth-1:0]               broadcast_i,
  input  logic [Lanes*WeightWidth-1:0]        weight_i,
  input  logic                                take_word_i,   // a word passes as it is
  input  logic [Lanes*StateWidth-1:0]         word_i,
  output logic [Lanes*StateWidth-1:0]         result_o,
  output logic [Lanes-1:0]                    saturated_o,

  // The bus's way to the tables
  input  logic                                table_write_i,
  input  logic                                table_read_i,
  input  logic [TableAddressWidth-1:0]        table_address_i,
  input  logic [KnotWidth-1:0]                table_write_data_i,
  output logic [KnotWidth-1:0]                table_read_data_o
);

  // Function units
  logic [FunctionUnits*StateWidth-1:0] function_value;
  logic [FunctionUnits-1:0]            function_saturated;
  logic [FunctionUnits*ShiftBits-1:0]  own_shift_amount;
  logic [FunctionUnits-1:0]            own_shift_left;
  logic [FunctionUnits-1:0]            exponent_zero;
  localparam bit [31:0] SumPitch = (SumWidth + 31) / 32 * 32;  // whole words of the simulator's, for its speed
  logic [Lanes*SumPitch-1:0]           lane_sums;
  logic [4:0]                          normalise_shift;
  assign normalise_shift = instruction_i[stoic_pkg::NormaliseResultShiftLsb +: stoic_pkg::NormaliseResultShiftWidth];

  for (genvar u = 0; u < FunctionUnits; u++) begin : gen_unit
    logic [StateWidth-1:0] distance;
    logic [4:0]            exponent;
    logic [5:0]            shift_amount;  // of the products of this unit's lanes; see stoic_lane
    always_comb begin
      shift_amount        = 'x;
      own_shift_left[u]   = 1'bx;
      own_shift_amount[u*ShiftBits +: ShiftBits] = 'x;
      if (exponent_write_i) begin
        shift_amount      = 6'(exponent) + 6'(normalise_shift);
        own_shift_left[u] = shift_amount == '0;
        own_shift_amount[u*ShiftBits +: ShiftBits] =
          (shift_amount == '0) ? ShiftBits'(StateWidth - 1)
          : ({1'b0, shift_amount} >= 7'(AccumulatorWidth)) ? ShiftBits'(AccumulatorWidth - 1) : ShiftBits'(shift_amount - 6'd1);
      end
    end
    logic [KnotWidth-1:0]  unit_table_word;
    if (u == 0) begin : gen_read
      assign table_read_data_o = unit_table_word;
    end else begin : gen_no_read
      logic unused_word;
      assign unused_word = ^unit_table_word;
    end

    stoic_normaliser #(
      .StateWidth(StateWidth)
    ) u_normaliser (
      .clk_i     (clk_i),
      .take_i    (sum_take_i),
      .sum_i     (lane_sums[(32'(sum_lane_i) + u) * SumPitch +: SumWidth]),
      .find_i    (sum_find_i),
      .exponent_o(exponent),
      .zero_o    (exponent_zero[u]),
      .distance_o(distance)
    );

    stoic_function_unit #(
      .StateWidth(StateWidth),
      .GuardBits (TableGuardBits),
      .TableWords(TableWords)
    ) u_function (
      .clk_i          (clk_i),
      .stage_i        (function_stage_i),
      .symmetry_i     (instruction_i[stoic_pkg::FunctionSymmetryLsb +: stoic_pkg::FunctionSymmetryWidth]),
      .count_outside_i(instruction_i[stoic_pkg::FunctionCountOutsideLsb]),
      .table_i        ((TableAddressWidth+1)'(instruction_i[stoic_pkg::FunctionTableLsb +: stoic_pkg::FunctionTableWidth])),
      .segments_i     ((TableAddressWidth+1)'(instruction_i[stoic_pkg::FunctionSegmentsLsb +: stoic_pkg::FunctionSegmentsWidth])),
      .segment_shift_i(instruction_i[stoic_pkg::FunctionSegmentShiftLsb +: stoic_pkg::FunctionSegmentShiftWidth]),
      .origin_i       (instruction_i[stoic_pkg::FunctionOriginLsb +: StateWidth]),
      .element_i      (word_a_i[(32'(element_1_i) + u) * StateWidth +: StateWidth]),
      .take_distance_i(normalise_i),
      .distance_i     (distance),
      .value_o        (function_value[u*StateWidth +: StateWidth]),
      .saturated_o    (function_saturated[u]),
      .write_i        (table_write_i),
      .read_i         (table_read_i),
      .address_i      (table_address_i),
      .write_data_i   (table_write_data_i),
      .read_data_o    (unit_table_word)
    );
  end

  // Lanes
  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    localparam bit [31:0] Unit = l % FunctionUnits;
    logic [SumWidth-1:0] sum;
    assign lane_sums[l*SumPitch +: SumPitch] = SumPitch'(sum);

    stoic_lane #(
      .StateWidth      (StateWidth),
      .WeightWidth     (WeightWidth),
      .AccumulatorWidth(AccumulatorWidth),
      .LaneBits        (LaneBits),
      .FirstOfGroup    (LaneBits'(l - Unit))
    ) u_lane (
      .clk_i               (clk_i),
      .word_a_i            (word_a_i[l*StateWidth +: StateWidth]),
      .word_b_i            (word_b_i[l*StateWidth +: StateWidth]),
      .multiply_i          (multiply_i),
      .matvec_i            (matvec_i),
      .use_factor_i        (use_factor_1_i),
      .component_z_i       (component_z_1_i),
      .broadcast_i         (broadcast_i),
      .weight_i            (weight_i[l*WeightWidth +: WeightWidth]),
      .align_i             (align_3_i),
      .hold_i              (hold_3_i),
      .align_amount_i      (align_amount_3_i),
      .accumulate_i        (accumulate_4_i),
      .first_i             (first_4_i),
      .biased_i            (biased_i),
      .subtract_i          (subtract_4_i),
      .shift_i             (shift_5_i),
      .own_shift_i         (own_shift_i),
      .left_i              (left_i),
      .huge_i              (huge_i),
      .left_amount_i       (left_amount_i),
      .right_amount_i      (right_amount_i),
      .round_i             (round_6_i),
      .take_function_i     (take_function_8_i),
      .function_value_i    (function_value[Unit*StateWidth +: StateWidth]),
      .function_saturated_i(function_saturated[Unit]),
      .take_word_i         (take_word_i),
      .word_i              (word_i[l*StateWidth +: StateWidth]),
      .result_o            (result_o[l*StateWidth +: StateWidth]),
      .saturated_o         (saturated_o[l]),
      .sum_o               (sum),
      .exponent_write_i    (exponent_write_i),
      .exponent_lane_i     (exponent_lane_i),
      .factor_lane_i       (factor_lane_i),
      .exponent_zero_i     (exponent_zero[Unit]),
      .exponent_left_i     (own_shift_left[Unit]),
      .exponent_amount_i   (own_shift_amount[Unit*ShiftBits +: ShiftBits]),
      .factor_write_i      (factor_write_i),
      .factor_i            (function_value[Unit*StateWidth +: StateWidth])
    );
  end

endmodule

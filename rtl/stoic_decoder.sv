// What the engine checks before an instruction's first beat, and the numbers that its execution needs.
//
// instruction_i holds the first two program words; for BUNDLE the upper half holds the term words one after another.
// Protocol: load_i in the first check cycle, and for BUNDLE also in each earlier cycle with a term word (term_first_i
// with the first of them). The answers are valid in the cycle after the last load_i.
//
// status_o is the first code that applies, in the order of hw-configs/README.md; loops and the program address are the
// sequencer's.
module stoic_decoder #(
  parameter bit [31:0] Lanes = 16,
  parameter bit [31:0] StateWidth = 16,
  parameter bit [31:0] StateWords = 512,
  parameter bit [31:0] WeightWords = 24576,
  parameter bit [31:0] TableWords = 1024,
  localparam bit [31:0] BeatBits = $clog2(StateWords + 1),
  localparam bit [31:0] ElementBits = $clog2(StateWords * Lanes + 1),
  localparam bit [31:0] LengthBits = (ElementBits < 16) ? ElementBits : 16
) (
  input  logic                  clk_i,
  input  logic [127:0]          instruction_i,
  input  logic [4:0]            opcode_i,
  input  logic                  load_i,
  input  logic                  term_first_i,
  input  logic                  second_term_i,   // the term word in the upper half holds two terms

  output logic [7:0]            status_o,
  // Of an instruction that is in order; so they fit the state memory
  output logic [BeatBits-1:0]   beats_o,         // words of the destination vector
  output logic [LengthBits-1:0] length_o         // its elements
);

  localparam bit [31:0] LaneBits = $clog2(Lanes);

  logic is_load, is_store, is_matvec, is_bundle, is_function, is_normalise, is_copy, is_rotate;
  assign is_load      = opcode_i == 5'(stoic_pkg::OpLoad);
  assign is_store     = opcode_i == 5'(stoic_pkg::OpStore);
  assign is_matvec    = opcode_i == 5'(stoic_pkg::OpMatvec);
  assign is_bundle    = opcode_i == 5'(stoic_pkg::OpBundle);
  assign is_function  = opcode_i == 5'(stoic_pkg::OpFunction);
  assign is_normalise = opcode_i == 5'(stoic_pkg::OpNormalise);
  assign is_copy      = opcode_i == 5'(stoic_pkg::OpCopy);
  assign is_rotate    = opcode_i == 5'(stoic_pkg::OpRotate);

  // Work outside the check cycles is skipped, for the speed of simulation; 'x lets synthesis do it always.
  logic working, loaded_q;
  assign working = load_i || loaded_q;

  // Lengths
  localparam bit [31:0] BeatsWidth = 17 - LaneBits;  // of any length's beats
  logic [15:0] length, columns, length_less_1;
  logic [BeatsWidth-1:0] beats, beats_less_1, column_beats_less_1;

  always_comb begin
    length = instruction_i[stoic_pkg::LoadLengthLsb +: stoic_pkg::LoadLengthWidth];  // and that of STORE and BUNDLE
    if (is_matvec) length = instruction_i[stoic_pkg::MatvecRowsLsb +: stoic_pkg::MatvecRowsWidth];
    if (is_function || is_normalise || is_rotate) length = instruction_i[stoic_pkg::FunctionLengthLsb +: stoic_pkg::FunctionLengthWidth];
    if (is_copy) length = instruction_i[stoic_pkg::CopyLengthLsb +: stoic_pkg::CopyLengthWidth];
  end

  assign columns = instruction_i[stoic_pkg::MatvecColumnsLsb +: stoic_pkg::MatvecColumnsWidth];
  assign beats   = BeatsWidth'(length >> LaneBits) + BeatsWidth'(length[LaneBits-1:0] != '0);

  always_comb begin
    length_less_1       = 'x;
    beats_less_1        = 'x;
    column_beats_less_1 = 'x;
    if (load_i) begin
      length_less_1       = length - 16'd1;
      beats_less_1        = BeatsWidth'(length >> LaneBits) - BeatsWidth'(length[LaneBits-1:0] == '0);
      column_beats_less_1 = BeatsWidth'(columns >> LaneBits) - BeatsWidth'(columns[LaneBits-1:0] == '0);
    end
  end

  assign length_o     = LengthBits'(length);

  // The destination (of STORE the source), in words or, for COPY, elements
  localparam bit [31:0] Field = 18;
  logic [Field-1:0]   destination, count;  // one less than the count: a count of 0 is refused anyway
  logic [ElementBits:0] destination_first, destination_last_q, unused_destination;
  logic               moves_state, destination_far;

  assign moves_state = is_load || is_store || is_matvec || is_bundle || is_function || is_normalise || is_copy || is_rotate;

  always_comb begin
    destination = 'x;
    count       = 'x;
    if (working) begin
      destination = Field'(instruction_i[stoic_pkg::LoadDestinationLsb +: stoic_pkg::LoadDestinationWidth]);
      count       = Field'(beats_less_1);
      if (is_copy) begin
        destination = Field'(instruction_i[stoic_pkg::CopyDestinationLsb +: stoic_pkg::CopyDestinationWidth]);
        count       = Field'(length_less_1);
      end else if (is_normalise) begin
        count = Field'(beats_less_1) + (Field'(beats) << 1);
      end
    end
  end

  // It stays while the operands of a BUNDLE come, so it needs no register
  assign destination_first = (ElementBits+1)'(destination);

  logic unused_destination_clash;
  stoic_operand_check #(
    .InputWidth(Field),
    .Width     (ElementBits),
    .Limit     (StateWords * Lanes)
  ) u_destination (
    .clk_i, .load_i, .used_i(moves_state), .may_equal_i(1'b1), .first_i(destination), .count_less_1_i(count), .judge_i(loaded_q), .limited_i(1'b0),
    .destination_i((ElementBits+1)'(0)), .destination_last_i((ElementBits+1)'(0)), .first_o(unused_destination), .last_o(destination_last_q),
    .outside_o(destination_far), .clash_o(unused_destination_clash)
  );

  // The operands: source (left of the first term), bias (right of it), and both of the second term
  localparam bit [31:0] Term0 = stoic_pkg::BundleTermFirstBit;
  localparam bit [31:0] Term1 = stoic_pkg::BundleTermFirstBit + stoic_pkg::BundleTermStride;
  localparam bit [31:0] Word = 16;  // a state word's address, or a count of words
  logic [Field-1:0] first_0, count_0;
  logic [Word-1:0]  first_1;
  logic             used_0, used_1, equal_0, equal_1;
  logic             left_fixed_0, right_fixed_0, left_fixed_1, right_fixed_1;

  assign left_fixed_0  = instruction_i[Term0 + stoic_pkg::BundleTermLeftFixedLsb];
  assign right_fixed_0 = instruction_i[Term0 + stoic_pkg::BundleTermRightFixedLsb];
  assign left_fixed_1  = instruction_i[Term1 + stoic_pkg::BundleTermLeftFixedLsb];
  assign right_fixed_1 = instruction_i[Term1 + stoic_pkg::BundleTermRightFixedLsb];

  always_comb begin
    used_0  = is_matvec || is_bundle || is_function || is_normalise || is_copy || is_rotate;
    used_1  = is_bundle || (is_matvec && instruction_i[stoic_pkg::MatvecBiasedLsb]);
    first_0 = 'x;
    count_0 = 'x;
    first_1 = 'x;
    equal_0 = 1'bx;
    equal_1 = 1'b1;
    if (load_i) begin
      // That of MATVEC is also that of FUNCTION, NORMALISE and ROTATE
      first_0 = Field'(instruction_i[stoic_pkg::MatvecSourceLsb +: stoic_pkg::MatvecSourceWidth]);
      count_0 = is_matvec ? Field'(column_beats_less_1) : count;
      first_1 = Word'(instruction_i[stoic_pkg::MatvecBiasLsb +: stoic_pkg::MatvecBiasWidth]);
      equal_0 = is_function || is_normalise;
      if (is_copy) first_0 = Field'(instruction_i[stoic_pkg::CopySourceLsb +: stoic_pkg::CopySourceWidth]);
      if (is_bundle) begin
        first_0 = Field'(instruction_i[Term0 + stoic_pkg::BundleTermLeftLsb +: stoic_pkg::BundleTermLeftWidth]);
        first_1 = Word'(instruction_i[Term0 + stoic_pkg::BundleTermRightLsb +: stoic_pkg::BundleTermRightWidth]);
        count_0 = left_fixed_0 ? '0 : count;
        equal_0 = !left_fixed_0;
        equal_1 = !right_fixed_0;
      end
    end
  end

  logic [3:0] outside, clash;
  logic [ElementBits:0] source_last_q, unused_source;

  stoic_operand_check #(
    .InputWidth(Field),
    .Width     (ElementBits),
    .Limit     (StateWords * Lanes)
  ) u_operand_0 (
    .clk_i, .load_i, .used_i(used_0), .may_equal_i(equal_0), .first_i(first_0), .count_less_1_i(count_0), .judge_i(loaded_q), .limited_i(1'b0),
    .destination_i(destination_first), .destination_last_i(destination_last_q), .first_o(unused_source), .last_o(source_last_q),
    .outside_o(outside[0]), .clash_o(clash[0])
  );

  // The others are state words, never elements
  logic [Word-1:0] first[1:3], word_count[1:3];
  logic [3:1]      used, equal;
  assign first[1]      = first_1;
  assign word_count[1] = (is_bundle && right_fixed_0) ? '0 : Word'(beats_less_1);
  assign used[1]       = used_1;
  assign equal[1]      = equal_1;
  assign first[2]      = Word'(instruction_i[Term1 + stoic_pkg::BundleTermLeftLsb +: stoic_pkg::BundleTermLeftWidth]);
  assign word_count[2] = left_fixed_1 ? '0 : Word'(beats_less_1);
  assign used[2]       = is_bundle && second_term_i;
  assign equal[2]      = !left_fixed_1;
  assign first[3]      = Word'(instruction_i[Term1 + stoic_pkg::BundleTermRightLsb +: stoic_pkg::BundleTermRightWidth]);
  assign word_count[3] = right_fixed_1 ? '0 : Word'(beats_less_1);
  assign used[3]       = is_bundle && second_term_i;
  assign equal[3]      = !right_fixed_1;

  for (genvar o = 1; o < 4; o++) begin : gen_operand
    logic [BeatBits:0] unused_first, unused_last;
    stoic_operand_check #(
      .InputWidth(Word),
      .Width     (BeatBits),
      .Limit     (StateWords)
    ) u_operand (
      .clk_i, .load_i, .used_i(used[o]), .may_equal_i(equal[o]), .first_i(first[o]), .count_less_1_i(word_count[o]),
      .judge_i(loaded_q), .limited_i(1'b1), .destination_i(destination_first[BeatBits:0]), .destination_last_i(destination_last_q[BeatBits:0]),
      .first_o(unused_first), .last_o(unused_last), .outside_o(outside[o]), .clash_o(clash[o])
    );
  end

  // Beyond the memory, in words or elements
  logic beyond, destination_beyond, source_beyond, destination_element_beyond, source_element_beyond;
  stoic_reaches #(.Width(ElementBits + 1), .Limit(StateWords)) u_destination_word (
    .value_i(destination_last_q), .reaches_o(destination_beyond));
  stoic_reaches #(.Width(ElementBits + 1), .Limit(StateWords)) u_source_word (
    .value_i(source_last_q), .reaches_o(source_beyond));
  stoic_reaches #(.Width(ElementBits + 1), .Limit(StateWords * Lanes)) u_destination_element (
    .value_i(destination_last_q), .reaches_o(destination_element_beyond));
  stoic_reaches #(.Width(ElementBits + 1), .Limit(StateWords * Lanes)) u_source_element (
    .value_i(source_last_q), .reaches_o(source_element_beyond));
  assign beyond = is_copy ? destination_element_beyond || source_element_beyond
                          : destination_beyond || (used_0 && source_beyond);

  // Weights and tables. Sizes that matter fit the state memory, or STATE_ADDRESS comes first; so the product is cut.
  localparam bit [31:0] MatrixBits = BeatBits + LengthBits;
  localparam bit [31:0] WeightEndBits = ((MatrixBits > 24) ? MatrixBits : 24) + 1;
  logic [MatrixBits-1:0] matrix_beats_q;
  logic [WeightEndBits-1:0] weight_end;
  logic [16:0]           table_end_q;
  logic                  outside_q, clash_q, outside_now, clash_now;
  logic                  weights_outside, table_outside;

  always_ff @(posedge clk_i) begin
    loaded_q <= load_i;
    if (load_i) begin
      matrix_beats_q    <= MatrixBits'(BeatBits'(beats)) * MatrixBits'(LengthBits'(columns));
      table_end_q       <= 17'(instruction_i[stoic_pkg::FunctionTableLsb +: stoic_pkg::FunctionTableWidth])
                         + 17'(instruction_i[stoic_pkg::FunctionSegmentsLsb +: stoic_pkg::FunctionSegmentsWidth]);
    end
    // Earlier term words of a BUNDLE
    if (load_i && term_first_i) begin
      outside_q <= 1'b0;
      clash_q   <= 1'b0;
    end else if (loaded_q) begin
      outside_q <= outside_q || |outside || beyond;
      clash_q   <= clash_q || |clash;
    end
  end

  logic weight_end_reaches, table_end_reaches;
  stoic_reaches #(.Width(WeightEndBits), .Limit(WeightWords)) u_weights (
    .value_i(weight_end), .reaches_o(weight_end_reaches));
  assign weight_end = WeightEndBits'(instruction_i[stoic_pkg::MatvecWeightsLsb +: stoic_pkg::MatvecWeightsWidth])
                    + WeightEndBits'(matrix_beats_q);
  stoic_reaches #(.Width(17), .Limit(TableWords)) u_table (.value_i(table_end_q), .reaches_o(table_end_reaches));

  always_comb begin
    outside_now     = 1'bx;
    clash_now       = 1'bx;
    weights_outside = 1'bx;
    table_outside   = 1'bx;
    if (loaded_q) begin
      outside_now     = outside_q || |outside || (moves_state && (destination_far || beyond));
      clash_now       = clash_q || |clash;
      weights_outside = is_matvec && !instruction_i[stoic_pkg::MatvecStreamLsb]
                      && weight_end_reaches && weight_end != WeightEndBits'(WeightWords);
      table_outside   = (is_function || is_normalise) && table_end_reaches;
    end
  end

  assign beats_o = BeatBits'(beats);

  // Values that no instruction may have
  logic        illegal;
  logic [3:0]  terms;
  logic [4:0]  segment_shift, result_shift;
  logic [24-StateWidth:0] origin_head;  // the sign of the origin, and what must repeat it
  logic [15:0] segments;
  assign terms         = instruction_i[stoic_pkg::BundleTermsLsb +: stoic_pkg::BundleTermsWidth];
  assign segment_shift = instruction_i[stoic_pkg::FunctionSegmentShiftLsb +: stoic_pkg::FunctionSegmentShiftWidth];
  assign result_shift  = instruction_i[stoic_pkg::NormaliseResultShiftLsb +: stoic_pkg::NormaliseResultShiftWidth];
  assign origin_head   = instruction_i[stoic_pkg::FunctionOriginLsb + StateWidth - 1 +: 25 - StateWidth];
  assign segments      = instruction_i[stoic_pkg::FunctionSegmentsLsb +: stoic_pkg::FunctionSegmentsWidth];

  always_comb begin
    illegal = 1'bx;
    if (loaded_q) begin
      illegal = moves_state && length == '0;
      if (opcode_i == 5'(stoic_pkg::OpLoop) && instruction_i[stoic_pkg::LoopCountLsb +: stoic_pkg::LoopCountWidth] == '0) illegal = 1'b1;
      if (is_matvec && columns == '0) illegal = 1'b1;
      if (is_bundle && (terms == '0 || terms > 4'(stoic_pkg::BundleTermsMax))) illegal = 1'b1;
      if ((is_function || is_normalise) && (segments == '0 || segment_shift >= 5'(StateWidth))) illegal = 1'b1;
      if (is_function && (instruction_i[stoic_pkg::FunctionSymmetryLsb +: stoic_pkg::FunctionSymmetryWidth] == 2'd3
                          || (origin_head != '0 && origin_head != '1)))
        illegal = 1'b1;
      if (is_normalise && result_shift >= 5'(StateWidth)) illegal = 1'b1;
      if (is_rotate && instruction_i[stoic_pkg::RotateAmountLsb +: stoic_pkg::RotateAmountWidth] >= length) illegal = 1'b1;
    end
  end

  always_comb begin
    status_o = 'x;
    if (loaded_q) begin
      status_o = 8'(stoic_pkg::StatusCodeOk);
      if (clash_now) status_o = 8'(stoic_pkg::StatusCodeOperandOverlap);
      if (table_outside) status_o = 8'(stoic_pkg::StatusCodeTableAddress);
      if (weights_outside) status_o = 8'(stoic_pkg::StatusCodeWeightAddress);
      if (outside_now) status_o = 8'(stoic_pkg::StatusCodeStateAddress);
      if (illegal) status_o = 8'(stoic_pkg::StatusCodeIllegalOperand);
      if (!moves_state && opcode_i != 5'(stoic_pkg::OpLoop) && opcode_i != 5'(stoic_pkg::OpHalt) && opcode_i != 5'(stoic_pkg::OpEnd))
        status_o = 8'(stoic_pkg::StatusCodeIllegalOpcode);
    end
  end

endmodule

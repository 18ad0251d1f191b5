// Turns issues into addresses and controls of the pipelines.
//
// prepare_i (the second check cycle) loads the counters from the instruction; each issue_i moves on by one issue. Signals
// named *_1, *_2 ... belong to the stage so many cycles after the issue. Nothing in the pipelines ever waits, but for
// STORE: its word in flight is stoic_output_port's business.
//
// A beat of NORMALISE counts in phases: 0-2 read the components for their squares; from 7 the sums are taken, FunctionUnits
// lanes a cycle; from 9 their exponents, from 15 their factors are written; at Product and the next two phases the components
// are read again and multiplied by the factors.
module stoic_issue #(
  parameter bit [31:0] Lanes = 16,
  parameter bit [31:0] StateWidth = 16,
  parameter bit [31:0] AccumulatorWidth = 48,
  parameter bit [31:0] StateWords = 512,
  parameter bit [31:0] WeightWords = 24576,
  parameter bit [31:0] FunctionUnits = 4,
  localparam bit [31:0] LaneBits = $clog2(Lanes),
  localparam bit [31:0] AddressWidth = (StateWords > 1) ? $clog2(StateWords) : 1,
  localparam bit [31:0] BeatBits = $clog2(StateWords + 1),
  localparam bit [31:0] ElementBits = $clog2(StateWords * Lanes + 1),
  localparam bit [31:0] LengthBits = (ElementBits < 16) ? ElementBits : 16,
  localparam bit [31:0] WeightAddressWidth = (WeightWords > 1) ? $clog2(WeightWords) : 1,
  localparam bit [31:0] AlignBits = (AccumulatorWidth > 32) ? 6 : 5,
  localparam bit [31:0] ShiftBits = $clog2(AccumulatorWidth)
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,

  input  logic [127:0]                  instruction_i,
  input  logic [4:0]                    opcode_i,
  input  logic                          prepare_i,
  input  logic [BeatBits-1:0]           beats_i,
  input  logic [LengthBits-1:0]         length_i,
  input  logic                          issue_i,
  output logic                          last_o,            // what is issued now is the last
  output logic                          beat_start_o,      // NORMALISE: first phase of a beat
  output logic                          term_advance_o,

  // State memory
  output logic                          read_a_o,
  output logic [AddressWidth-1:0]       address_a_o,
  output logic                          read_b_o,
  output logic [AddressWidth-1:0]       address_b_o,
  output logic [LaneBits-1:0]           rotation_1_o,      // COPY: lane 0 of the result comes from this lane of word a,
                                                           // the lanes below it from word b
  output logic [LaneBits-1:0]           element_1_o,       // MATVEC: lane that is broadcast; FUNCTION: first lane of the group
  // Weight memory
  output logic                          weight_read_o,
  output logic [WeightAddressWidth-1:0] weight_address_o,

  // Products
  output logic                          matvec_o,
  output logic                          biased_o,
  output logic                          use_factor_1_o,
  output logic                          component_z_1_o,
  output logic                          multiply_o,        // t+1 and t+2
  output logic                          align_3_o,
  output logic                          hold_3_o,
  output logic [AlignBits-1:0]          align_amount_3_o,
  output logic                          accumulate_4_o,
  output logic                          first_4_o,
  output logic                          subtract_4_o,
  output logic                          shift_5_o,
  output logic                          round_6_o,
  output logic                          own_shift_o,
  output logic                          left_o,
  output logic                          huge_o,
  output logic [4:0]                    left_amount_o,
  output logic [ShiftBits-1:0]          right_amount_o,

  // Functions
  output logic [8:1]                    function_stage_o,
  output logic                          normalise_o,
  output logic                          take_function_8_o,
  output logic                          sum_take_o,
  output logic [LaneBits-1:0]           sum_lane_o,        // first lane of the group
  output logic                          sum_find_o,
  output logic                          exponent_write_o,
  output logic [LaneBits-1:0]           exponent_lane_o,
  output logic                          factor_write_o,
  output logic [LaneBits-1:0]           factor_lane_o,

  // Words that pass: COPY, ROTATE, LOAD
  output logic                          take_rotated_1_o,
  output logic                          take_input_o,
  output logic                          store_read_o,
  output logic                          store_last_o,

  // The write of the next cycle
  output logic                          write_next_o,
  output logic [AddressWidth-1:0]       write_address_next_o,
  output logic [LaneBits-1:0]           write_low_next_o,  // first and last lane that is written
  output logic [LaneBits-1:0]           write_high_next_o
);

  // Every length and address has been checked, so they fit the state memory.
  localparam bit [31:0] InnerBits = (LengthBits > 7) ? LengthBits : 7;
  localparam bit [31:0] Groups = Lanes / FunctionUnits;
  localparam bit [31:0] UnitBits = $clog2(FunctionUnits);
  localparam bit [31:0] Product = 14 + Groups;  // first phase of the three products
  localparam bit [31:0] Phases = 24 + Groups;

  logic is_load, is_store, is_matvec, is_bundle, is_function, is_normalise, is_copy, is_rotate;
  assign is_load      = opcode_i == 5'(stoic_pkg::OpLoad);
  assign is_store     = opcode_i == 5'(stoic_pkg::OpStore);
  assign is_matvec    = opcode_i == 5'(stoic_pkg::OpMatvec);
  assign is_bundle    = opcode_i == 5'(stoic_pkg::OpBundle);
  assign is_function  = opcode_i == 5'(stoic_pkg::OpFunction);
  assign is_normalise = opcode_i == 5'(stoic_pkg::OpNormalise);
  assign is_copy      = opcode_i == 5'(stoic_pkg::OpCopy);
  assign is_rotate    = opcode_i == 5'(stoic_pkg::OpRotate);
  assign matvec_o     = is_matvec;
  assign normalise_o  = is_normalise;
  assign own_shift_o  = is_normalise;
  // A bias that is shifted beyond the accumulator is none
  logic [5:0] bias_shift;
  assign bias_shift   = instruction_i[stoic_pkg::MatvecBiasShiftLsb +: stoic_pkg::MatvecBiasShiftWidth];
  assign biased_o     = instruction_i[stoic_pkg::MatvecBiasedLsb] && {1'b0, bias_shift} < 7'(AccumulatorWidth);

  // Runs of COPY and ROTATE: elements that follow one another in source and destination
  logic        second_run_q, run_ends;  // ROTATE: what wraps around
  logic [LengthBits-1:0]  amount, head, run_length;
  logic [ElementBits-1:0] run_destination, run_source;
  logic [LaneBits-1:0]    run_first_lane;
  logic [ElementBits-1:0] run_shifted;  // source of lane 0 of the first word; may lie one word before the memory
  logic [LengthBits:0]    run_extent;   // last element, counted from lane 0 of the first word
  logic [BeatBits-1:0]    run_beats_q;
  logic [LaneBits-1:0]    first_lane_q, last_lane_q, rotation_q;
  logic [AddressWidth-1:0] run_word_q, run_base_q;
  logic                   load_run, next_run;

  assign amount = LengthBits'(instruction_i[stoic_pkg::RotateAmountLsb +: stoic_pkg::RotateAmountWidth]);
  assign head   = length_i - amount;

  assign next_run = prepare_i ? 1'b0 : 1'b1;
  always_comb begin
    run_destination = ElementBits'(instruction_i[stoic_pkg::CopyDestinationLsb +: stoic_pkg::CopyDestinationWidth]);
    run_source      = ElementBits'(instruction_i[stoic_pkg::CopySourceLsb +: stoic_pkg::CopySourceWidth]);
    run_length      = length_i;
    if (is_rotate) begin
      run_destination = ElementBits'(instruction_i[stoic_pkg::RotateDestinationLsb +: stoic_pkg::RotateDestinationWidth]) << LaneBits;
      run_source      = ElementBits'(instruction_i[stoic_pkg::RotateSourceLsb +: stoic_pkg::RotateSourceWidth]) << LaneBits;
      run_length      = next_run ? amount : head;
      if (next_run) run_destination = run_destination + ElementBits'(head);
      else run_source = run_source + ElementBits'(amount);
    end
    run_first_lane = run_destination[LaneBits-1:0];
    run_shifted    = run_source - ElementBits'(run_first_lane);
    run_extent     = (LengthBits+1)'(run_length) + (LengthBits+1)'(run_first_lane) - (LengthBits+1)'(1);
  end

  // Counters of the issue
  logic [InnerBits-1:0] inner_q, inner_next, inner_count;
  logic [BeatBits-1:0] beat_q, beat_last;
  logic        inner_ends, beats_end;
  logic [BeatBits-1:0] beats_q;
  logic [LaneBits-1:0] tail_lane;  // last lane of the last word
  logic [LaneBits-1:0] tail_group_lane;
  assign tail_lane = LaneBits'(length_i - LengthBits'(1));
  assign tail_group_lane = tail_lane >> UnitBits;

  always_comb begin
    inner_count = InnerBits'(1);
    if (is_matvec) inner_count = InnerBits'(instruction_i[stoic_pkg::MatvecColumnsLsb +: stoic_pkg::MatvecColumnsWidth]);
    if (is_bundle) inner_count = InnerBits'(instruction_i[stoic_pkg::BundleTermsLsb +: stoic_pkg::BundleTermsWidth]);
    if (is_function) inner_count = beats_end ? InnerBits'(tail_group_lane) + InnerBits'(1) : InnerBits'(Groups);
    if (is_normalise) inner_count = InnerBits'(Phases);
  end
  assign beat_last  = (is_copy || is_rotate) ? run_beats_q : beats_q - BeatBits'(1);
  assign inner_next = inner_q + InnerBits'(1);
  assign inner_ends = inner_next == inner_count;
  assign beats_end  = beat_q == beat_last;
  assign run_ends   = inner_ends && beats_end;
  assign load_run   = (prepare_i || (issue_i && run_ends)) && (is_copy || is_rotate);
  assign last_o     = run_ends && !(is_rotate && !second_run_q && amount != '0);
  assign beat_start_o   = inner_q == '0;
  assign term_advance_o = inner_q[0] || inner_ends;

  always_ff @(posedge clk_i) begin
    if (prepare_i) begin
      inner_q      <= '0;
      beat_q       <= '0;
      beats_q      <= beats_i;
      second_run_q <= 1'b0;
    end else if (issue_i) begin
      inner_q <= inner_ends ? '0 : inner_next;
      if (inner_ends) beat_q <= beats_end ? '0 : beat_q + BeatBits'(1);
      if (run_ends) second_run_q <= 1'b1;
    end
    if (load_run) begin
      run_beats_q  <= BeatBits'(run_extent >> LaneBits);
      first_lane_q <= run_first_lane;
      last_lane_q  <= LaneBits'(run_extent);
      rotation_q   <= run_shifted[LaneBits-1:0];
      run_word_q   <= AddressWidth'(run_destination >> LaneBits);
      run_base_q   <= AddressWidth'(run_shifted >> LaneBits);
    end
  end

  // NORMALISE
  logic [1:0]  component_q;        // x, y, z
  logic [AddressWidth-1:0] component_offset_q;
  logic        square, product, component_step;
  logic [6:0]  phase;
  assign phase   = inner_q[6:0];
  assign square  = is_normalise && phase < 7'd3;
  assign product = is_normalise && phase >= 7'(Product) && phase < 7'(Product + 3);
  assign component_step = issue_i && (square || product);

  always_ff @(posedge clk_i) begin
    if (prepare_i || (component_step && component_q == 2'd2)) begin
      component_q        <= '0;
      component_offset_q <= '0;
    end else if (component_step) begin
      component_q        <= component_q + 2'd1;
      component_offset_q <= component_offset_q + AddressWidth'(beats_q);
    end
  end

  // Addresses of the two read ports
  logic [31:0] term;
  logic [AddressWidth-1:0] base_a, offset_a, base_b, offset_b, word_a, word_b;
  logic [AddressWidth-1:0] bias_word_q;
  logic [3:1]  first;
  logic [4:1]  valid;
  logic [6:1]  final_product;

  assign term = inner_q[0] ? instruction_i[stoic_pkg::BundleTermFirstBit + stoic_pkg::BundleTermStride +: stoic_pkg::BundleTermStride]
                           : instruction_i[stoic_pkg::BundleTermFirstBit +: stoic_pkg::BundleTermStride];

  always_comb begin
    base_a   = AddressWidth'(instruction_i[stoic_pkg::MatvecSourceLsb +: stoic_pkg::MatvecSourceWidth]);  // also FUNCTION and NORMALISE
    offset_a = AddressWidth'(beat_q);
    if (is_matvec) offset_a = AddressWidth'(inner_q >> LaneBits);
    if (is_normalise) offset_a = AddressWidth'(beat_q) + component_offset_q;
    if (is_store) base_a = AddressWidth'(instruction_i[stoic_pkg::StoreSourceLsb +: stoic_pkg::StoreSourceWidth]);
    if (is_copy || is_rotate) base_a = run_base_q;
    if (is_bundle) begin
      base_a = AddressWidth'(term[stoic_pkg::BundleTermLeftLsb +: stoic_pkg::BundleTermLeftWidth]);
      if (term[stoic_pkg::BundleTermLeftFixedLsb]) offset_a = '0;
    end
    base_b   = AddressWidth'(term[stoic_pkg::BundleTermRightLsb +: stoic_pkg::BundleTermRightWidth]);
    offset_b = term[stoic_pkg::BundleTermRightFixedLsb] ? '0 : AddressWidth'(beat_q);
    word_a   = base_a + offset_a;
    word_b   = is_matvec ? bias_word_q : base_b + offset_b;
    if (is_normalise) word_b = word_a;
    if (is_copy || is_rotate) word_b = word_a + AddressWidth'(1);
  end

  always_ff @(posedge clk_i) begin
    if (prepare_i) bias_word_q <= AddressWidth'(instruction_i[stoic_pkg::MatvecBiasLsb +: stoic_pkg::MatvecBiasWidth]);
    else if (valid[2] && first[2] && is_matvec) bias_word_q <= bias_word_q + AddressWidth'(1);
  end

  assign address_a_o      = word_a;
  assign address_b_o      = word_b;

  always_comb begin
    read_a_o = issue_i && (is_bundle || is_store || is_copy || is_rotate || square || product
                           || (is_function && inner_q == '0)
                           || (is_matvec && inner_q[LaneBits-1:0] == '0));
    read_b_o = (issue_i && (is_bundle || square || is_copy || is_rotate)) || (valid[2] && first[2] && is_matvec && biased_o);
  end

  // Weights
  logic [WeightAddressWidth-1:0] weight_address_q;
  assign weight_read_o    = issue_i && is_matvec && !instruction_i[stoic_pkg::MatvecStreamLsb];
  assign weight_address_o = weight_address_q;
  always_ff @(posedge clk_i) begin
    if (prepare_i) weight_address_q <= WeightAddressWidth'(instruction_i[stoic_pkg::MatvecWeightsLsb +: stoic_pkg::MatvecWeightsWidth]);
    else if (weight_read_o) weight_address_q <= weight_address_q + WeightAddressWidth'(1);
  end

  // Pipeline of products
  logic       mac_issue, first_now, final_now;
  logic       factor_1_q, z_1_q, first_4_q;
  logic [4:0] align_1_q, align_2_q, align_3_q;
  logic [4:1] subtract_q;
  assign mac_issue = issue_i && (is_matvec || is_bundle || square || product);
  assign first_now = inner_q == '0 || product;
  assign final_now = product || (!is_normalise && inner_ends);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid         <= '0;
      final_product <= '0;
    end else begin
      valid         <= {valid[3:1], mac_issue};
      final_product <= {final_product[5:1], mac_issue && final_now};
    end
    first      <= {first[2:1], first_now};
    first_4_q  <= first[3];
    factor_1_q <= product;
    z_1_q      <= product && component_q == 2'd2;
    align_1_q  <= is_bundle ? term[stoic_pkg::BundleTermAlignLsb +: stoic_pkg::BundleTermAlignWidth] : '0;
    align_2_q  <= align_1_q;
    align_3_q  <= align_2_q;
    subtract_q <= {subtract_q[3:1], is_bundle && term[stoic_pkg::BundleTermSubtractLsb]};
    element_1_o  <= is_function ? LaneBits'(inner_q << UnitBits) : inner_q[LaneBits-1:0];
    rotation_1_o <= rotation_q;
  end

  assign use_factor_1_o   = factor_1_q;
  assign component_z_1_o  = z_1_q;
  assign multiply_o       = valid[1] || valid[2];
  assign align_3_o        = valid[3] && (!is_matvec || (first[3] && biased_o));
  assign hold_3_o         = valid[3] && is_matvec;
  assign align_amount_3_o = is_matvec ? AlignBits'(bias_shift) : AlignBits'(align_3_q);
  assign accumulate_4_o   = valid[4];
  assign first_4_o        = first_4_q;
  assign subtract_4_o     = subtract_q[4];
  assign shift_5_o        = final_product[5];
  assign round_6_o        = final_product[6];

  logic signed [6:0] result_shift;
  assign result_shift = is_matvec ? instruction_i[stoic_pkg::MatvecResultShiftLsb +: stoic_pkg::MatvecResultShiftWidth]
                                  : instruction_i[stoic_pkg::BundleResultShiftLsb +: stoic_pkg::BundleResultShiftWidth];
  stoic_result_shift #(.StateWidth(StateWidth), .AccumulatorWidth(AccumulatorWidth)) u_result_shift (
    .clk_i(clk_i), .prepare_i(prepare_i), .shift_i(result_shift),
    .left_o(left_o), .huge_o(huge_o), .left_amount_o(left_amount_o), .right_amount_o(right_amount_o)
  );

  // Function units: elements enter at stage 1, distances of NORMALISE at stage 2
  logic [8:1] stage_q;
  logic       exponent_now, distance_next;
  logic [6:0] sum_group, exponent_group, factor_group;
  assign sum_group      = phase - 7'd7;
  assign exponent_group = phase - 7'd9;
  assign factor_group   = phase - 7'd15;
  assign sum_take_o     = is_normalise && issue_i && sum_group < 7'(Groups);
  assign sum_lane_o     = LaneBits'(sum_group << UnitBits);
  assign exponent_now   = is_normalise && issue_i && exponent_group < 7'(Groups);
  assign exponent_write_o = exponent_now;
  assign exponent_lane_o  = LaneBits'(exponent_group << UnitBits);
  assign factor_write_o = is_normalise && issue_i && factor_group < 7'(Groups);
  assign factor_lane_o  = LaneBits'(factor_group << UnitBits);

  logic find_q;
  assign sum_find_o = find_q;
  assign distance_next = find_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      stage_q <= '0;
      find_q  <= 1'b0;
    end else begin
      stage_q <= {stage_q[7:2], stage_q[1] || distance_next, issue_i && is_function};
      find_q  <= sum_take_o;
    end
  end
  assign function_stage_o  = stage_q;
  assign take_function_8_o = stage_q[8] && !is_normalise;

  // Words that pass
  logic copy_1_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) copy_1_q <= 1'b0;
    else copy_1_q <= issue_i && (is_copy || is_rotate);
  end
  assign take_rotated_1_o = copy_1_q;
  assign take_input_o     = issue_i && is_load;
  assign store_read_o     = issue_i && is_store;
  assign store_last_o     = last_o;

  // Writes
  stoic_write_addresses #(
    .Lanes(Lanes), .StateWords(StateWords), .FunctionUnits(FunctionUnits)
  ) u_writes (
    .clk_i(clk_i), .prepare_i(prepare_i), .is_function_i(is_function), .is_normalise_i(is_normalise),
    .destination_i(AddressWidth'(instruction_i[stoic_pkg::LoadDestinationLsb +: stoic_pkg::LoadDestinationWidth])),
    .beats_i(beats_q), .tail_lane_i(tail_lane),
    .copy_word_i(run_word_q + AddressWidth'(beat_q)), .copy_low_i((beat_q == '0) ? first_lane_q : '0),
    .copy_high_i(beats_end ? last_lane_q : LaneBits'(Lanes - 1)), .copy_1_i(copy_1_q),
    .write_i(round_6_o || take_function_8_o || copy_1_q || take_input_o),
    .write_address_o(write_address_next_o), .low_o(write_low_next_o), .high_o(write_high_next_o)
  );
  assign write_next_o = round_6_o || take_function_8_o || copy_1_q || take_input_o;

endmodule

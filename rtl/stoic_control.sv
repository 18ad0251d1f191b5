// Runs programs: the program memory, what fetches and checks its instructions, and what makes addresses and pipeline
// controls of them.
//
// Ports are those of stoic_sequencer and stoic_issue, which have their protocol and timing. The bus writes a program while
// nothing runs, by halves of a word (program_write_i: lower, upper), and reads the word that follows its address in the next
// cycle.
module stoic_control #(
  parameter bit [31:0] Lanes = 16,
  parameter bit [31:0] StateWidth = 16,
  parameter bit [31:0] AccumulatorWidth = 48,
  parameter bit [31:0] StateWords = 512,
  parameter bit [31:0] WeightWords = 24576,
  parameter bit [31:0] TableWords = 1025,
  parameter bit [31:0] FunctionUnits = 4,
  parameter bit [31:0] LoopDepth = 4,
  parameter bit [31:0] ProgramWords = 512,
  localparam bit [31:0] LaneBits = $clog2(Lanes),
  localparam bit [31:0] AddressWidth = (StateWords > 1) ? $clog2(StateWords) : 1,
  localparam bit [31:0] WeightAddressWidth = (WeightWords > 1) ? $clog2(WeightWords) : 1,
  localparam bit [31:0] ProgramAddressWidth = (ProgramWords > 1) ? $clog2(ProgramWords) : 1,
  localparam bit [31:0] AlignBits = (AccumulatorWidth > 32) ? 6 : 5,
  localparam bit [31:0] ShiftBits = $clog2(AccumulatorWidth)
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,

  // Registers
  input  logic                           start_i,
  input  logic                           abort_i,
  input  logic                           clear_i,
  input  logic [16:0]                    program_start_i,
  input  logic [31:0]                    samples_i,
  input  logic [31:0]                    cycle_limit_i,
  input  logic [31:0]                    stream_timeout_i,
  output logic                           busy_o,
  output logic                           end_o,
  output logic [7:0]                     end_code_o,
  output logic [16:0]                    slot_o,
  output logic [31:0]                    samples_done_o,
  output logic [47:0]                    cycles_o,
  output logic [47:0]                    mac_cycles_o,
  output logic [31:0]                    stall_input_o,
  output logic [31:0]                    stall_weights_o,
  output logic [31:0]                    stall_output_o,

  // The bus's way to the program
  input  logic [1:0]                     program_write_i,
  input  logic                           program_read_i,
  input  logic [ProgramAddressWidth-1:0] program_address_i,
  input  logic [31:0]                    program_write_data_i,
  output logic [63:0]                    program_read_data_o,

  // Streams and saturation counters
  output logic                           input_pop_o,
  input  logic                           input_valid_i,
  input  logic                           input_last_i,
  output logic                           weights_ready_o,
  input  logic                           weights_valid_i,
  input  logic                           weights_last_i,
  input  logic                           output_frozen_i,
  input  logic                           output_done_i,
  output logic                           interrupted_o,
  output logic                           commit_o,
  output logic [ProgramAddressWidth-1:0] commit_slot_o,

  output logic [127:0]                   instruction_o,
  output logic [LaneBits-1:0]            tail_lane_o,      // last lane of the last word of its vector

  // Pipelines: see stoic_issue
  output logic                           read_a_o,
  output logic [AddressWidth-1:0]        address_a_o,
  output logic                           read_b_o,
  output logic [AddressWidth-1:0]        address_b_o,
  output logic [LaneBits-1:0]            rotation_1_o,
  output logic [LaneBits-1:0]            element_1_o,
  output logic                           weight_read_o,
  output logic [WeightAddressWidth-1:0]  weight_address_o,
  output logic                           matvec_o,
  output logic                           biased_o,
  output logic                           use_factor_1_o,
  output logic                           component_z_1_o,
  output logic                           multiply_o,
  output logic                           align_3_o,
  output logic                           hold_3_o,
  output logic [AlignBits-1:0]           align_amount_3_o,
  output logic                           accumulate_4_o,
  output logic                           first_4_o,
  output logic                           subtract_4_o,
  output logic                           shift_5_o,
  output logic                           round_6_o,
  output logic                           own_shift_o,
  output logic                           left_o,
  output logic                           huge_o,
  output logic [4:0]                     left_amount_o,
  output logic [ShiftBits-1:0]           right_amount_o,
  output logic [8:1]                     function_stage_o,
  output logic                           normalise_o,
  output logic                           take_function_8_o,
  output logic                           sum_take_o,
  output logic [LaneBits-1:0]            sum_lane_o,
  output logic                           sum_find_o,
  output logic                           exponent_write_o,
  output logic [LaneBits-1:0]            exponent_lane_o,
  output logic                           factor_write_o,
  output logic [LaneBits-1:0]            factor_lane_o,
  output logic                           take_rotated_1_o,
  output logic                           take_input_o,
  output logic                           store_read_o,
  output logic                           store_last_o,
  output logic                           write_next_o,
  output logic [AddressWidth-1:0]        write_address_next_o,
  output logic [LaneBits-1:0]            write_low_next_o,
  output logic [LaneBits-1:0]            write_high_next_o
);

  localparam bit [31:0] BeatBits = $clog2(StateWords + 1);
  localparam bit [31:0] ElementBits = $clog2(StateWords * Lanes + 1);
  localparam bit [31:0] LengthBits = (ElementBits < 16) ? ElementBits : 16;

  // Program memory: halves, as the bus writes them; two copies, see stoic_sequencer
  logic                           program_read_first, program_read_other;
  logic [ProgramAddressWidth-1:0] program_address;
  logic [63:0]                    program_first, program_other;
  assign program_read_data_o = program_first;

  stoic_memory #(
    .Slices    (2),
    .SliceWidth(32),
    .Depth     (ProgramWords)
  ) u_program_first (
    .clk_i          (clk_i),
    .write_i        (program_write_i),
    .write_address_i(program_address_i),
    .write_data_i   ({2{program_write_data_i}}),
    .read_i         (program_read_first || program_read_i),
    .read_address_i (busy_o ? program_address : program_address_i),
    .read_data_o    (program_first)
  );

  stoic_memory #(
    .Slices    (2),
    .SliceWidth(32),
    .Depth     (ProgramWords)
  ) u_program_other (
    .clk_i          (clk_i),
    .write_i        (program_write_i),
    .write_address_i(program_address_i),
    .write_data_i   ({2{program_write_data_i}}),
    .read_i         (program_read_other),
    .read_address_i (program_address),
    .read_data_o    (program_other)
  );

  // Sequencer, decoder, issue
  logic [4:0]            opcode;
  logic                  check_load, check_term_first, check_second_term, prepare, issue, issue_last, beat_start;
  logic                  term_advance;
  logic [7:0]            check_status;
  logic [BeatBits-1:0]   beats;
  logic [LengthBits-1:0] vector_length;
  assign tail_lane_o = LaneBits'(vector_length - LengthBits'(1));

  stoic_sequencer #(
    .LoopDepth   (LoopDepth),
    .ProgramWords(ProgramWords)
  ) u_sequencer (
    .clk_i              (clk_i),
    .rst_ni             (rst_ni),
    .start_i            (start_i),
    .abort_i            (abort_i),
    .clear_i            (clear_i),
    .program_start_i    (program_start_i),
    .samples_i          (samples_i),
    .cycle_limit_i      (cycle_limit_i),
    .stream_timeout_i   (stream_timeout_i),
    .busy_o             (busy_o),
    .end_o              (end_o),
    .end_code_o         (end_code_o),
    .slot_o             (slot_o),
    .samples_done_o     (samples_done_o),
    .cycles_o           (cycles_o),
    .mac_cycles_o       (mac_cycles_o),
    .stall_input_o      (stall_input_o),
    .stall_weights_o    (stall_weights_o),
    .stall_output_o     (stall_output_o),
    .program_read_first_o(program_read_first),
    .program_read_other_o(program_read_other),
    .program_address_o  (program_address),
    .program_first_i    (program_first),
    .program_other_i    (program_other),
    .instruction_o      (instruction_o),
    .opcode_o           (opcode),
    .check_load_o       (check_load),
    .check_term_first_o (check_term_first),
    .check_second_term_o(check_second_term),
    .check_status_i     (check_status),
    .prepare_o          (prepare),
    .issue_o            (issue),
    .term_advance_i     (term_advance),
    .beat_start_i       (beat_start),
    .issue_last_i       (issue_last),
    .input_pop_o        (input_pop_o),
    .input_valid_i      (input_valid_i),
    .input_last_i       (input_last_i),
    .weights_ready_o    (weights_ready_o),
    .weights_valid_i    (weights_valid_i),
    .weights_last_i     (weights_last_i),
    .output_frozen_i    (output_frozen_i),
    .output_done_i      (output_done_i),
    .interrupted_o      (interrupted_o),
    .commit_o           (commit_o),
    .commit_slot_o      (commit_slot_o)
  );

  stoic_decoder #(
    .Lanes      (Lanes),
    .StateWidth (StateWidth),
    .StateWords (StateWords),
    .WeightWords(WeightWords),
    .TableWords (TableWords)
  ) u_decoder (
    .clk_i        (clk_i),
    .instruction_i(instruction_o),
    .opcode_i     (opcode),
    .load_i       (check_load),
    .term_first_i (check_term_first),
    .second_term_i(check_second_term),
    .status_o     (check_status),
    .beats_o      (beats),
    .length_o     (vector_length)
  );

  stoic_issue #(
    .Lanes(Lanes), .StateWidth(StateWidth), .AccumulatorWidth(AccumulatorWidth), .StateWords(StateWords),
    .WeightWords(WeightWords), .FunctionUnits(FunctionUnits)
  ) u_issue (
    .clk_i(clk_i), .rst_ni(rst_ni), .instruction_i(instruction_o), .opcode_i(opcode), .prepare_i(prepare),
    .beats_i(beats), .length_i(vector_length), .issue_i(issue), .last_o(issue_last), .beat_start_o(beat_start),
    .term_advance_o(term_advance),
    .read_a_o(read_a_o), .address_a_o(address_a_o), .read_b_o(read_b_o), .address_b_o(address_b_o),
    .rotation_1_o(rotation_1_o), .element_1_o(element_1_o), .weight_read_o(weight_read_o),
    .weight_address_o(weight_address_o), .matvec_o(matvec_o), .biased_o(biased_o), .use_factor_1_o(use_factor_1_o),
    .component_z_1_o(component_z_1_o), .multiply_o(multiply_o), .align_3_o(align_3_o), .hold_3_o(hold_3_o),
    .align_amount_3_o(align_amount_3_o), .accumulate_4_o(accumulate_4_o), .first_4_o(first_4_o),
    .subtract_4_o(subtract_4_o), .shift_5_o(shift_5_o), .round_6_o(round_6_o), .own_shift_o(own_shift_o),
    .left_o(left_o), .huge_o(huge_o), .left_amount_o(left_amount_o), .right_amount_o(right_amount_o),
    .function_stage_o(function_stage_o), .normalise_o(normalise_o), .take_function_8_o(take_function_8_o),
    .sum_take_o(sum_take_o), .sum_lane_o(sum_lane_o), .sum_find_o(sum_find_o), .exponent_write_o(exponent_write_o),
    .exponent_lane_o(exponent_lane_o), .factor_write_o(factor_write_o), .factor_lane_o(factor_lane_o),
    .take_rotated_1_o(take_rotated_1_o), .take_input_o(take_input_o), .store_read_o(store_read_o),
    .store_last_o(store_last_o), .write_next_o(write_next_o), .write_address_next_o(write_address_next_o),
    .write_low_next_o(write_low_next_o), .write_high_next_o(write_high_next_o)
  );

endmodule

// Fetches, checks and runs instructions one after another; stops for faults, ABORT and the cycle limit.
//
// The cycle rules are in README.md. This module decides what happens in a cycle; stoic_issue turns an issue into addresses
// and pipeline controls, and tells when an instruction has issued all.
//
// An instruction: fetch_first_o (its address), one cycle for each program word, check_1_o, check_2_o; then its body.
module stoic_sequencer #(
  parameter bit [31:0] LoopDepth = 4,
  parameter bit [31:0] ProgramWords = 512,
  localparam bit [31:0] ProgramAddressWidth = (ProgramWords > 1) ? $clog2(ProgramWords) : 1
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,

  // Registers
  input  logic                           start_i,
  input  logic                           abort_i,
  input  logic                           clear_i,          // RESET: counters and status
  input  logic [16:0]                    program_start_i,
  input  logic [31:0]                    samples_i,
  input  logic [31:0]                    cycle_limit_i,
  input  logic [31:0]                    stream_timeout_i,
  output logic                           busy_o,
  output logic                           end_o,            // the last busy cycle
  output logic [7:0]                     end_code_o,
  output logic [16:0]                    slot_o,
  output logic [31:0]                    samples_done_o,
  output logic [47:0]                    cycles_o,         // 48 bits: years
  output logic [47:0]                    mac_cycles_o,
  output logic [31:0]                    stall_input_o,
  output logic [31:0]                    stall_weights_o,
  output logic [31:0]                    stall_output_o,

  // Program memory, in two copies: data follows in the next cycle and stays. One holds the first word of the
  // instruction while it runs, the other its second word or, for BUNDLE, the current term word.
  output logic                           program_read_first_o,
  output logic                           program_read_other_o,
  output logic [ProgramAddressWidth-1:0] program_address_o,
  input  logic [63:0]                    program_first_i,
  input  logic [63:0]                    program_other_i,

  // Instruction and its checks
  output logic [127:0]                   instruction_o,    // BUNDLE: the upper half is the current term word
  output logic [4:0]                     opcode_o,
  output logic                           check_load_o,
  output logic                           check_term_first_o,
  output logic                           check_second_term_o,
  input  logic [7:0]                     check_status_i,

  // Issue
  output logic                           prepare_o,        // the second check cycle
  output logic                           issue_o,
  input  logic                           term_advance_i,   // BUNDLE: the next cycle needs the next term word
  input  logic                           beat_start_i,     // NORMALISE: this cycle is the first of a beat
  input  logic                           issue_last_i,     // what is issued now is the last
  output logic                           input_pop_o,
  input  logic                           input_valid_i,    // a beat for LOAD is there
  input  logic                           input_last_i,     // its TLAST
  output logic                           weights_ready_o,
  input  logic                           weights_valid_i,  // a beat for MATVEC is there
  input  logic                           weights_last_i,
  input  logic                           output_frozen_i,
  input  logic                           output_done_i,    // the last beat of STORE is accepted in this cycle
  output logic                           interrupted_o,    // stop or stream fault in this cycle: what follows the last issue is void
  output logic                           commit_o,         // first cycle after a body: saturations are added up
  output logic [ProgramAddressWidth-1:0] commit_slot_o
);

  typedef enum logic [3:0] {
    StIdle, StStart, StFetch, StCheck1, StCheck2, StControl, StIssue, StDrain, StEnd
  } state_e;
  state_e state_q;

  logic [4:0]  opcode;
  logic [2:0]  fetch_q, words;
  logic [16:0] slot_q, next_slot;
  logic        is_load, is_store, is_stream, is_bundle, is_normalise, is_copy, is_function, is_mac, is_control;

  assign instruction_o = {program_other_i, program_first_i};
  assign opcode        = program_first_i[stoic_pkg::OpcodeLsb +: stoic_pkg::OpcodeWidth];
  assign opcode_o      = opcode;
  assign slot_o        = slot_q;
  assign next_slot     = slot_q + 17'(words);
  assign is_load       = opcode == 5'(stoic_pkg::OpLoad);
  assign is_store      = opcode == 5'(stoic_pkg::OpStore);
  assign is_bundle     = opcode == 5'(stoic_pkg::OpBundle);
  assign is_normalise  = opcode == 5'(stoic_pkg::OpNormalise);
  assign is_function   = opcode == 5'(stoic_pkg::OpFunction);
  assign is_copy       = opcode == 5'(stoic_pkg::OpCopy) || opcode == 5'(stoic_pkg::OpRotate);
  assign is_stream     = opcode == 5'(stoic_pkg::OpMatvec) && program_first_i[stoic_pkg::MatvecStreamLsb];
  assign is_mac        = opcode == 5'(stoic_pkg::OpMatvec) || is_bundle;
  assign is_control    = opcode == 5'(stoic_pkg::OpLoop) || opcode == 5'(stoic_pkg::OpEnd) || opcode == 5'(stoic_pkg::OpHalt);

  // Words of the instruction
  logic [3:0] terms;
  logic       slot_outside;
  assign terms        = program_first_i[stoic_pkg::BundleTermsLsb +: stoic_pkg::BundleTermsWidth];
  logic       next_outside;
  stoic_reaches #(.Width(17), .Limit(ProgramWords)) u_slot (.value_i(slot_q), .reaches_o(slot_outside));
  stoic_reaches #(.Width(17), .Limit(ProgramWords)) u_next_slot (.value_i(next_slot), .reaches_o(next_outside));

  always_comb begin
    words = 3'd1;
    if (!slot_outside) begin
      if (opcode == 5'(stoic_pkg::OpMatvec) || is_function || is_normalise)
        words = 3'd2;
      else if (is_bundle)
        words = (terms >= 4'(stoic_pkg::BundleTermsMax)) ? 3'(stoic_pkg::OpBundleWords + stoic_pkg::BundleTermsMax / 2)
                                                         : 3'(stoic_pkg::OpBundleWords) + 3'((terms + 4'd1) >> 1);
    end
  end

  // Program address. While a BUNDLE runs, its term words come round again and again.
  logic [2:0] term_word_q, term_word_next, program_offset;
  logic       term_advance;
  assign term_word_next = (state_q == StCheck2 || term_word_q == words - 3'd1) ? 3'd1 : term_word_q + 3'd1;
  assign program_offset = (state_q == StFetch) ? fetch_q : term_word_next;
  assign program_read_first_o = state_q == StFetch && fetch_q == '0;
  assign program_read_other_o = (state_q == StFetch && (fetch_q == 3'd1 || (fetch_q != '0 && fetch_q < words)))
                              || (is_bundle && (state_q == StCheck2 || term_advance));
  assign program_address_o = ProgramAddressWidth'(slot_q + 17'(program_offset));

  // Loops
  logic [31:0] samples_next;
  logic        loop_clear, loop_push, loop_turn, loop_last, loop_full, loop_empty, halt_again;
  logic [16:0] loop_body;

  stoic_loop_stack #(
    .LoopDepth(LoopDepth)
  ) u_loops (
    .clk_i,
    .clear_i(loop_clear),
    .push_i (loop_push),
    .body_i (next_slot),
    .count_i(program_first_i[stoic_pkg::LoopCountLsb +: stoic_pkg::LoopCountWidth]),
    .turn_i (loop_turn),
    .body_o (loop_body),
    .last_o (loop_last),
    .full_o (loop_full),
    .empty_o(loop_empty)
  );

  assign loop_clear = state_q == StStart || (state_q == StControl && opcode == 5'(stoic_pkg::OpHalt));
  assign loop_push  = state_q == StControl && opcode == 5'(stoic_pkg::OpLoop);
  assign loop_turn  = state_q == StControl && opcode == 5'(stoic_pkg::OpEnd);
  assign samples_next = samples_done_o + 32'd1;
  assign halt_again   = samples_next != samples_i && samples_i != '0;

  // Status of the instruction in the second check cycle
  logic [7:0] status;
  always_comb begin
    status = check_status_i;
    if (status == 8'(stoic_pkg::StatusCodeOk) && opcode == 5'(stoic_pkg::OpLoop) && loop_full) status = 8'(stoic_pkg::StatusCodeLoopTooDeep);
    if (status == 8'(stoic_pkg::StatusCodeOk) && opcode == 5'(stoic_pkg::OpEnd) && loop_empty) status = 8'(stoic_pkg::StatusCodeLoopUnderflow);
    if (slot_outside || (next_outside && next_slot != 17'(ProgramWords))) status = 8'(stoic_pkg::StatusCodeProgramAddress);
  end

  // Stop requests
  logic       abort_q, limit_hit_q, stop, stop_looked_at, stopped;
  logic [7:0] stop_code;
  assign stop      = abort_q || limit_hit_q;
  assign stop_code = abort_q ? 8'(stoic_pkg::StatusCodeAborted) : 8'(stoic_pkg::StatusCodeCycleLimit);
  assign stop_looked_at = (state_q == StFetch && fetch_q == '0) || (state_q == StIssue && (!is_normalise || beat_start_i))
                        || (state_q == StDrain && is_store);
  assign stopped   = stop && stop_looked_at;

  // An issue cycle, or a cycle of STORE's drain
  logic        active, waiting, timed_out, stream_short, stream_long, stream_fault;
  logic [31:0] waited_q;  // stall cycles in a row, this one included
  assign active  = (state_q == StIssue || (state_q == StDrain && is_store)) && !stopped;
  assign waiting = active && ((is_load && !input_valid_i) || (is_stream && !weights_valid_i)
                              || (is_store && output_frozen_i));
  assign issue_o = active && !waiting && state_q == StIssue;
  assign timed_out    = waiting && stream_timeout_i != '0 && waited_q == stream_timeout_i;
  assign stream_short = issue_o && !issue_last_i && ((is_load && input_last_i) || (is_stream && weights_last_i));
  assign stream_long  = issue_o && issue_last_i && ((is_load && !input_last_i) || (is_stream && !weights_last_i));
  assign stream_fault = timed_out || stream_short || stream_long;

  assign input_pop_o     = issue_o && is_load;
  assign weights_ready_o = state_q == StIssue && is_stream && !stopped;
  assign interrupted_o   = stopped || stream_fault;
  assign term_advance    = issue_o && is_bundle && term_advance_i;

  // The first check cycle looks at the last word; of a BUNDLE the earlier term words are looked at as they come
  assign check_load_o        = state_q == StCheck1 || (state_q == StFetch && is_bundle && fetch_q >= 3'd2 && fetch_q < words);
  assign check_term_first_o  = state_q == StCheck1 ? (!is_bundle || words <= 3'd2) : fetch_q == 3'd2;
  assign check_second_term_o = !(program_first_i[stoic_pkg::BundleTermsLsb] && state_q == StCheck1);
  assign prepare_o           = state_q == StCheck2;

  // Drain
  logic [3:0] wait_q, latency;
  always_comb begin
    latency = 4'(stoic_pkg::MacLatency);
    if (is_function) latency = 4'(stoic_pkg::FunctionLatency);
    if (is_copy) latency = 4'(stoic_pkg::CopyLatency);
    if (is_load) latency = 4'(stoic_pkg::LoadLatency);
  end

  logic [7:0] code_q;  // what ends the run after draining
  logic       body_ends;
  assign body_ends = state_q == StControl || (state_q == StDrain && (is_store ? (output_done_i || interrupted_o) : wait_q == 4'd1))
                   || (state_q == StIssue && ((is_normalise && ((issue_o && issue_last_i) || stopped)) || (is_store && interrupted_o)));

  assign busy_o     = state_q != StIdle;
  assign end_o      = state_q == StEnd && wait_q == 4'd1;
  assign end_code_o = code_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      slot_q  <= '0;
    end else begin
      unique case (state_q)
        StIdle: begin
          if (start_i) begin
            state_q <= StStart;
            wait_q  <= 4'(stoic_pkg::StartCycles);
            slot_q  <= program_start_i;
          end
          if (clear_i) slot_q <= '0;
          code_q <= 8'(stoic_pkg::StatusCodeOk);
        end
        StStart: begin
          wait_q  <= wait_q - 4'd1;
          fetch_q <= '0;
          if (wait_q == 4'd1) state_q <= StFetch;
        end
        StFetch: begin
          fetch_q <= fetch_q + 3'd1;
          if (stopped) begin
            state_q <= StEnd;
            code_q  <= stop_code;
            wait_q  <= 4'(stoic_pkg::StartCycles);
          end else if (fetch_q != '0 && fetch_q == words) begin
            state_q <= StCheck1;
          end
        end
        StCheck1: state_q <= StCheck2;
        StCheck2: begin
          wait_q      <= 4'(stoic_pkg::StartCycles);
          term_word_q <= term_word_next;
          code_q      <= status;
          if (status != 8'(stoic_pkg::StatusCodeOk)) state_q <= StEnd;
          else state_q <= is_control ? StControl : StIssue;
        end
        StControl: begin
          state_q <= StFetch;
          fetch_q <= '0;
          slot_q  <= next_slot;
          if (loop_turn && !loop_last) slot_q <= loop_body;
          if (opcode == 5'(stoic_pkg::OpHalt)) begin
            slot_q <= halt_again ? program_start_i : slot_q;
            if (!halt_again) state_q <= StEnd;
          end
        end
        StIssue: begin
          if (term_advance) term_word_q <= term_word_next;
          wait_q  <= latency;
          fetch_q <= '0;
          if (stopped) code_q <= stop_code;
          else if (timed_out) code_q <= 8'(stoic_pkg::StatusCodeStreamTimeout);
          else if (stream_short) code_q <= 8'(stoic_pkg::StatusCodeStreamTooShort);
          else if (stream_long) code_q <= 8'(stoic_pkg::StatusCodeStreamTooLong);
          if (interrupted_o) begin
            state_q <= (is_store || is_normalise) ? StEnd : StDrain;
            if (is_store || is_normalise) wait_q <= 4'(stoic_pkg::StartCycles);
          end else if (issue_o && issue_last_i) begin
            state_q <= is_normalise ? StFetch : StDrain;
            if (is_normalise) slot_q <= next_slot;
          end
        end
        StDrain: begin
          fetch_q <= '0;
          if (is_store) begin
            wait_q <= 4'(stoic_pkg::StartCycles);
            if (stopped) code_q <= stop_code;
            else if (timed_out) code_q <= 8'(stoic_pkg::StatusCodeStreamTimeout);
            if (interrupted_o) begin
              state_q <= StEnd;
            end else if (output_done_i) begin
              state_q <= StFetch;
              slot_q  <= next_slot;
            end
          end else begin
            wait_q <= wait_q - 4'd1;
            if (wait_q == 4'd1) begin
              wait_q  <= 4'(stoic_pkg::StartCycles);
              state_q <= (code_q == 8'(stoic_pkg::StatusCodeOk)) ? StFetch : StEnd;
              if (code_q == 8'(stoic_pkg::StatusCodeOk)) slot_q <= next_slot;
            end
          end
        end
        default: begin  // StEnd
          wait_q <= wait_q - 4'd1;
          if (wait_q == 4'd1) state_q <= StIdle;
        end
      endcase
    end
  end

  // Counters
  logic [47:0] cycles_next;
  assign cycles_next = cycles_o + 48'd1;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i || start_i) begin
      abort_q         <= 1'b0;
      limit_hit_q     <= 1'b0;
      cycles_o        <= '0;
      mac_cycles_o    <= '0;
      samples_done_o  <= '0;
      stall_input_o   <= '0;
      stall_weights_o <= '0;
      stall_output_o  <= '0;
      waited_q        <= 32'd1;
      commit_o        <= 1'b0;
    end else begin
      commit_o <= body_ends;
      if (body_ends) commit_slot_o <= ProgramAddressWidth'(slot_q);
      if (busy_o) begin
        cycles_o <= cycles_next;
        if (abort_i) abort_q <= 1'b1;
        if (cycle_limit_i != '0 && cycles_next[31:0] == cycle_limit_i) limit_hit_q <= 1'b1;
        waited_q <= waiting ? waited_q + 32'd1 : 32'd1;
      end
      if (issue_o && is_mac) mac_cycles_o <= mac_cycles_o + 48'd1;
      if (waiting && is_load) stall_input_o <= stall_input_o + 32'd1;
      if (waiting && is_stream) stall_weights_o <= stall_weights_o + 32'd1;
      if (waiting && is_store) stall_output_o <= stall_output_o + 32'd1;
      if (state_q == StControl && opcode == 5'(stoic_pkg::OpHalt)) samples_done_o <= samples_next;
    end
  end

endmodule

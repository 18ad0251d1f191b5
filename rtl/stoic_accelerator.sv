// The accelerator: AXI4-Lite registers, three AXI4-Streams, an interrupt.
//
// Programs, registers and streams are those of the interface document; cycles those of README.md. Signals follow the AXI
// names, so that tools find the ports by themselves. aresetn is synchronous. Stream data: lane l in bytes
// l*ceil(width/8) and following; padding bits are ignored on the way in and repeat the sign on the way out.
//
// Parameters are fixed by the package stoic_pkg, which is generated for one instance.
module stoic_accelerator #(
  localparam bit [31:0] StateBytes = (stoic_pkg::StateWidth + 7) / 8,
  localparam bit [31:0] WeightBytes = (stoic_pkg::WeightWidth + 7) / 8,
  localparam bit [31:0] StateBus = 8 * stoic_pkg::Lanes * StateBytes,
  localparam bit [31:0] WeightBus = 8 * stoic_pkg::Lanes * WeightBytes
) (
  input  logic                 aclk,
  input  logic                 aresetn,

  input  logic [7:0]           s_axi_awaddr,
  input  logic                 s_axi_awvalid,
  output logic                 s_axi_awready,
  input  logic [31:0]          s_axi_wdata,
  input  logic [3:0]           s_axi_wstrb,
  input  logic                 s_axi_wvalid,
  output logic                 s_axi_wready,
  output logic [1:0]           s_axi_bresp,
  output logic                 s_axi_bvalid,
  input  logic                 s_axi_bready,
  input  logic [7:0]           s_axi_araddr,
  input  logic                 s_axi_arvalid,
  output logic                 s_axi_arready,
  output logic [31:0]          s_axi_rdata,
  output logic [1:0]           s_axi_rresp,
  output logic                 s_axi_rvalid,
  input  logic                 s_axi_rready,

  input  logic                 s_axis_input_tvalid,
  output logic                 s_axis_input_tready,
  input  logic                 s_axis_input_tlast,
  input  logic [StateBus-1:0]  s_axis_input_tdata,

  input  logic                 s_axis_weights_tvalid,
  output logic                 s_axis_weights_tready,
  input  logic                 s_axis_weights_tlast,
  input  logic [WeightBus-1:0] s_axis_weights_tdata,

  output logic                 m_axis_output_tvalid,
  input  logic                 m_axis_output_tready,
  output logic                 m_axis_output_tlast,
  output logic [StateBus-1:0]  m_axis_output_tdata,

  output logic                 irq
);

  // The numbers of this instance
  localparam bit [31:0] AccumulatorWidth = stoic_pkg::AccumulatorWidth;
  localparam bit [31:0] FunctionUnits = stoic_pkg::FunctionUnits;
  localparam bit [31:0] InputBufferBeats = stoic_pkg::InputBufferBeats;
  localparam bit [31:0] Lanes = stoic_pkg::Lanes;
  localparam bit [31:0] LoopDepth = stoic_pkg::LoopDepth;
  localparam bit [31:0] ProgramWords = stoic_pkg::ProgramWords;
  localparam bit [31:0] StateWidth = stoic_pkg::StateWidth;
  localparam bit [31:0] StateWordsPerLane = stoic_pkg::StateWordsPerLane;
  localparam bit [31:0] TableGuardBits = stoic_pkg::TableGuardBits;
  localparam bit [31:0] TableWords = stoic_pkg::TableWords;
  localparam bit [31:0] WeightWidth = stoic_pkg::WeightWidth;
  localparam bit [31:0] WeightWords = stoic_pkg::WeightWords;

  localparam bit [31:0] LaneBits = $clog2(Lanes);
  localparam bit [31:0] StateAddressWidth = (StateWordsPerLane > 1) ? $clog2(StateWordsPerLane) : 1;
  localparam bit [31:0] WeightAddressWidth = (WeightWords > 1) ? $clog2(WeightWords) : 1;
  localparam bit [31:0] ProgramAddressWidth = (ProgramWords > 1) ? $clog2(ProgramWords) : 1;
  localparam bit [31:0] TableAddressWidth = $clog2(TableWords);
  localparam bit [31:0] KnotWidth = StateWidth + TableGuardBits;

  // Registers
  logic        start, soft_reset, abort, busy, run_ends;
  logic [7:0]  end_code;
  logic [16:0] program_start, slot;
  logic [ProgramAddressWidth-1:0] commit_slot;
  logic [31:0] samples, cycle_limit, stream_timeout, samples_done;
  logic [31:0] stall_input, stall_weights, stall_output, saturations, first_saturated;
  logic [47:0] cycles, mac_cycles;
  logic        memory_write, memory_read;
  logic [2:0]  memory_select;
  logic [31:0] memory_address, memory_write_data, memory_read_data;

  stoic_registers #(
    .Lanes       (Lanes),
    .StateWords  (StateWordsPerLane),
    .WeightWords (WeightWords),
    .ProgramWords(ProgramWords),
    .TableWords  (TableWords)
  ) u_registers (
    .clk_i(aclk), .rst_ni(aresetn), .awaddr_i(s_axi_awaddr), .awvalid_i(s_axi_awvalid), .awready_o(s_axi_awready),
    .wdata_i(s_axi_wdata), .wstrb_i(s_axi_wstrb), .wvalid_i(s_axi_wvalid), .wready_o(s_axi_wready), .bresp_o(s_axi_bresp),
    .bvalid_o(s_axi_bvalid), .bready_i(s_axi_bready), .araddr_i(s_axi_araddr), .arvalid_i(s_axi_arvalid),
    .arready_o(s_axi_arready), .rdata_o(s_axi_rdata), .rresp_o(s_axi_rresp), .rvalid_o(s_axi_rvalid),
    .rready_i(s_axi_rready), .interrupt_o(irq), .start_o(start), .reset_o(soft_reset), .abort_o(abort),
    .program_start_o(program_start), .samples_o(samples), .cycle_limit_o(cycle_limit), .stream_timeout_o(stream_timeout),
    .busy_i(busy), .end_i(run_ends), .end_code_i(end_code), .slot_i(slot), .samples_done_i(samples_done),
    .cycles_i(cycles), .mac_cycles_i(mac_cycles), .stall_input_i(stall_input), .stall_weights_i(stall_weights),
    .stall_output_i(stall_output), .saturations_i(saturations), .first_saturated_i(first_saturated),
    .memory_write_o(memory_write), .memory_read_o(memory_read), .memory_select_o(memory_select),
    .memory_address_o(memory_address), .memory_write_data_o(memory_write_data), .memory_read_data_i(memory_read_data)
  );

  // Which memory the bus means, and which lane of it
  logic                bus_program, bus_weights, bus_tables, bus_state, bus_saturations;
  logic [LaneBits-1:0] bus_lane, bus_lane_q, broadcast_lane;
  logic [2:0]          bus_select_q;
  logic                bus_half_q;
  assign bus_program     = memory_select == 3'(stoic_pkg::MemoryProgram);
  assign bus_weights     = memory_select == 3'(stoic_pkg::MemoryWeights);
  assign bus_tables      = memory_select == 3'(stoic_pkg::MemoryTables);
  assign bus_state       = memory_select == 3'(stoic_pkg::MemoryState);
  assign bus_saturations = memory_select == 3'(stoic_pkg::MemorySaturations);
  assign bus_lane        = memory_address[LaneBits-1:0];

  always_ff @(posedge aclk) begin
    if (memory_read) begin
      bus_select_q <= memory_select;
      bus_lane_q   <= bus_lane;
      bus_half_q   <= memory_address[0];
    end
  end

  // Programs
  logic [127:0]                  instruction;
  logic                          input_pop, input_valid, input_last, weights_wanted, weights_valid, output_frozen, output_done;
  logic                          interrupted, commit;
  logic [LaneBits-1:0]           tail_lane;
  logic [63:0]                   program_word;
  logic                          read_a, read_b, weight_read;
  logic [StateAddressWidth-1:0]  address_a, address_b, write_address_next;
  logic [LaneBits-1:0]           rotation, element, sum_lane, exponent_lane, factor_lane, write_low, write_high;
  logic [WeightAddressWidth-1:0] weight_address;
  logic                          matvec, biased, use_factor, component_z, multiply, align, hold, accumulate;
  logic                          first, subtract, shift, round, own_shift, left, huge, normalise, take_function;
  localparam bit [31:0] AlignBits = (AccumulatorWidth > 32) ? 6 : 5;
  localparam bit [31:0] ShiftBits = $clog2(AccumulatorWidth);
  logic [AlignBits-1:0]          align_amount;
  logic [ShiftBits-1:0]          right_amount;
  logic [4:0]                    left_amount;
  logic [8:1]                    function_stage;
  logic                          sum_take, sum_find, exponent_write, factor_write, take_rotated, take_input;
  logic                          store_read, store_last, write_next;

  stoic_control #(
    .Lanes(Lanes), .StateWidth(StateWidth), .AccumulatorWidth(AccumulatorWidth), .StateWords(StateWordsPerLane),
    .WeightWords(WeightWords), .TableWords(TableWords), .FunctionUnits(FunctionUnits), .LoopDepth(LoopDepth),
    .ProgramWords(ProgramWords)
  ) u_control (
    .clk_i(aclk), .rst_ni(aresetn), .start_i(start), .abort_i(abort), .clear_i(soft_reset),
    .program_start_i(program_start), .samples_i(samples), .cycle_limit_i(cycle_limit), .stream_timeout_i(stream_timeout),
    .busy_o(busy), .end_o(run_ends), .end_code_o(end_code), .slot_o(slot), .samples_done_o(samples_done),
    .cycles_o(cycles), .mac_cycles_o(mac_cycles), .stall_input_o(stall_input), .stall_weights_o(stall_weights),
    .stall_output_o(stall_output),
    .program_write_i((memory_write && bus_program) ? (memory_address[0] ? 2'b10 : 2'b01) : 2'b00),
    .program_read_i(memory_read), .program_address_i(ProgramAddressWidth'(memory_address >> 1)),
    .program_write_data_i(memory_write_data), .program_read_data_o(program_word), .input_pop_o(input_pop),
    .input_valid_i(input_valid), .input_last_i(input_last), .weights_ready_o(weights_wanted),
    .weights_valid_i(weights_valid), .weights_last_i(s_axis_weights_tlast), .output_frozen_i(output_frozen),
    .output_done_i(output_done), .interrupted_o(interrupted), .commit_o(commit), .commit_slot_o(commit_slot),
    .instruction_o(instruction), .tail_lane_o(tail_lane), .read_a_o(read_a), .address_a_o(address_a), .read_b_o(read_b),
    .address_b_o(address_b), .rotation_1_o(rotation), .element_1_o(element), .weight_read_o(weight_read),
    .weight_address_o(weight_address), .matvec_o(matvec), .biased_o(biased), .use_factor_1_o(use_factor),
    .component_z_1_o(component_z), .multiply_o(multiply), .align_3_o(align), .hold_3_o(hold),
    .align_amount_3_o(align_amount), .accumulate_4_o(accumulate), .first_4_o(first), .subtract_4_o(subtract),
    .shift_5_o(shift), .round_6_o(round), .own_shift_o(own_shift), .left_o(left), .huge_o(huge),
    .left_amount_o(left_amount), .right_amount_o(right_amount), .function_stage_o(function_stage), .normalise_o(normalise),
    .take_function_8_o(take_function), .sum_take_o(sum_take), .sum_lane_o(sum_lane), .sum_find_o(sum_find),
    .exponent_write_o(exponent_write), .exponent_lane_o(exponent_lane), .factor_write_o(factor_write),
    .factor_lane_o(factor_lane), .take_rotated_1_o(take_rotated), .take_input_o(take_input), .store_read_o(store_read),
    .store_last_o(store_last), .write_next_o(write_next), .write_address_next_o(write_address_next),
    .write_low_next_o(write_low), .write_high_next_o(write_high)
  );

  // Weights
  logic [Lanes*WeightWidth-1:0] weight_word, weight_operand;
  stoic_weight_port #(
    .Lanes(Lanes), .WeightWidth(WeightWidth), .Depth(WeightWords)
  ) u_weight_port (
    .clk_i(aclk), .rst_ni(aresetn), .tvalid_i(s_axis_weights_tvalid), .tready_o(s_axis_weights_tready),
    .tlast_i(s_axis_weights_tlast), .tdata_i(s_axis_weights_tdata), .busy_i(busy), .interrupted_i(interrupted),
    .ready_i(weights_wanted), .valid_o(weights_valid), .streamed_i(instruction[stoic_pkg::MatvecStreamLsb]),
    .read_i(weight_read), .address_i(weight_address), .weight_o(weight_operand), .bus_write_i(memory_write && bus_weights),
    .bus_read_i(memory_read), .bus_lane_i(bus_lane), .bus_address_i(WeightAddressWidth'(memory_address >> LaneBits)),
    .bus_write_data_i(WeightWidth'(memory_write_data)), .bus_read_data_o(weight_word)
  );

  // Streams
  logic [Lanes*StateWidth-1:0] input_word, input_tdata, word_a, word_b, passing_word, result_word;

  always_comb begin
    input_tdata = 'x;
    if (s_axis_input_tvalid)
      for (int l = 0; l < Lanes; l++)
        input_tdata[l*StateWidth +: StateWidth] = s_axis_input_tdata[l*StateBytes*8 +: StateWidth];
  end

  stoic_input_buffer #(
    .Width(Lanes * StateWidth),
    .Depth(InputBufferBeats)
  ) u_input (
    .clk_i(aclk), .rst_ni(aresetn), .tvalid_i(s_axis_input_tvalid), .tready_o(s_axis_input_tready),
    .tlast_i(s_axis_input_tlast), .tdata_i(input_tdata), .valid_o(input_valid), .last_o(input_last), .data_o(input_word),
    .pop_i(input_pop), .discard_i(interrupted), .flush_i(soft_reset)
  );

  stoic_output_port #(
    .Lanes     (Lanes),
    .StateWidth(StateWidth)
  ) u_output (
    .clk_i(aclk), .rst_ni(aresetn), .read_i(store_read), .read_last_i(store_last), .tail_lane_i(tail_lane),
    .cancel_i(interrupted), .word_i(word_a), .frozen_o(output_frozen), .done_o(output_done),
    .tvalid_o(m_axis_output_tvalid), .tready_i(m_axis_output_tready), .tlast_o(m_axis_output_tlast),
    .tdata_o(m_axis_output_tdata)
  );

  // The word that passes without arithmetic
  logic                  state_bus_write;
  logic [StateWidth-1:0] broadcast;
  assign state_bus_write = memory_write && bus_state;
  stoic_passing_word #(.Lanes(Lanes), .Width(StateWidth)) u_passing (
    .take_rotated_i(take_rotated), .rotation_i(rotation), .word_a_i(word_a), .word_b_i(word_b), .take_input_i(take_input),
    .input_i(input_word), .take_bus_i(state_bus_write), .bus_i(StateWidth'(memory_write_data)), .word_o(passing_word)
  );
  assign broadcast_lane = busy ? element : bus_lane_q;
  assign broadcast      = word_a[32'(broadcast_lane) * StateWidth +: StateWidth];

  // Writes of the state memory, one cycle after the result
  logic [Lanes-1:0]             write_q, saturated;
  logic [StateAddressWidth-1:0] write_address_q;
  always_ff @(posedge aclk) begin
    write_q <= '0;
    if (aresetn && write_next) write_q <= ({Lanes{1'b1}} << write_low) & ({Lanes{1'b1}} >> ~write_high);
    else if (aresetn && state_bus_write) write_q[bus_lane] <= 1'b1;
    write_address_q <= write_next ? write_address_next : StateAddressWidth'(memory_address >> LaneBits);
  end

  // State memory: two copies, so that two words can be read at once
  stoic_memory #(
    .Slices    (Lanes),
    .SliceWidth(StateWidth),
    .Depth     (StateWordsPerLane)
  ) u_state_a (
    .clk_i(aclk), .write_i(write_q), .write_address_i(write_address_q), .write_data_i(result_word),
    .read_i(read_a || memory_read), .read_address_i(busy ? address_a : StateAddressWidth'(memory_address >> LaneBits)),
    .read_data_o(word_a)
  );

  stoic_memory #(
    .Slices    (Lanes),
    .SliceWidth(StateWidth),
    .Depth     (StateWordsPerLane)
  ) u_state_b (
    .clk_i(aclk), .write_i(write_q), .write_address_i(write_address_q), .write_data_i(result_word), .read_i(read_b),
    .read_address_i(address_b), .read_data_o(word_b)
  );

  // Arithmetic
  logic [KnotWidth-1:0] table_word;  // every unit has the same table
  stoic_datapath #(
    .Lanes(Lanes), .StateWidth(StateWidth), .WeightWidth(WeightWidth), .AccumulatorWidth(AccumulatorWidth),
    .FunctionUnits(FunctionUnits), .TableWords(TableWords), .TableGuardBits(TableGuardBits)
  ) u_datapath (
    .clk_i(aclk), .instruction_i(instruction), .matvec_i(matvec), .biased_i(biased), .use_factor_1_i(use_factor),
    .component_z_1_i(component_z), .multiply_i(multiply), .align_3_i(align), .hold_3_i(hold),
    .align_amount_3_i(align_amount), .accumulate_4_i(accumulate), .first_4_i(first), .subtract_4_i(subtract),
    .shift_5_i(shift), .round_6_i(round), .own_shift_i(own_shift), .left_i(left), .huge_i(huge),
    .left_amount_i(left_amount), .right_amount_i(right_amount), .function_stage_i(function_stage), .normalise_i(normalise),
    .take_function_8_i(take_function), .sum_take_i(sum_take), .sum_lane_i(sum_lane), .sum_find_i(sum_find),
    .exponent_write_i(exponent_write), .exponent_lane_i(exponent_lane), .factor_write_i(factor_write),
    .factor_lane_i(factor_lane), .element_1_i(element), .word_a_i(word_a), .word_b_i(word_b), .broadcast_i(broadcast),
    .weight_i(weight_operand), .take_word_i(take_rotated || take_input || state_bus_write), .word_i(passing_word),
    .result_o(result_word), .saturated_o(saturated), .table_write_i(memory_write && bus_tables),
    .table_read_i(memory_read && bus_tables), .table_address_i(TableAddressWidth'(memory_address)),
    .table_write_data_i(KnotWidth'(memory_write_data)), .table_read_data_o(table_word)
  );

  // Saturations
  localparam bit [31:0] AddWidth = $clog2(Lanes + 1);
  logic [AddWidth-1:0] saturated_elements;
  logic [Lanes-1:0]    saturated_written;
  logic [15:0]         slot_saturations;

  always_comb begin
    saturated_written  = '0;
    saturated_elements = '0;
    if (write_q != '0) saturated_written = saturated & write_q;
    if (saturated_written != '0)
      for (int l = 0; l < Lanes; l++) saturated_elements = saturated_elements + AddWidth'(saturated_written[l]);
  end

  stoic_saturation_counters #(
    .Lanes       (Lanes),
    .StateWords  (StateWordsPerLane),
    .ProgramWords(ProgramWords)
  ) u_saturations (
    .clk_i(aclk), .rst_ni(aresetn), .clear_i(soft_reset), .start_i(start), .program_start_i(program_start),
    .add_i(busy && saturated_written != '0), .elements_i(saturated_elements), .commit_i(commit),
    .commit_slot_i(commit_slot), .total_o(saturations), .first_o(first_saturated), .read_i(memory_read && bus_saturations),
    .read_address_i(ProgramAddressWidth'(memory_address)), .read_data_o(slot_saturations)
  );

  // What the bus reads
  always_comb begin
    unique case (bus_select_q)
      3'(stoic_pkg::MemoryProgram): memory_read_data = bus_half_q ? program_word[63:32] : program_word[31:0];
      3'(stoic_pkg::MemoryWeights): memory_read_data = 32'($signed(weight_word[32'(bus_lane_q) * WeightWidth +: WeightWidth]));
      3'(stoic_pkg::MemoryTables):  memory_read_data = 32'($signed(table_word));
      3'(stoic_pkg::MemoryState):   memory_read_data = 32'($signed(broadcast));
      default:           memory_read_data = 32'(slot_saturations);
    endcase
  end

`ifdef STOIC_CHECKS
  // Both sides of every port keep to AXI
  stoic_handshake_check #(.Width(8)) u_check_write_address (
    .clk_i(aclk), .rst_ni(aresetn), .valid_i(s_axi_awvalid), .ready_i(s_axi_awready), .payload_i(s_axi_awaddr));
  stoic_handshake_check #(.Width(36)) u_check_write_data (
    .clk_i(aclk), .rst_ni(aresetn), .valid_i(s_axi_wvalid), .ready_i(s_axi_wready), .payload_i({s_axi_wstrb, s_axi_wdata}));
  stoic_handshake_check #(.Width(2)) u_check_write_response (
    .clk_i(aclk), .rst_ni(aresetn), .valid_i(s_axi_bvalid), .ready_i(s_axi_bready), .payload_i(s_axi_bresp));
  stoic_handshake_check #(.Width(8)) u_check_read_address (
    .clk_i(aclk), .rst_ni(aresetn), .valid_i(s_axi_arvalid), .ready_i(s_axi_arready), .payload_i(s_axi_araddr));
  stoic_handshake_check #(.Width(34)) u_check_read_data (
    .clk_i(aclk), .rst_ni(aresetn), .valid_i(s_axi_rvalid), .ready_i(s_axi_rready), .payload_i({s_axi_rresp, s_axi_rdata}));
  stoic_handshake_check #(.Width(StateBus + 1)) u_check_input (
    .clk_i(aclk), .rst_ni(aresetn), .valid_i(s_axis_input_tvalid), .ready_i(s_axis_input_tready), .payload_i({s_axis_input_tlast, s_axis_input_tdata}));
  stoic_handshake_check #(.Width(WeightBus + 1)) u_check_weights (
    .clk_i(aclk), .rst_ni(aresetn), .valid_i(s_axis_weights_tvalid), .ready_i(s_axis_weights_tready), .payload_i({s_axis_weights_tlast, s_axis_weights_tdata}));
  stoic_handshake_check #(.Width(StateBus + 1)) u_check_output (
    .clk_i(aclk), .rst_ni(aresetn), .valid_i(m_axis_output_tvalid), .ready_i(m_axis_output_tready), .payload_i({m_axis_output_tlast, m_axis_output_tdata}));
`endif

`ifndef __ICARUS__  // which knows no elaboration tasks
  // The numbers that this design was written for
  if (Lanes < stoic_pkg::LanesMin || Lanes > stoic_pkg::LanesMax || Lanes != 1 << LaneBits) $error("lanes must be a power of two");
  if (FunctionUnits == 0 || FunctionUnits > Lanes || FunctionUnits != 1 << $clog2(FunctionUnits))
    $error("function_units must be a power of two, at most lanes");
  if (StateWidth < stoic_pkg::StateWidthMin || StateWidth > stoic_pkg::StateWidthMax) $error("state_width out of range");
  if (WeightWidth < stoic_pkg::WeightWidthMin || WeightWidth > stoic_pkg::WeightWidthMax) $error("weight_width out of range");
  if (AccumulatorWidth < 2 * StateWidth + 1 || AccumulatorWidth > stoic_pkg::AccumulatorWidthMax) $error("accumulator_width out of range");
  if (stoic_pkg::MacLatency != 7) $error("a product takes 7 cycles to its write");
  if (stoic_pkg::FunctionLatency != 9) $error("a function takes 9 cycles to its write");
  if (stoic_pkg::NormaliseBeatCycles != 24) $error("a beat of NORMALISE takes 24 cycles besides its look-ups");
  if (stoic_pkg::CopyLatency != 2) $error("a copied word takes 2 cycles to its write");
  if (stoic_pkg::LoadLatency != 1) $error("an input beat takes 1 cycle to its write");
  if (stoic_pkg::StoreLatency != 2) $error("a stored word takes 2 cycles to its acceptance");
  if (stoic_pkg::FetchCycles != 3) $error("an instruction takes 3 cycles besides its words");
  if (stoic_pkg::ControlCycles != 1) $error("LOOP, END and HALT take 1 cycle");
`endif

endmodule

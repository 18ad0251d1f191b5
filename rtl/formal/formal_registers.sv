// The registers by themselves, between any master and any engine: the AXI4-Lite slave, and what the contract says of START,
// RESET, ABORT, the memories and the interrupt. The engine's side is free: busy_i, end_i and all counters do as they like.
module formal_registers (
  input logic        clk_i,
  input logic        rst_ni,
  input logic [7:0]  awaddr_i,
  input logic        awvalid_i,
  input logic [31:0] wdata_i,
  input logic [3:0]  wstrb_i,
  input logic        wvalid_i,
  input logic        bready_i,
  input logic [7:0]  araddr_i,
  input logic        arvalid_i,
  input logic        rready_i,
  input logic        busy_i,
  input logic        end_i,
  input logic [7:0]  end_code_i,
  input logic [31:0] counter_i,
  input logic [31:0] memory_read_data_i
);

  logic        awready, wready, bvalid, arready, rvalid, interrupt;
  logic [1:0]  bresp, rresp;
  logic [31:0] rdata;
  logic        start, reset, abort, memory_write, memory_read;
  logic [16:0] program_start;
  logic [31:0] samples, cycle_limit, stream_timeout, memory_address, memory_write_data;
  logic [2:0]  memory_select;

  stoic_registers #(
    .Lanes       (stoic_pkg::Lanes),
    .StateWords  (stoic_pkg::StateWordsPerLane),
    .WeightWords (stoic_pkg::WeightWords),
    .ProgramWords(stoic_pkg::ProgramWords),
    .TableWords  (stoic_pkg::TableWords)
  ) dut (
    .clk_i, .rst_ni,
    .awaddr_i, .awvalid_i, .awready_o(awready), .wdata_i, .wstrb_i, .wvalid_i, .wready_o(wready),
    .bresp_o(bresp), .bvalid_o(bvalid), .bready_i,
    .araddr_i, .arvalid_i, .arready_o(arready), .rdata_o(rdata), .rresp_o(rresp), .rvalid_o(rvalid), .rready_i,
    .interrupt_o(interrupt),
    .start_o(start), .reset_o(reset), .abort_o(abort), .program_start_o(program_start), .samples_o(samples),
    .cycle_limit_o(cycle_limit), .stream_timeout_o(stream_timeout),
    .busy_i, .end_i, .end_code_i, .slot_i(counter_i[16:0]), .samples_done_i(counter_i), .cycles_i(48'(counter_i)),
    .mac_cycles_i(48'(counter_i)), .stall_input_i(counter_i), .stall_weights_i(counter_i), .stall_output_i(counter_i),
    .saturations_i(counter_i), .first_saturated_i(counter_i),
    .memory_write_o(memory_write), .memory_read_o(memory_read), .memory_select_o(memory_select),
    .memory_address_o(memory_address), .memory_write_data_o(memory_write_data), .memory_read_data_i);

  axi_lite_properties u_bus (
    .clk_i, .rst_ni,
    .awaddr_i, .awvalid_i, .awready_i(awready), .wdata_i, .wstrb_i, .wvalid_i, .wready_i(wready),
    .bresp_i(bresp), .bvalid_i(bvalid), .bready_i,
    .araddr_i, .arvalid_i, .arready_i(arready), .rdata_i(rdata), .rresp_i(rresp), .rvalid_i(rvalid), .rready_i);

  // A write that is accepted in this cycle, and what it names
  logic       write, whole;
  logic [7:0] offset;
  assign write  = awvalid_i && awready;
  assign whole  = wstrb_i == 4'hf;
  assign offset = {awaddr_i[7:2], 2'b00};

  // The interrupt as the contract has it: an end sets its cause, a write of ones to IRQ_STATUS takes it away, and of both in one
  // cycle the end wins.
  logic [1:0] cause_q, enable_q, taken;
  logic       idle_write;
  assign idle_write = write && whole && !busy_i;
  assign taken = (write && whole && offset == 8'(stoic_pkg::RegIrqStatus)) ? wdata_i[1:0] : 2'b00;

  // One cycle back
  logic        started_q, refused_q, quiet_q, reset_q;
  logic [16:0] program_start_q;
  logic [31:0] samples_q, cycle_limit_q, stream_timeout_q, memory_address_q;
  logic [2:0]  memory_select_q;
  initial started_q = 1'b0;

  always_ff @(posedge clk_i) begin
    started_q <= 1'b1;
    reset_q   <= !rst_ni;
    if (!rst_ni || reset) begin
      cause_q  <= '0;
      enable_q <= '0;
    end else begin
      cause_q <= (cause_q & ~taken) | (end_i ? ((end_code_i == 8'(stoic_pkg::StatusCodeOk)) ? 2'b01 : 2'b10) : 2'b00);
      if (idle_write && offset == 8'(stoic_pkg::RegIrqEnable)) enable_q <= wdata_i[1:0];
    end
    refused_q <= rst_ni && write && !whole;
    // Neither a whole write nor a look at MEM_DATA, which counts its address on
    quiet_q          <= rst_ni && !(write && whole) && !memory_read;
    program_start_q  <= program_start;
    samples_q        <= samples;
    cycle_limit_q    <= cycle_limit;
    stream_timeout_q <= stream_timeout;
    memory_address_q <= memory_address;
    memory_select_q  <= memory_select;
  end

  always_comb begin
    assume (started_q || !rst_ni);  // reset first
    if (rst_ni && started_q) begin
      // Nothing starts, resets or looks at memories while the engine is busy
      if (start) assert (!busy_i && write && whole && offset == 8'(stoic_pkg::RegControl));
      if (reset) assert (!busy_i && write && whole && offset == 8'(stoic_pkg::RegControl));
      if (abort) assert (write && whole && offset == 8'(stoic_pkg::RegAbort));
      if (memory_write) assert (!busy_i && write && whole && offset == 8'(stoic_pkg::RegMemData));
      if (memory_read) assert (!busy_i && arvalid_i && arready);
      assert (!(start && reset));
      assert (!(memory_write && memory_read));
      // Strobes of some bytes do nothing, and say so
      if (refused_q) assert (bvalid && bresp == 2'b10);
      if (quiet_q)
        assert (program_start == program_start_q && samples == samples_q && cycle_limit == cycle_limit_q
                && stream_timeout == stream_timeout_q && memory_address == memory_address_q && memory_select == memory_select_q);
      // No end is lost
      if (!reset_q) assert (interrupt == |(cause_q & enable_q));
      // What is stored stays in its range
      assert (reset_q || program_start <= 17'(stoic_pkg::ProgramSlotMax));
    end
  end

endmodule

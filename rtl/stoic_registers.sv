// The registers on AXI4-Lite, the interrupt, and the bus's way into the memories.
//
// READY comes from registers alone. A write that is offered (address and data) while no response waits is accepted in the next
// cycle; a read in the first cycle in which no data waits and no write is accepted. Registers answer in the cycle after that,
// MEM_DATA in the second after. The access rules are in the interface document: while busy_i, read-only registers may be read,
// ABORT written, IRQ_STATUS both; everything else answers SLVERR.
module stoic_registers #(
  parameter bit [31:0] Lanes = 16,
  parameter bit [31:0] StateWords = 512,
  parameter bit [31:0] WeightWords = 24576,
  parameter bit [31:0] ProgramWords = 512,
  parameter bit [31:0] TableWords = 1024
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic [7:0]  awaddr_i,
  input  logic        awvalid_i,
  output logic        awready_o,
  input  logic [31:0] wdata_i,
  input  logic [3:0]  wstrb_i,
  input  logic        wvalid_i,
  output logic        wready_o,
  output logic [1:0]  bresp_o,
  output logic        bvalid_o,
  input  logic        bready_i,
  input  logic [7:0]  araddr_i,
  input  logic        arvalid_i,
  output logic        arready_o,
  output logic [31:0] rdata_o,
  output logic [1:0]  rresp_o,
  output logic        rvalid_o,
  input  logic        rready_i,
  output logic        interrupt_o,

  // Engine
  output logic        start_o,
  output logic        reset_o,
  output logic        abort_o,
  output logic [16:0] program_start_o,
  output logic [31:0] samples_o,
  output logic [31:0] cycle_limit_o,
  output logic [31:0] stream_timeout_o,
  input  logic        busy_i,
  input  logic        end_i,
  input  logic [7:0]  end_code_i,
  input  logic [16:0] slot_i,
  input  logic [31:0] samples_done_i,
  input  logic [47:0] cycles_i,
  input  logic [47:0] mac_cycles_i,
  input  logic [31:0] stall_input_i,
  input  logic [31:0] stall_weights_i,
  input  logic [31:0] stall_output_i,
  input  logic [31:0] saturations_i,
  input  logic [31:0] first_saturated_i,

  // Memories: read data in the cycle after memory_read_o
  output logic        memory_write_o,
  output logic        memory_read_o,
  output logic [2:0]  memory_select_o,
  output logic [31:0] memory_address_o,
  output logic [31:0] memory_write_data_o,
  input  logic [31:0] memory_read_data_i
);

  localparam logic [1:0] Okay = 2'b00;
  localparam logic [1:0] SlaveError = 2'b10;

  // Handshakes
  logic       write, read, write_ok, read_ok, write_data_ok, read_data_ok;
  logic [7:0] write_offset, read_offset;
  logic       memory_read_q, access_error_q;
  logic       write_ready_q;
  assign awready_o    = write_ready_q;
  assign wready_o     = write_ready_q;
  assign write        = awvalid_i && wvalid_i && write_ready_q;
  assign arready_o    = !rvalid_o && !memory_read_q && !write_ready_q;
  assign read         = arvalid_i && arready_o;
  assign write_offset = {awaddr_i[7:2], 2'b00};
  assign read_offset  = {araddr_i[7:2], 2'b00};
  logic unused_address;
  assign unused_address = ^{awaddr_i[1:0], araddr_i[1:0]};

  // Memory access
  logic [2:0]  select_q;
  logic [31:0] address_q;
  logic        in_memory;
  logic [4:0] beyond;  // the address lies beyond each memory
  stoic_reaches #(.Width(32), .Limit(2 * ProgramWords)) u_program (.value_i(address_q), .reaches_o(beyond[0]));
  stoic_reaches #(.Width(32), .Limit(WeightWords * Lanes)) u_weights (.value_i(address_q), .reaches_o(beyond[1]));
  stoic_reaches #(.Width(32), .Limit(TableWords)) u_tables (.value_i(address_q), .reaches_o(beyond[2]));
  stoic_reaches #(.Width(32), .Limit(StateWords * Lanes)) u_state (.value_i(address_q), .reaches_o(beyond[3]));
  stoic_reaches #(.Width(32), .Limit(ProgramWords)) u_saturations (.value_i(address_q), .reaches_o(beyond[4]));
  always_comb begin
    in_memory = 1'bx;
    if (read || write) unique case (select_q)
      3'(stoic_pkg::MemoryProgram):     in_memory = !beyond[0];
      3'(stoic_pkg::MemoryWeights):     in_memory = !beyond[1];
      3'(stoic_pkg::MemoryTables):      in_memory = !beyond[2];
      3'(stoic_pkg::MemoryState):       in_memory = !beyond[3];
      3'(stoic_pkg::MemorySaturations): in_memory = !beyond[4];
      default:                          in_memory = 1'b0;
    endcase
  end
  assign write_data_ok       = in_memory && select_q != 3'(stoic_pkg::MemorySaturations);
  assign read_data_ok        = in_memory;
  assign memory_write_o      = write && write_ok && write_offset == 8'(stoic_pkg::RegMemData);
  assign memory_read_o       = read && read_ok && read_offset == 8'(stoic_pkg::RegMemData);
  assign memory_select_o     = select_q;
  assign memory_address_o    = address_q;
  assign memory_write_data_o = wdata_i;

  // Which accesses are allowed: the interface says it, register by register.
  logic [63:0] readable, writable;
  assign readable = busy_i ? stoic_pkg::RunningReadableRegisters : stoic_pkg::ReadableRegisters;
  assign writable = busy_i ? stoic_pkg::RunningWritableRegisters : stoic_pkg::WritableRegisters;
  assign write_ok = write && wstrb_i == 4'hf && writable[write_offset[7:2]] &&
    (write_offset != 8'(stoic_pkg::RegMemData) || write_data_ok);
  assign read_ok  = read && readable[read_offset[7:2]] &&
    (read_offset != 8'(stoic_pkg::RegMemData) || read_data_ok);

  // Read
  logic        start_bit, reset_bit;
  logic        done_q, fault_q;
  logic [7:0]  code_q;
  logic [1:0]  irq_enable_q, irq_status_q;
  logic [31:0] value;

  always_comb begin
    value = '0;
    if (read) unique case (read_offset)
      8'(stoic_pkg::RegId):               value = 32'(stoic_pkg::Id);
      8'(stoic_pkg::RegInterfaceVersion): value = 32'(stoic_pkg::InterfaceVersion);
      8'(stoic_pkg::RegConfigHash):       value = stoic_pkg::ConfigHash;
      8'(stoic_pkg::RegCapabilityWidths): value = {8'(stoic_pkg::AccumulatorWidth), 8'(stoic_pkg::WeightWidth), 8'(stoic_pkg::StateWidth), 8'(stoic_pkg::Lanes)};
      8'(stoic_pkg::RegCapabilityUnits):  value = {8'd0, 8'(stoic_pkg::TableGuardBits), 8'(stoic_pkg::LoopDepth), 8'(stoic_pkg::FunctionUnits)};
      8'(stoic_pkg::RegStateWords):       value = 32'(StateWords);
      8'(stoic_pkg::RegWeightWords):      value = 32'(WeightWords);
      8'(stoic_pkg::RegProgramWords):     value = 32'(ProgramWords);
      8'(stoic_pkg::RegTableWords):       value = 32'(TableWords);
      8'(stoic_pkg::RegStatus): begin
        value[stoic_pkg::StatusBusyLsb]        = busy_i;
        value[stoic_pkg::StatusDoneLsb]        = done_q;
        value[stoic_pkg::StatusFaultLsb]       = fault_q;
        value[stoic_pkg::StatusAccessErrorLsb] = access_error_q;
        value[stoic_pkg::StatusCodeLsb +: stoic_pkg::StatusCodeWidth] = code_q;
      end
      8'(stoic_pkg::RegIrqStatus):        value = 32'(irq_status_q);
      8'(stoic_pkg::RegProgramCounter):   value = 32'(slot_i);
      8'(stoic_pkg::RegSamplesDone):      value = samples_done_i;
      8'(stoic_pkg::RegCyclesLow):        value = cycles_i[31:0];
      8'(stoic_pkg::RegCyclesHigh):       value = 32'(cycles_i[47:32]);
      8'(stoic_pkg::RegMacCyclesLow):     value = mac_cycles_i[31:0];
      8'(stoic_pkg::RegMacCyclesHigh):    value = 32'(mac_cycles_i[47:32]);
      8'(stoic_pkg::RegStallInput):       value = stall_input_i;
      8'(stoic_pkg::RegStallWeights):     value = stall_weights_i;
      8'(stoic_pkg::RegStallOutput):      value = stall_output_i;
      8'(stoic_pkg::RegSaturations):      value = saturations_i;
      8'(stoic_pkg::RegFirstSaturated):   value = first_saturated_i;
      8'(stoic_pkg::RegIrqEnable):     value = 32'(irq_enable_q);
      8'(stoic_pkg::RegProgramStart):  value = 32'(program_start_o);
      8'(stoic_pkg::RegSamples):       value = samples_o;
      8'(stoic_pkg::RegCycleLimit):    value = cycle_limit_o;
      8'(stoic_pkg::RegStreamTimeout): value = stream_timeout_o;
      8'(stoic_pkg::RegMemSelect):     value = 32'(select_q);
      8'(stoic_pkg::RegMemAddress):    value = address_q;
      default: ;  // not to be read, or MEM_DATA, whose value comes a cycle later
    endcase
  end

  // Commands
  assign start_bit = wdata_i[stoic_pkg::ControlStartLsb];
  assign reset_bit = wdata_i[stoic_pkg::ControlResetLsb];
  assign reset_o   = write && write_ok && write_offset == 8'(stoic_pkg::RegControl) && reset_bit;
  assign start_o   = write && write_ok && write_offset == 8'(stoic_pkg::RegControl) && start_bit && !reset_bit;
  assign abort_o   = write && write_ok && write_offset == 8'(stoic_pkg::RegAbort);
  assign interrupt_o = |(irq_status_q & irq_enable_q);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_ready_q <= 1'b0;
      bvalid_o      <= 1'b0;
      rvalid_o      <= 1'b0;
      memory_read_q <= 1'b0;
    end else begin
      write_ready_q <= awvalid_i && wvalid_i && !write_ready_q && !bvalid_o;
      if (write) begin
        bvalid_o <= 1'b1;
        bresp_o  <= write_ok ? Okay : SlaveError;
      end else if (bready_i) begin
        bvalid_o <= 1'b0;
      end
      memory_read_q <= read && read_offset == 8'(stoic_pkg::RegMemData);
      if (memory_read_q) begin
        rvalid_o <= 1'b1;
        rdata_o  <= (rresp_o == Okay) ? memory_read_data_i : '0;
      end else if (read && read_offset != 8'(stoic_pkg::RegMemData)) begin
        rvalid_o <= 1'b1;
        rdata_o  <= read_ok ? value : '0;
      end else if (rready_i) begin
        rvalid_o <= 1'b0;
      end
      if (read) rresp_o <= read_ok ? Okay : SlaveError;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || reset_o) begin
      irq_enable_q     <= '0;
      irq_status_q     <= '0;
      program_start_o  <= '0;
      samples_o        <= '0;
      cycle_limit_o    <= '0;
      stream_timeout_o <= '0;
      select_q         <= '0;
      address_q        <= '0;
      done_q           <= 1'b0;
      fault_q          <= 1'b0;
      code_q           <= '0;
      access_error_q   <= 1'b0;
    end else begin
      if (write && write_ok) begin
        unique case (write_offset)
          8'(stoic_pkg::RegIrqEnable):     irq_enable_q <= wdata_i[1:0];
          8'(stoic_pkg::RegIrqStatus):     irq_status_q <= irq_status_q & ~wdata_i[1:0];
          8'(stoic_pkg::RegProgramStart):  program_start_o <= (wdata_i > 32'(stoic_pkg::ProgramSlotMax)) ? 17'(stoic_pkg::ProgramSlotMax) : wdata_i[16:0];
          8'(stoic_pkg::RegSamples):       samples_o <= wdata_i;
          8'(stoic_pkg::RegCycleLimit):    cycle_limit_o <= wdata_i;
          8'(stoic_pkg::RegStreamTimeout): stream_timeout_o <= wdata_i;
          8'(stoic_pkg::RegMemSelect):     select_q <= wdata_i[2:0];
          8'(stoic_pkg::RegMemAddress):    address_q <= wdata_i;
          default: ;
        endcase
      end
      if (memory_write_o || memory_read_o) address_q <= address_q + 32'd1;
      if ((write && !write_ok) || (read && !read_ok)) access_error_q <= 1'b1;
      if (start_o) begin
        done_q         <= 1'b0;
        fault_q        <= 1'b0;
        code_q         <= '0;
        access_error_q <= 1'b0;
      end
      if (end_i) begin
        done_q  <= end_code_i == 8'(stoic_pkg::StatusCodeOk);
        fault_q <= end_code_i != 8'(stoic_pkg::StatusCodeOk);
        code_q  <= end_code_i;
        // A cause that is acknowledged in this very cycle stays
        if (end_code_i == 8'(stoic_pkg::StatusCodeOk)) irq_status_q[stoic_pkg::IrqStatusDoneLsb] <= 1'b1;
        else irq_status_q[stoic_pkg::IrqStatusFaultLsb] <= 1'b1;
      end
    end
  end

endmodule

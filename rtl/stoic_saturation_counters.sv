// Saturated elements: in total, the first slot, and a count for each slot.
//
// add_i counts elements of the running instruction; in commit_i, the first cycle after its body, they are added up, and the
// slot's count is written in the cycle after that. start_i and reset begin anew.
//
// The counts of the slots are cleared one a cycle, from the first slot on and around. No instruction gets ahead of that:
// one that ends at slot s has taken more cycles than there are words before it, and there are no jumps forward. A count
// that is not yet cleared reads as 0.
module stoic_saturation_counters #(
  parameter bit [31:0] Lanes = 16,
  parameter bit [31:0] StateWords = 512,
  parameter bit [31:0] ProgramWords = 512,
  localparam bit [31:0] AddressWidth = (ProgramWords > 1) ? $clog2(ProgramWords) : 1,
  localparam bit [31:0] AddWidth = $clog2(Lanes + 1),
  localparam bit [31:0] PendingWidth = $clog2(Lanes * StateWords + 1),  // an instruction writes an element once
  localparam bit [31:0] SumWidth = ((PendingWidth > 16) ? PendingWidth : 16) + 1
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    clear_i,          // RESET: the registers
  input  logic                    start_i,
  input  logic [16:0]             program_start_i,
  input  logic                    add_i,
  input  logic [AddWidth-1:0]     elements_i,
  input  logic                    commit_i,
  input  logic [AddressWidth-1:0] commit_slot_i,    // until the next commit_i
  output logic [31:0]             total_o,
  output logic [31:0]             first_o,          // all ones for none

  input  logic                    read_i,           // from the bus, while idle; data in the next cycle
  input  logic [AddressWidth-1:0] read_address_i,
  output logic [15:0]             read_data_o
);

  logic [PendingWidth-1:0] pending_q;               // of the running instruction
  logic                    found, found_q;
  logic [AddressWidth-1:0] sweep_q, sweep_first_q, address;
  logic                    sweep_q_on, wrapped_q, cleared_q, cleared, none_q;
  logic [AddressWidth-1:0] first_q;
  logic [15:0]             count, word;
  logic [SumWidth-1:0]     sum;
  logic [32:0]             total;

  assign first_o = none_q ? '1 : 32'(first_q);
  assign found = commit_i && pending_q != '0;
  assign total = {1'b0, total_o} + 33'(pending_q);

  // Whether the slot that is read has been cleared since the start
  assign address = found ? commit_slot_i : read_address_i;
  assign cleared = !sweep_q_on || ((address >= sweep_first_q) ? (wrapped_q || address < sweep_q)
                                                              : (wrapped_q && address < sweep_q));
  assign count   = cleared_q ? word : '0;
  assign sum     = SumWidth'(count) + SumWidth'(pending_q);
  assign read_data_o = count;

  stoic_memory #(
    .SliceWidth(16),
    .Depth     (ProgramWords)
  ) u_counts (
    .clk_i,
    .write_i        (found_q || sweep_q_on),
    .write_address_i(found_q ? commit_slot_i : sweep_q),
    .write_data_i   (!found_q ? '0 : (sum > SumWidth'(stoic_pkg::SlotSaturationsMax)) ? 16'(stoic_pkg::SlotSaturationsMax)
                                                                                : sum[15:0]),
    .read_i         (found || read_i),
    .read_address_i (address),
    .read_data_o    (word)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i || start_i) begin
      total_o   <= '0;
      none_q    <= 1'b1;
      pending_q <= '0;
      found_q   <= 1'b0;
    end else begin
      found_q <= found;
      if (found_q) pending_q <= '0;
      else if (add_i) pending_q <= pending_q + PendingWidth'(elements_i);
      if (found) begin
        total_o <= total[32] ? '1 : total[31:0];
        none_q  <= 1'b0;
        if (none_q) first_q <= commit_slot_i;
      end
    end
    if (found || read_i) cleared_q <= cleared;
  end

  // Clearing
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      sweep_q_on    <= 1'b1;
      wrapped_q     <= 1'b0;
      sweep_q       <= '0;
      sweep_first_q <= '0;
    end else if (start_i) begin
      sweep_q_on    <= 1'b1;
      wrapped_q     <= 1'b0;
      sweep_q       <= (program_start_i < 17'(ProgramWords)) ? AddressWidth'(program_start_i) : '0;
      sweep_first_q <= (program_start_i < 17'(ProgramWords)) ? AddressWidth'(program_start_i) : '0;
    end else if (sweep_q_on && !found_q) begin
      if (sweep_q == AddressWidth'(ProgramWords - 1)) begin
        sweep_q   <= '0;
        wrapped_q <= 1'b1;
        if (sweep_first_q == '0) sweep_q_on <= 1'b0;
      end else begin
        sweep_q <= sweep_q + AddressWidth'(1);
        if (wrapped_q && sweep_q + AddressWidth'(1) == sweep_first_q) sweep_q_on <= 1'b0;
      end
    end
  end

endmodule
